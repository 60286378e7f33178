import type { PreferredHours } from '../../sessions/rules/preferred-hours.ts'

/** Why a waiting task has not begun (the API's `waitingFor`). */
export const waitingReasons = [
  'earliestBeginDate',
  'wakeLimiter',
  'discretionary',
  'tenantCapacity',
  'quota',
  'hostCapacity',
  'hostBackoff',
  'retryBackoff',
  'delegateDecision',
  'capacity',
] as const
export type WaitingReason = (typeof waitingReasons)[number]

/** A limit of the tenant in bytes, and what is used of it: tasks in flight count with what they are expected to bring. */
export interface ReachedQuota {
  name: 'maximumStoredBytes' | 'maximumBytesPerDay'
  maximum: number
  used: number
  /** When what was used does not count any more; null: no clock decides that. */
  resetsAt: Date | null
}

/**
 * Facts about a waiting task and what it waits for, read at one moment. The SQL that reads them decides the reasons.
 */
export interface WaitingFacts {
  at: Date
  reasons: WaitingReason[]
  /** Tasks of the tenant, and of the session at this host, that are on their way; and how many may be. */
  tenantInFlight: number
  tenantCap: number
  hostInFlight: number
  hostCap: number
  /** Tasks of all tenants at this host. */
  fleetAtHost: number
  /** The tenant's byte quotas that are reached. */
  quotas: ReachedQuota[]
  /** Processes that fetch. */
  workers: number
  hostBlockedUntil: Date | null
  /** Why the host is backing off. */
  hostReason: string | null
  /** When the discretionary tasks of the session may begin; null: at any time. */
  hours: PreferredHours | null
}
