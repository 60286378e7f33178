import type { TaskResponse, Transaction } from '../http/rules/transaction.ts'
import type { DeclaredDigest } from '../source/rules/declared-digests.ts'
import type { SavedPart } from '../source/rules/range-resume.ts'
import type { Checksums } from './rules/expected.ts'

/** Where a download stands when an attempt begins. */
export interface DownloadState {
  /** Which attempt it is, from 1. One that was interrupted often is careful with connections. */
  attempt: number
  transfer: Transfer | null
  /** Of the transfer's generation, ascending. */
  parts: SavedPart[]
  /** What the origin said of the transfer. */
  response: TaskResponse | null
  /** The URL after redirects. */
  currentUrl: string | null
}

/** What the bytes of an unfinished download belong to. */
export interface Transfer {
  /** The attempt in which it began; a new one is begun for every version of the resource. */
  generation: number
  key: string
  uploadId: string | null
  /** The upload's integrity token, which storage gave when it began. */
  integrity?: string | undefined
  /** Strong ETag, or null: cannot be resumed. */
  validator: string | null
  total: number | null
  mimeType: string
  /** Null until it is finalized, which is recorded before the object is completed: the next attempt asks storage instead of the origin. */
  sealed: FinalizedObject | null
  /** What the origin says of the whole file. */
  declared: DeclaredDigest[]
}

/** All bytes are in storage, and are as they should be. */
export interface FinalizedObject {
  bytes: number
  checksums: Checksums
  /** False: a digest that is needed was not computed as the bytes came. */
  verified: boolean
}

export interface Progress {
  bytesReceived: number
  bytesExpected: number | null
  bytesPerSecond: number | null
  /** The attempt's requests with what they have brought so far; absent: none yet. */
  transactions?: readonly Transaction[]
}

export function newProgress(): Progress {
  return { bytesReceived: 0, bytesExpected: null, bytesPerSecond: null }
}

export interface TransferFacts {
  response: TaskResponse
  currentUrl: string
  /** Of this attempt. */
  transactions: readonly Transaction[]
}

/** What a transfer has left in storage. */
export interface StoredFile {
  file: { key: string; bytes: number; checksums: Checksums }
  facts: TransferFacts
  /** It was stored in parts, whose rows can go. */
  inParts: boolean
  /** Another key that the file has also, and can lose once the download is completed. */
  alsoAt?: string
}
