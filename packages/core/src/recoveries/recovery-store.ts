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
  /** How many of them have been looked at. */
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
  /** Records a recovery for {@link RecoveryStore.recoverEvents} to run. One at a time for an endpoint. */
  startRecovery(
    tenantId: string,
    endpointId: string,
    range: RecoveryRange,
    request?: IdempotentRequest<StartedRecovery>,
  ): Promise<StartedRecovery | Replay>
  /** null: no such recovery of that endpoint. */
  findRecovery(tenantId: string, endpointId: string, id: string): Promise<Recovery | null>
  /**
   * Runs one batch of events of every running recovery; returns whether there is more to do. Deliveries that failed or
   * were canceled start again, and missing ones are made: at the ends of their delivery lanes. Successful ones stay.
   */
  recoverEvents(): Promise<boolean>
  /**
   * Removes failed deliveries after 30 days, and events older than the retention, with their deliveries and attempts;
   * returns how many events. Never what is pending or has failed since, or what an unended task or an open wake needs.
   */
  sweepEvents(): Promise<number>
}
