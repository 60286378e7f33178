import type { DownloadJournal, DownloadState, TransferFacts } from '@backhaul/transfer'
import { isUnavailable } from '../kernel/database-unavailable.ts'
import type { Lease } from '../tasks/rules/lease.ts'
import { newestTransactions } from './rules/newest-transactions.ts'
import type { TransferJob, TransferStore } from './transfer-store.ts'

type JournalStore = Pick<
  TransferStore,
  | 'startGeneration'
  | 'recordUpload'
  | 'recordPart'
  | 'finalizeTransfer'
  | 'useConnections'
  | 'noteSecondRefused'
  | 'noteResumed'
>

/** The store as the engine's journal, bound to one epoch of a task. */
export function createDownloadJournal(
  stores: { transfers: JournalStore },
  { task }: TransferJob,
  lease: Lease,
): DownloadJournal {
  const withEarlier = (facts: TransferFacts) => withEarlierTransactions(task, facts)
  return {
    startGeneration: (transfer, facts) => stores.transfers.startGeneration(lease, transfer, withEarlier(facts)),
    recordUpload: (upload) => stores.transfers.recordUpload(lease, upload),
    recordPart: (generation, part) => stores.transfers.recordPart(lease, generation, part),
    finalize: (transfer, facts) => stores.transfers.finalizeTransfer(lease, transfer, withEarlier(facts)),
    async useConnections(wanted) {
      try {
        return (await stores.transfers.useConnections(lease, wanted)) ?? 'superseded'
      } catch (error) {
        // The bytes go on while the database is away.
        if (isUnavailable(error)) return 'unavailable'
        throw error
      }
    },
    noteSecondRefused: (by) => stores.transfers.noteSecondRefused(lease, by),
    noteResumed: (resumed) => stores.transfers.noteResumed(lease, resumed),
  }
}

/** Where the engine takes the download up. */
export function downloadState({ task, transfer, parts }: TransferJob, { epoch }: Lease): DownloadState {
  return { attempt: epoch, transfer, parts, response: task.response, currentUrl: task.currentUrl }
}

/** The engine knows the requests of its own epoch; kept are those of the task. */
export function withEarlierTransactions(task: TransferJob['task'], facts: TransferFacts): TransferFacts {
  return { ...facts, transactions: newestTransactions(task.transactions, facts.transactions) }
}
