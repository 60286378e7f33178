import type { Challenge } from '@backhaul/transfer/rules'
import type { Lease } from '../tasks/rules/lease.ts'
import type { FailedTransfer } from '../transfers/rules/failed-transfer.ts'

/** Decisions of tasks' delegates. Each verb is one transaction for each task it touches. */
export interface DecisionStore {
  /**
   * The origin wants a credential: the attempt is charged, the parts stay, and the task waits for its delegate's
   * answer. `failed`: there is no delegate to ask, or credentials were given often enough, so the attempt's failure is
   * the task's.
   */
  askForCredential(lease: Lease, failure: FailedTransfer, challenge: Challenge): Promise<'asked' | 'failed' | 'lost'>
  /**
   * Asks about delayed tasks whose time has come, applies recorded answers, and uses the fallback where the time for an
   * answer is over or the delegate is gone. Returns how many there were.
   */
  decide(): Promise<number>
}
