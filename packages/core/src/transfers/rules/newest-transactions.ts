import type { Transaction } from '@backhaul/transfer/rules'

/** Requests kept of a task, at most; the newest ones. */
const keptTransactions = 30

/** The newest requests of a task: those of earlier epochs and of this one. */
export function newestTransactions(earlier: readonly Transaction[], own: readonly Transaction[]): Transaction[] {
  return [...earlier, ...own].slice(-keptTransactions)
}
