import type { TaskResponse, Transaction } from '@backhaul/transfer/rules'
import type { HostOutcome } from '../../hosts/rules/host-health.ts'
import type { RetryReason } from '../../tasks/rules/retry-policy.ts'
import type { BodyCut } from '../../tasks/rules/task.ts'
import type { TaskErrorName } from '../../tasks/rules/task-error.ts'

/** An attempt that has failed at the origin's side, and its consequences. */
export interface FailedTransfer {
  errorName: TaskErrorName
  detail: string
  retriable: boolean
  retryInMs: number | null
  /** Why it is repeated just then. */
  because?: RetryReason
  suspect: boolean
  startOver: boolean
  /** Where the body was cut; null: it was not. */
  bodyCut: BodyCut | null
  transactions: Transaction[]
  /** The answer that failed, when there was one. */
  response: TaskResponse | null
  /** The outcome for the task's host; absent: nothing follows. */
  hostOutcome?: HostOutcome
  /** In [0, 1): spreads how long the host is left alone. */
  random: number
}
