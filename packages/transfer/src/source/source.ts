import type { Pace } from '../http/pace.ts'
import type { ResponseNote } from '../http/rules/response-note.ts'
import type { Transaction } from '../http/rules/transaction.ts'

/** Opens URLs over HTTP(S) behind the egress guard. Our own loop follows redirects, and every hop passes the guard. */
export interface Source {
  /** Resolves with the response after redirects, before its body is read. Throws TransferError. An abort of `signal` throws its reason. */
  open(request: SourceRequest): Promise<SourceResponse>
}

export interface SourceRequest {
  url: string
  /** A connection is reused only for requests of the same scope. */
  connectionScope: string
  /**
   * On a redirect to another origin all but User-Agent, Accept and Accept-Language are dropped for good. An upgrade from http to
   * https on the same host is no other origin.
   */
  headers: Record<string, string>
  /**
   * The bytes to ask for (`last` included; absent: to the end) if the resource still has `validator`; null: in any case
   * (RFC 9110 §13.1.5, §14.2).
   */
  range?: { from: number; last?: number; validator: string | null }
  /** After this time without a byte the request fails with timedOut. Resolving, connecting, TLS and the response's head count too. */
  idleTimeoutMs: number
  /** How fast the response may be read. The time in which it holds reading back is no silence of the origin. Absent: at any rate. */
  pace?: Pace | undefined
  signal: AbortSignal
}

export interface SourceResponse {
  /** The URL after redirects. */
  url: string
  status: number
  /** Lower-case names; repeated fields joined with ", ". */
  headers: Record<string, string>
  /** One for every hop, the final one last. Its body times are filled in when the body has ended. */
  transactions: Transaction[]
  /** False: the body ends with the connection, so nothing proves that it is whole (RFC 9112 §6.3). */
  isLengthVerified: boolean
  /** What was odd on the way. Absent: nothing. */
  notes?: readonly ResponseNote[]
  /**
   * Delivers the body as it comes; to be called once. Each chunk is the consumer's until it calls `release`, and the sender is
   * paused while too many are in use. Chunked framing is decoded, content codings are not. Resolves when the body is complete by
   * its own framing. Throws TransferError, or the signal's reason.
   */
  read(consumer: (bytes: Uint8Array, release: () => void) => void): Promise<void>
  /** Closes the connection without reading on. Harmless at any time. */
  discard(): void
}
