import type { Transaction } from '../http/rules/transaction.ts'

/** Where bytes come from: HTTP(S) behind the egress guard, redirects followed by our own loop with every hop guarded. */
export interface Source {
  /** The response after redirects, its body not yet read. Throws TransferError. An abort of `signal` throws its reason. */
  open(request: SourceRequest): Promise<SourceResponse>
}

export interface SourceRequest {
  url: string
  /** Connections are used again for requests of the same scope only. */
  connectionScope: string
  /** Dropped for good on a redirect to another scheme, host or port. */
  headers: Record<string, string>
  /**
   * Ask for these bytes (`last` included; absent: to the end) if the resource is still the one of `validator`; null: whatever
   * it is (RFC 9110 §13.1.5, §14.2).
   */
  range?: { from: number; last?: number; validator: string | null }
  /** No byte for so long: timedOut. Covers resolving, connecting, TLS and the response's head too. */
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
   * framing; throws TransferError, or the signal's reason.
   */
  read(consumer: (bytes: Uint8Array, release: () => void) => void): Promise<void>
  /** Drops the connection without reading on. Harmless at any time. */
  discard(): void
}
