import type { Challenge } from '@backhaul/transfer/rules'
import type { Lease } from '../tasks/rules/lease.ts'
import type { FailedTransfer } from '../transfers/rules/failed-transfer.ts'

/** What a task's delegate decides. Each verb is one transaction for each task it touches. */
export interface DecisionStore {
  /**
   * The origin wants a credential: the attempt is charged, what was fetched stays, and the task waits for its delegate's
   * answer. `failed`: nobody can be asked, or credentials were given often enough, so the attempt's failure is the task's.
   */
  askForCredential(lease: Lease, failure: FailedTransfer, challenge: Challenge): Promise<'asked' | 'failed' | 'lost'>
  /**
   * Asks about delayed tasks whose time has come, applies answers that were recorded, and falls back where the time for
   * an answer is over or nobody is left to give one. How many there were.
   */
  decide(): Promise<number>
}
