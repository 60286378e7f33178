import type { DownloadJournal, DownloadState, TransferFacts } from '@backhaul/transfer'
import { isUnavailable } from '../kernel/database-unavailable.ts'
import type { Lease } from '../tasks/rules/lease.ts'
import { newestTransactions } from './rules/newest-transactions.ts'
import type { TransferJob, TransferStore } from './transfer-store.ts'

type JournalStore = Pick<
  TransferStore,
  'startGeneration' | 'recordUpload' | 'recordPart' | 'finalizeTransfer' | 'useConnections' | 'noteResumed'
>

/** The store as the engine's journal, bound to one epoch of a task. */
export function createDownloadJournal(store: JournalStore, { task }: TransferJob, lease: Lease): DownloadJournal {
  const withEarlier = (facts: TransferFacts) => withEarlierTransactions(task, facts)
  return {
    startGeneration: (transfer, facts) => store.startGeneration(lease, transfer, withEarlier(facts)),
    recordUpload: (upload) => store.recordUpload(lease, upload),
    recordPart: (generation, part) => store.recordPart(lease, generation, part),
    finalize: (transfer, facts) => store.finalizeTransfer(lease, transfer, withEarlier(facts)),
    async useConnections(wanted) {
      try {
        return (await store.useConnections(lease, wanted)) ?? 'superseded'
      } catch (error) {
        // The bytes go on while the database is away.
        if (isUnavailable(error)) return 'unavailable'
        throw error
      }
    },
    noteResumed: (resumed) => store.noteResumed(lease, resumed),
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
