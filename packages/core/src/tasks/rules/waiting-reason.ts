import type { PreferredHours } from '../../sessions/rules/preferred-hours.ts'

/** Why a waiting task has not begun (the API's `waitingFor`). */
export const waitingReasons = [
  'earliestBeginDate',
  'wakeLimiter',
  'discretionary',
  'tenantCapacity',
  'hostCapacity',
  'hostBackoff',
  'retryBackoff',
  'delegateDecision',
  'capacity',
] as const
export type WaitingReason = (typeof waitingReasons)[number]

/** What was found of a waiting task and of what it waits for, at one moment. The reasons are decided where they are found. */
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
  /** Processes that fetch. */
  workers: number
  hostBlockedUntil: Date | null
  /** What the host did that it is left alone. */
  hostReason: string | null
  /** When the discretionary tasks of the session may begin; null: at any time. */
  hours: PreferredHours | null
}
