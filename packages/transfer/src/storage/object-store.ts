/** Where bytes end up. Two twins (S3, files on disk), one contract suite. Every call may throw StorageUnavailable. */
export interface ObjectStore {
  /** Stores a whole object of `bytes` bytes as they come, atomically: with the last of them it is there whole, or not at all. Replaces what was there. */
  openObject(object: ObjectSpec, bytes: number, signal?: AbortSignal): Writing
  /** Begins an object that arrives in parts. Nothing is at the key until `complete`. */
  begin(object: ObjectSpec, signal?: AbortSignal): Promise<Upload>
  /** Stores one part as it comes (number from 1; S3: all but the last at least 5 MiB). Storing a number again replaces it. */
  openPart(upload: Upload, part: PartSpec, signal?: AbortSignal): Writing
  /** What storage has of an upload, ascending; null when it does not know the upload (completed, aborted, never begun). */
  listParts(upload: Upload): Promise<StoredPart[] | null>
  /** Makes the parts, which follow each other without a gap, the object. Throws UploadGone when storage does not know the upload (then `head` decides whether it was completed). */
  complete(upload: Upload, parts: StoredPart[], options?: CompleteOptions): Promise<void>
  /** Forgets an upload and its parts; `uploadId` null: every one that has begun at the key. Harmless when it is gone. */
  abort(upload: { key: string; uploadId: string | null }): Promise<void>
  /** The object's bytes, in order. */
  read(key: string, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** The object's size, or null when there is none. */
  head(key: string): Promise<{ bytes: number } | null>
  /** Copies an object; `false` when something else is already at `to` (it is then left alone). Repeating it is harmless. */
  copy(from: string, to: string, signal?: AbortSignal): Promise<boolean>
  /** Harmless when there is none. */
  remove(key: string): Promise<void>
  /** A link that serves the object (with Range) until it expires. S3: presigned; files: the service's own signed path. */
  link(key: string, options: LinkOptions): Promise<string>
  /** Resolves when storage can be used. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Bytes on their way into storage. */
export interface Writing {
  /**
   * Takes the next ones in order, and no more than were announced; `release` is called when it needs them no more. It is told
   * to be slower by releasing later. When it has failed they are dropped.
   */
  write(bytes: Uint8Array, release: () => void): void
  /** Storage's receipt, once everything announced is durable. Throws StorageUnavailable, UploadGone, the signal's reason. */
  readonly stored: Promise<string>
  /** It is no longer wanted. Harmless at any time. */
  abort(): void
}

export interface PartSpec {
  number: number
  offset: number
  bytes: number
}

export interface ObjectSpec {
  key: string
  mimeType: string
}

export interface Upload {
  key: string
  uploadId: string
  /** How the store protects the whole object's bytes. It understands this token itself; others keep it with the upload. */
  integrity?: string | undefined
}

export interface CompleteOptions {
  /** Of the whole, base64. A store that can compare the object with it does, and throws UploadGone when they differ. */
  crc32?: string | undefined
  signal?: AbortSignal | undefined
}

export interface StoredPart {
  number: number
  bytes: number
  receipt: string
}

export interface LinkOptions {
  expiresInSeconds: number
  filename: string
  mimeType: string
}

/** Storage could not do it now: our own failure, never the task's. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable'
}

/** Storage does not know this upload (any more). */
export class UploadGone extends Error {
  override readonly name = 'UploadGone'
}
