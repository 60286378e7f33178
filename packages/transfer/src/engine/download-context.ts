import type { MemoryBudget } from '../bytes/memory-budget.ts'
import type { TransferSizes } from '../bytes/rules/part-size.ts'
import type { InOrderDigests } from '../bytes/streaming-digests.ts'
import type { Pace } from '../http/pace.ts'
import { withNote } from '../http/rules/response-note.ts'
import type { Transaction } from '../http/rules/transaction.ts'
import { codingToServe } from '../source/rules/content-coding.ts'
import type { SavedPart } from '../source/rules/range-resume.ts'
import type { Source } from '../source/source.ts'
import type { ObjectStore, StoredPart } from '../storage/object-store.ts'
import type { RangeAsker } from './ask-for-range.ts'
import type { DownloadJournal } from './download-journal.ts'
import type { DownloadRequest } from './download-request.ts'
import type { DownloadState, Progress, Transfer, TransferFacts } from './download-state.ts'
import type { OpenedSource } from './open-source.ts'
import type { ReconnectPolicy } from './rules/reconnect-policy.ts'

/** The parts of the process that all downloads share. */
export interface DownloadPorts {
  objects: ObjectStore
  source: Source
  memory: MemoryBudget
  /** How files are cut into parts; absent: within S3's limits. */
  sizes?: TransferSizes
  /** When a broken connection is replaced within the attempt; absent: by the default. */
  reconnect?: ReconnectPolicy
  nowMs(): number
}

/** One attempt at one download. */
export interface Download {
  request: DownloadRequest
  /** The record of earlier attempts. */
  state: DownloadState
  journal: DownloadJournal
  /** Kept current, for display. */
  progress: Progress
  /** How fast all its connections may read together; absent: as fast as they can. */
  pace?: Pace
  signal: AbortSignal
}

/** An attempt once the origin has sent a response. */
export interface DownloadContext extends Download {
  ports: DownloadPorts
  asker: RangeAsker
  opened: OpenedSource
  /** Parts of earlier attempts that are kept, ascending. */
  kept: readonly SavedPart[]
  /** Parts of earlier attempts that no validator identifies: the first ones, which are kept if the same bytes come again. */
  compared: readonly SavedPart[]
  digests: InOrderDigests
  /** The requests of this attempt so far. */
  transactions: readonly Transaction[]
}

/** The bytes in storage when all have come: one object, or parts that have yet to be completed. */
export interface StoredBytes {
  transfer: Transfer
  bytes: number
  parts: readonly StoredPart[] | null
}

/** The transfer that is continued, or a new generation. */
export function transferOf({
  request,
  state,
  opened,
  compared,
}: Pick<DownloadContext, 'request' | 'state' | 'opened' | 'compared'>): Transfer {
  if (opened.isContinued || compared.length > 0) return state.transfer!
  return {
    generation: state.attempt,
    key: request.key,
    uploadId: null,
    validator: opened.validator,
    ...(opened.notResumable === null ? {} : { notResumable: opened.notResumable }),
    total: opened.total,
    mimeType: opened.facts.mimeType ?? 'application/octet-stream',
    contentEncoding: codingToServe(opened.facts),
    declared: opened.declared,
    sealed: null,
    ...(opened.areRangesUnusable ? { areRangesUnusable: true } : {}),
  }
}

/** What is odd about the responses that brought bytes is told of the file. */
export function factsOf({ opened, transactions }: DownloadContext): TransferFacts {
  const { facts, beginning, response } = opened
  const sniffed = beginning?.sniffed()
  const brought = transactions.filter(({ status }) => status !== null && status >= 200 && status < 300)
  const notes = brought.flatMap((transaction) => transaction.notes ?? []).reduce(withNote, facts.notes ?? [])
  const seen = { ...facts, ...(sniffed === undefined ? {} : { sniffed }), ...(notes.length === 0 ? {} : { notes }) }
  return { response: seen, currentUrl: response.url, transactions }
}
