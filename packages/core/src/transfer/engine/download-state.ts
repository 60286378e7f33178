import type { TaskResponse, Transaction } from '../http/rules/transaction.ts'
import type { DeclaredDigest } from './rules/declared-digests.ts'
import type { Checksums } from './rules/expected.ts'

/* The workers' verbs; as in stores.ts, each is one transaction. */

/** What the bytes of an unfinished task belong to. */
export interface Transfer {
  /** The epoch in which it began; a new one is begun for every version of the resource. */
  generation: number
  key: string
  uploadId: string | null
  /** As storage said when the upload began. */
  isCompared?: boolean | undefined
  /** Strong ETag, or null: cannot be resumed. */
  validator: string | null
  total: number | null
  mimeType: string
  /** Written before the object is completed: the next epoch asks storage instead of the origin. */
  sealed: SealedBytes | null
  /** What the origin says of the whole file. */
  declared: DeclaredDigest[]
}

/** All bytes are in storage, and are as they should be. */
export interface SealedBytes {
  bytes: number
  checksums: Checksums
  /** False: a digest that is needed was not computed as the bytes came. */
  verified: boolean
}

export interface Progress {
  bytesReceived: number
  bytesExpected: number | null
  bytesPerSecond: number | null
  /** The task's requests with what they have brought so far; absent: as they were. */
  transactions?: readonly Transaction[]
}

export interface TransferFacts {
  response: TaskResponse
  currentUrl: string
  transactions: Transaction[]
}

/** What a transfer has left in storage. */
export interface StoredFile {
  file: { key: string; bytes: number; checksums: Checksums }
  facts: TransferFacts
  /** It was stored in parts, whose rows can go. */
  inParts: boolean
  /** Another key that the file has also, and can lose once the task is completed. */
  alsoAt?: string
}
