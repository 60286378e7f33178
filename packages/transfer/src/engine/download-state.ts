import type { Checksums } from '../bytes/rules/expected.ts'
import type { TaskResponse, Transaction } from '../http/rules/transaction.ts'
import type { DeclaredDigest } from '../source/rules/declared-digests.ts'
import type { SavedPart } from '../source/rules/range-resume.ts'
import type { NotResumable } from '../source/rules/resumability.ts'

/** Where a download stands when an attempt begins. */
export interface DownloadState {
  /** The number of the attempt, from 1. Later attempts use fewer connections. */
  attempt: number
  transfer: Transfer | null
  /** The stored parts of the transfer's generation, ascending. */
  parts: SavedPart[]
  /** The origin's response that began the transfer. */
  response: TaskResponse | null
  /** The URL after redirects. */
  currentUrl: string | null
}

/** The version of the resource, and its place in storage, that the bytes of an unfinished download belong to. */
export interface Transfer {
  /** The attempt in which it began; a new one is begun for every version of the resource. */
  generation: number
  key: string
  uploadId: string | null
  /** The upload's integrity token, which storage gave when it began. */
  integrity?: string | undefined
  /** In place of `integrity` where 0.1.0 began the upload (see Upload). */
  isCompared?: boolean | undefined
  /** A strong ETag or Last-Modified (`validatorOf`); null: the transfer cannot be resumed. */
  validator: string | null
  /** Why there is no validator. Absent: there is one, or an older version of the service has begun the transfer. */
  notResumable?: NotResumable
  total: number | null
  mimeType: string
  /** The content coding with which links serve the object. Absent or null: none. */
  contentEncoding?: string | null
  /**
   * Null until the transfer is finalized. That is recorded before the object is completed, so that the next attempt asks storage
   * instead of the origin. Stored rows have had this name from the beginning.
   */
  sealed: FinalizedObject | null
  /** The digests that the origin declares for the whole file. */
  declared: DeclaredDigest[]
  /** The origin answers requests for a range with something else, so none are sent there. Absent: false. */
  areRangesUnusable?: boolean
}

/** All bytes are in storage and are the expected ones. */
interface FinalizedObject {
  bytes: number
  checksums: Checksums
  /** False: a digest that is needed could not be computed as the bytes came. */
  verified: boolean
}

export interface Progress {
  bytesReceived: number
  bytesExpected: number | null
  bytesPerSecond: number | null
  /** Of `bytesReceived`, those in storage that the attempt goes on from; absent: it has not come to its first byte. */
  bytesKept?: number
  /** The attempt's requests with the bytes they have brought so far; absent: none yet. */
  transactions?: readonly Transaction[]
  /** Why the attempt's last connection to break did so, when another one was asked for; absent: none has. */
  lastBreak?: string
}

export function newProgress(): Progress {
  return { bytesReceived: 0, bytesExpected: null, bytesPerSecond: null }
}

export interface TransferFacts {
  response: TaskResponse
  currentUrl: string
  /** The requests of this attempt. */
  transactions: readonly Transaction[]
}

/** The file that a download has stored. */
export interface StoredFile {
  file: { key: string; bytes: number; checksums: Checksums }
  facts: TransferFacts
  /** The file was stored in parts, whose records can be deleted. */
  inParts: boolean
  /** A second key of the same file, which can be removed once the download is completed. */
  alsoAt?: string
}
