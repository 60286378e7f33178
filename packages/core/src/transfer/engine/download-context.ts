import type { Lease } from '../../tasks/rules/lease.ts'
import type { Task } from '../../tasks/rules/task.ts'
import type { TransferJob, TransferStore } from '../../transfers/transfer-store.ts'
import type { Transaction } from '../http/rules/transaction.ts'
import type { ObjectStore, StoredPart } from '../storage/object-store.ts'
import type { RangeAsker } from './ask-for-range.ts'
import type { Progress, Transfer, TransferFacts } from './download-state.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { OpenedSource } from './open-source.ts'
import type { TransferSizes } from './rules/part-size.ts'
import type { SavedPart } from './rules/range-resume.ts'
import type { Source } from './source.ts'
import type { InOrderDigests } from './streaming-digests.ts'

/** Of a task that was tried often, the newest. */
export const keptTransactions = 30

export interface StoreFilePorts {
  store: TransferStore
  objects: ObjectStore
  source: Source
  memory: MemoryBudget
  /** How files are cut; absent: as S3 wants it. */
  sizes?: TransferSizes
  nowMs(): number
}

/** One epoch's work on one task, once the origin has answered. */
export interface TransferWork {
  ports: StoreFilePorts
  job: TransferJob
  lease: Lease
  /** Kept current for whoever shows it. */
  progress: Progress
  signal: AbortSignal
  asker: RangeAsker
  opened: OpenedSource
  /** Parts that earlier epochs left and that stay, ascending. */
  kept: readonly SavedPart[]
  digests: InOrderDigests
  /** Of this epoch, as they come. */
  transactions: Transaction[]
}

/** What is in storage once a way of storing has come to its end: one object, or parts to be put together. */
export interface StoredBytes {
  transfer: Transfer
  bytes: number
  parts: readonly StoredPart[] | null
}

/** Where a generation that begins in this epoch has its bytes. */
export function generationKey({ tenantId, id }: Pick<Task, 'tenantId' | 'id'>, epoch: number): string {
  return `${tenantId}/tasks/${id}/${epoch}`
}

/** The transfer that goes on, or a new generation: its key is new, so that whatever a stopped process still writes is elsewhere. */
export function transferOf({ job, lease, opened }: Pick<TransferWork, 'job' | 'lease' | 'opened'>): Transfer {
  if (opened.isContinued) return job.transfer!
  return {
    generation: lease.epoch,
    key: generationKey(job.task, lease.epoch),
    uploadId: null,
    validator: opened.validator,
    total: opened.total,
    mimeType: opened.facts.mimeType ?? 'application/octet-stream',
    declared: opened.declared,
    sealed: null,
  }
}

export function factsOf({ job, opened, transactions }: TransferWork): TransferFacts {
  return {
    response: opened.facts,
    currentUrl: opened.response.url,
    transactions: newestOf(job, transactions),
  }
}

/** The task's transactions with those of this epoch. */
export function newestOf({ task }: Pick<TransferJob, 'task'>, transactions: readonly Transaction[]): Transaction[] {
  return [...task.transactions, ...transactions].slice(-keptTransactions)
}
