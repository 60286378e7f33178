import type { IdempotentRequest, Replay } from '../idempotency/idempotent-request.ts'
import type { RecoveryRange } from './rules/recovery-range.ts'

/** A range of a tenant's events that is delivered again to an endpoint. */
export interface Recovery {
  id: string
  endpointId: string
  /** `canceled`: the endpoint was disabled or deleted meanwhile. */
  state: 'running' | 'completed' | 'canceled'
  since: Date
  until: Date
  /** Events in the range when it began. */
  total: number
  /** Of them, looked at so far. */
  examined: number
  /** Deliveries that were started again or made. */
  queued: number
  createdAt: Date
  endedAt: Date | null
}
/** `running`: another one of the endpoint is. */
export type StartedRecovery = Recovery | 'not_found' | 'endpoint_disabled' | 'running'

/** Events that are delivered again, and how long they are kept for that. */
export interface RecoveryStore {
  /** Writes down what {@link RecoveryStore.recoverEvents} works off. One at a time for an endpoint. */
  startRecovery(
    tenantId: string,
    endpointId: string,
    range: RecoveryRange,
    request?: IdempotentRequest<StartedRecovery>,
  ): Promise<StartedRecovery | Replay>
  /** null: no such recovery of that endpoint. */
  findRecovery(tenantId: string, endpointId: string, id: string): Promise<Recovery | null>
  /**
   * Goes on with every running recovery by one batch of events; whether there is more to do. Deliveries that failed or
   * were canceled start again, and those that were never made are made: at the ends of their delivery lanes. What
   * succeeded stays.
   */
  recoverEvents(): Promise<boolean>
  /**
   * Forgets failed deliveries after 30 days, and events that are older than they are kept, with their deliveries and
   * attempts; how many events. Never what is pending or has failed since, or what an unended task or an open wake
   * needs.
   */
  sweepEvents(): Promise<number>
}
