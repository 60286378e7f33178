/** Object storage. The two implementations, S3 and disk, pass one contract suite. Every call may throw StorageUnavailable. */
export interface ObjectStore {
  /** Stores an object of `bytes` bytes as they come, atomically: it is there, whole, only after the last byte. Replaces an object at the key. */
  openObject(object: ObjectSpec, bytes: number, signal?: AbortSignal): Writing
  /** Begins an object that arrives in parts. Nothing is at the key until `complete`. */
  begin(object: ObjectSpec, signal?: AbortSignal): Promise<Upload>
  /** Stores one part as it comes (number from 1; S3: all but the last at least 5 MiB). Storing a number again replaces it. */
  openPart(upload: Upload, part: PartSpec, signal?: AbortSignal): Writing
  /** The stored parts of an upload, ascending; null when storage does not know the upload (completed, aborted, never begun). */
  listParts(upload: Upload): Promise<StoredPart[] | null>
  /** Makes an object of the parts, which follow each other without a gap. Throws UploadGone when storage does not know the upload; then `head` tells whether it was completed. */
  complete(upload: Upload, parts: StoredPart[], options?: CompleteOptions): Promise<void>
  /** Removes an upload with its parts; `uploadId` null: every upload at the key. Harmless when it is gone. */
  abort(upload: { key: string; uploadId: string | null }): Promise<void>
  /** The object's bytes, in order. */
  read(key: string, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** The object's size, or null when there is none. */
  head(key: string): Promise<{ bytes: number } | null>
  /** Copies an object; `false` when another object is already at `to`, which is then left alone. Repeating it is harmless. */
  copy(from: string, to: string, signal?: AbortSignal): Promise<boolean>
  /** Removes an object. Harmless when there is none. */
  remove(key: string): Promise<void>
  /**
   * Removes objects and uploads whose keys lie below `prefix` (without its last slash), `most` of each at most; how many there were. An S3
   * that lists uploads only at a whole key (MinIO) leaves those.
   */
  removeBelow(prefix: string, most: number): Promise<number>
  /**
   * A page of the objects whose keys begin with `prefix` (empty: all), each of them once in all pages, at most `most`. `after`: `next` of the page
   * before. Objects that come or go meanwhile may be left out.
   */
  listObjects(
    prefix: string,
    after: string | null,
    most: number,
  ): Promise<{ objects: ListedObject[]; next: string | null }>
  /** The same for unfinished uploads. An S3 that lists uploads only at a whole key (MinIO) has none to show. */
  listUploads(
    prefix: string,
    after: string | null,
    most: number,
  ): Promise<{ uploads: ListedUpload[]; next: string | null }>
  /** A link that serves the object (with Range) until it expires. S3: presigned; files: the service's own signed path. */
  link(key: string, options: LinkOptions): Promise<string>
  /** Resolves when storage can be used. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface ListedObject {
  key: string
  bytes: number
  modifiedAt: Date
}

export interface ListedUpload {
  key: string
  uploadId: string
  begunAt: Date
}

/** Bytes on their way into storage. */
export interface Writing {
  /**
   * Takes the next bytes in order, and no more than were announced. `release` is called when they are no longer needed: a late
   * release slows the writer down. After a failure bytes are dropped.
   */
  write(bytes: Uint8Array, release: () => void): void
  /** Resolves with storage's receipt when all announced bytes are durable. Throws StorageUnavailable, UploadGone, the signal's reason. */
  readonly stored: Promise<string>
  /** Gives the write up. Harmless at any time. */
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
  /** The content coding of the bytes, with which links serve them. Absent or null: none. */
  contentEncoding?: string | null
}

export interface Upload {
  key: string
  uploadId: string
  /** An opaque token about how the store verifies the whole object. It is kept with the upload and given back to `complete`. */
  integrity?: string | undefined
  /** What 0.1.0 kept in place of the token: S3 compares the whole. It is read for uploads that were under way at the upgrade, and never written. */
  isCompared?: boolean | undefined
}

interface CompleteOptions {
  /** CRC-32 of the whole object, base64. A store that can compare the object with it does, and throws UploadGone when they differ. */
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
  /** As it was given with the object; S3 remembers it by itself. */
  contentEncoding?: string | null
}

/** Storage failed for now. This is a failure of our own, never the task's. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable'
}

/** Storage does not know this upload (any more). */
export class UploadGone extends Error {
  override readonly name = 'UploadGone'
}
