import type { DeliveryOrder } from '../deliveries/rules/receiver-directive.ts'
import type { Transaction } from '../transfer/http/rules/transaction.ts'

/** Where bytes end up. Two twins (S3, files on disk), one contract suite. Every call may throw StorageUnavailable. */
export interface ObjectStore {
  readonly kind: 's3' | 'files'
  /** Stores a whole object of `bytes` bytes as they come, atomically: with the last of them it is there whole, or not at all. Replaces what was there. */
  openObject(object: ObjectSpec, bytes: number, signal?: AbortSignal): Writing
  /** Begins an object that arrives in parts. Nothing is at the key until `complete`. */
  begin(object: ObjectSpec, signal?: AbortSignal): Promise<Upload>
  /** Stores one part as it comes (number from 1; S3: all but the last at least 5 MiB). Storing a number again replaces it. */
  openPart(upload: Upload, part: PartSpec, signal?: AbortSignal): Writing
  /** What storage has of an upload, ascending; null when it does not know the upload (completed, aborted, never begun). */
  listParts(upload: Upload): Promise<StoredPart[] | null>
  /** Makes the parts, which follow each other without a gap, the object. Throws UploadGone when storage does not know the upload (then `head` decides whether it was completed). */
  complete(upload: Upload, parts: StoredPart[], signal?: AbortSignal): Promise<void>
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
  /** Storage compares the whole with its CRC-32 when it is completed. */
  isCompared?: boolean | undefined
  /** Of the whole, base64; for completing. */
  crc32?: string
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

/** Whether an error says that the database is away, by the name that its adapter gives it. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Error && error.name === 'DatabaseUnavailable'
}

/** Storage could not do it now: our fault, never the task's. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable'
}
/** Storage does not know this upload (any more). */
export class UploadGone extends Error {
  override readonly name = 'UploadGone'
}

/** Where bytes come from: HTTP(S) behind the egress guard, redirects followed by our own loop with every hop guarded. */
export interface Source {
  /** The answer after redirects, its body not yet read. Throws TransferFault. An abort of `signal` throws its reason. */
  open(request: SourceRequest): Promise<SourceResponse>
}
export interface SourceRequest {
  url: string
  /** Connections are used again for the same tenant only. */
  tenantId: string
  /** The tenant's headers. Dropped for good on a redirect to another scheme, host or port. */
  headers: Record<string, string>
  /**
   * Ask for these bytes (`last` included; absent: to the end) if the resource is still the one of `validator`; null: whatever
   * it is (RFC 9110 §13.1.5, §14.2).
   */
  range?: { from: number; last?: number; validator: string | null }
  /** No byte for so long: timedOut. Covers resolving, connecting, TLS and the answer's head too. */
  idleTimeoutMs: number
  signal: AbortSignal
}
export interface SourceResponse {
  /** The URL after redirects. */
  url: string
  status: number
  /** Lower-case names; repeated fields joined with ", ". */
  headers: Record<string, string>
  /** One for every hop, this one last; the last one's body times are filled in when the body has ended. */
  transactions: Transaction[]
  /** False: the body ends with the connection, so nothing proves that it is whole (RFC 9112 §6.3). */
  isLengthVerified: boolean
  /**
   * Hands over the body as it comes, once: each chunk is the consumer's until it calls `release`, and the sender is paused
   * while too many are out. Chunked decoding is done, content codings are not. Resolves when the body is whole by its own
   * framing; throws TransferFault, or the signal's reason.
   */
  read(consumer: (bytes: Uint8Array, release: () => void) => void): Promise<void>
  /** Drops the connection without reading on. Harmless at any time. */
  discard(): void
}

/** One webhook POST through the same guard: no redirects, nothing decompressed. */
export interface WebhookSender {
  post(request: WebhookRequest): Promise<WebhookAnswer>
}
export interface WebhookRequest {
  url: string
  headers: Record<string, string>
  body: string
  /** For the whole exchange. */
  timeoutMs: number
  /** At most so much of the answer's body is read; a longer one is cut, not refused. */
  maxAnswerBytes: number
  /** So long the body is waited for when the head is there; absent: it is needed, and may take what is left of the time. */
  bodyPatienceMs?: number
  signal: AbortSignal
}
/** `status: null` when there was no status line; then `error` says why (never an internal address). */
export interface WebhookAnswer {
  status: number | null
  error: string | null
  body: string
  retryAfterSeconds: number | null
  /** What is wrong with the rest of an answer whose status counts: `body` is not whole. */
  note?: string
  /** What the receiver orders. */
  order?: DeliveryOrder
  /** There was no answer by our own fault: it says nothing of the receiver. */
  isOwnFault?: true
}

/** AES-256-GCM under the installation's key. `context` is bound to the sealed bytes: unsealing with another one throws. */
export interface Sealer {
  seal(plain: string | Uint8Array, context: string): Uint8Array
  unseal(sealed: Uint8Array, context: string): string
  unsealBytes(sealed: Uint8Array, context: string): Uint8Array
  /** HMAC-SHA256 of `text` under a key derived for `purpose`, base64url. */
  sign(purpose: string, text: string): string
}

/** Signs receipts with the installation's key, which all processes share. Both calls may throw DatabaseUnavailable. */
export interface ReceiptSigner {
  /** A compact JWS over `payload`, by the newest key that is not retired. The same payload and key give the same bytes. */
  sign(payload: string): Promise<string>
  /** What verifies receipts: every key that has ever signed, newest first. */
  publicKeys(): Promise<PublicSigningKey[]>
}
/** A JWK (RFC 7517, RFC 8037). */
export interface PublicSigningKey {
  kty: 'OKP'
  crv: 'Ed25519'
  /** base64url of 32 bytes. */
  x: string
  /** Its RFC 7638 thumbprint. */
  kid: string
  alg: 'EdDSA'
  use: 'sig'
}

export interface Log {
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}
/** `event` names what happened, for programs, and never changes; the message is for people. */
export interface LogFields {
  event: `${string}.${string}`
  [field: string]: unknown
}

/** Fresh names and secrets. */
export interface Mint {
  id(prefix: IdPrefix): string
  /** `bh_` and 256 random bits. */
  apiKey(): string
  /** `whsec_` and 256 random bits. */
  webhookSecret(): string
  /** `whsk_` and a new Ed25519 key with its public one, and `whpk_` with the public one alone. */
  webhookKeyPair(): { secret: string; publicKey: string }
  /** SHA-256: API keys are random enough for a fast hash. */
  hash(text: string): Uint8Array
}
/** Ids are TypeIDs: a prefix and a UUIDv7, so they sort by creation. `ses` and `con` never leave the service. */
export type IdPrefix =
  | 'ten'
  | 'ses'
  | 'tsk'
  | 'evt'
  | 'whe'
  | 'sec'
  | 'dlv'
  | 'att'
  | 'wak'
  | 'key'
  | 'wrk'
  | 'con'
  | 'rec'

/** Announcements between processes. They are hints: whoever misses one finds the fact by polling. */
export interface Announcer {
  /**
   * Calls back for every announcement of that kind until the returned function is called. `work`: '' (look for due work).
   * `interrupted`, `ended`: a task's id. `events`: `<tenant>:<number of its newest event>`, or '' (look at all of them).
   * `note`: a {@link LiveNotice} as JSON. These two come only while somebody reads the tenant's live stream.
   * `connected`: `<endpoint>:<its newest connection>`. `answered`: `<delivery>:<attempt>:<status>`, which is empty when there
   * was no whole answer; the attempt is on record.
   */
  on(
    kind: 'work' | 'interrupted' | 'ended' | 'events' | 'note' | 'connected' | 'answered',
    listener: (subject: string) => void,
  ): () => void
}

/** Digests of a file, and of its parts, as it streams by. */
export interface FileDigests {
  /** Of the bytes behind those whose CRC-32 is `before` (0: none). Can be combined from parts. */
  crc32(bytes: Uint8Array, before: number): number
  /** One that can be combined from parts. */
  checksum(algorithm: 'crc32c' | 'crc64nvme'): Promise<FileHash>
  /** One that must see the whole file in order. */
  hash(algorithm: 'sha256' | 'sha512' | 'md5'): FileHash
}
export interface FileHash {
  update(bytes: Uint8Array): void
  /** Lower case, at full length. Ends the hash: neither `update` nor `hex` may be called again. */
  hex(): string
}

/** Hands claimed work to one of many processes. What it loses is found again by polling the truth. */
export interface HintQueue {
  addTasks(leases: readonly { taskId: string; epoch: number }[]): Promise<void>
  addLanes(lanes: readonly { sessionId: string; endpointId: string }[]): Promise<void>
  /** Calls back for every hint, so many at once; stopping waits for those in hand. */
  consume(
    handlers: {
      task(lease: { taskId: string; epoch: number }): Promise<void>
      lane(lane: { sessionId: string; endpointId: string }): Promise<void>
    },
    concurrency: { tasks: number; lanes: number },
  ): { stop(): Promise<void> }
  /** Resolves when the queue answers. */
  check(): Promise<void>
  close(): Promise<void>
}
