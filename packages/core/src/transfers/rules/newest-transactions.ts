import type { Transaction } from '@backhaul/transfer/rules'

/** Of a task that was tried often, the newest. */
const keptTransactions = 30

/** What is kept of a task's requests: those of earlier epochs with those of this one, the newest. */
export function newestTransactions(earlier: readonly Transaction[], own: readonly Transaction[]): Transaction[] {
  return [...earlier, ...own].slice(-keptTransactions)
}
