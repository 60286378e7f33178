import type { Transaction } from '../http/rules/transaction.ts'
import type { SavedPart } from '../source/rules/range-resume.ts'
import type { Source } from '../source/source.ts'
import type { ObjectStore, StoredPart } from '../storage/object-store.ts'
import type { RangeAsker } from './ask-for-range.ts'
import type { DownloadJournal } from './download-journal.ts'
import type { DownloadRequest } from './download-request.ts'
import type { DownloadState, Progress, Transfer, TransferFacts } from './download-state.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { OpenedSource } from './open-source.ts'
import type { TransferSizes } from './rules/part-size.ts'
import type { InOrderDigests } from './streaming-digests.ts'

/** What all downloads of a process share. */
export interface DownloadPorts {
  objects: ObjectStore
  source: Source
  memory: MemoryBudget
  /** How files are cut; absent: as S3 wants it. */
  sizes?: TransferSizes
  nowMs(): number
}

/** One attempt at one download. */
export interface Download {
  request: DownloadRequest
  /** What earlier attempts have written down. */
  state: DownloadState
  journal: DownloadJournal
  /** Kept current, to be shown. */
  progress: Progress
  signal: AbortSignal
}

/** An attempt once the origin has answered. */
export interface DownloadContext extends Download {
  ports: DownloadPorts
  asker: RangeAsker
  opened: OpenedSource
  /** Parts that earlier attempts left and that stay, ascending. */
  kept: readonly SavedPart[]
  digests: InOrderDigests
  /** Of this attempt, as they come. */
  transactions: Transaction[]
}

/** What is in storage once a way of storing has come to its end: one object, or parts to be put together. */
export interface StoredBytes {
  transfer: Transfer
  bytes: number
  parts: readonly StoredPart[] | null
}

/** The transfer that goes on, or a new generation. */
export function transferOf({
  request,
  state,
  opened,
}: Pick<DownloadContext, 'request' | 'state' | 'opened'>): Transfer {
  if (opened.isContinued) return state.transfer!
  return {
    generation: state.attempt,
    key: request.key,
    uploadId: null,
    validator: opened.validator,
    total: opened.total,
    mimeType: opened.facts.mimeType ?? 'application/octet-stream',
    declared: opened.declared,
    sealed: null,
  }
}

export function factsOf({ opened, transactions }: DownloadContext): TransferFacts {
  return { response: opened.facts, currentUrl: opened.response.url, transactions }
}
