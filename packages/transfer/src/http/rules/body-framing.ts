import { valuesOf } from './header-fields.ts'
import type { ResponseHead } from './response-head.ts'

/** How the end of a body is found: there is no body, it has a length, it has a last chunk, or the connection ends. */
export type BodyFraming =
  | { kind: 'none' }
  /** Disputed: some readers go on to the end of the connection, so there must be nothing behind the body. */
  | { kind: 'length'; bytes: number; isDisputed?: true }
  | { kind: 'chunked' }
  /** With `bytes`: some readers know a length, so the body must have it. */
  | { kind: 'close'; bytes?: number }

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'CONNECT'

/** RFC 9112 §6.3: these responses end with their head. RFC 9110 §15.3.6: a 205 has no content either. */
export const emptyStatuses = new Set([204, 205, 304])
/** Beyond the size of any file, and still an exact number. */
const contentLength = /^\d{1,15}$/

const errors = {
  lengths: 'The response has more than one Content-Length.',
  length: 'The Content-Length of the response is not a number.',
  both: 'The response has a Content-Length and a Transfer-Encoding.',
  coding: 'The response has a Transfer-Encoding other than chunked.',
  codingIn10: 'The response has a Transfer-Encoding in HTTP/1.0.',
  codingOfNothing: 'A response that has no body has a Transfer-Encoding.',
  interimLength: 'An informational response has a Content-Length.',
  interimLast: 'An informational response ends the connection.',
}

/**
 * How the body of the response ends (RFC 9112 §6.3), or the error when it says so in an odd way, about which two readers could disagree. HEAD, for which
 * the method would matter too, is never sent. A 101 is left to the caller.
 */
export function bodyFraming(head: ResponseHead, method: HttpMethod): BodyFraming | { error: string } {
  const { fields, status, version } = head
  const [length, ...moreLengths] = valuesOf(fields, 'content-length')
  const codings = valuesOf(fields, 'transfer-encoding')
  const isInterim = status < 200
  if (moreLengths.length > 0) return { error: errors.lengths }
  if (length !== undefined && !contentLength.test(length)) return { error: errors.length }
  if (length !== undefined && codings.length > 0) return { error: errors.both }
  if (codings.length > 0) {
    // §6.1 forbids all three to a server; recipients differ in how they understand them.
    if (version === '1.0') return { error: errors.codingIn10 }
    if (isInterim || status === 204) return { error: errors.codingOfNothing }
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked') return { error: errors.coding }
  }
  if (isInterim) {
    // Another head must follow. It would be taken for a body, or would come after the connection was closed.
    if (length !== undefined && Number(length) > 0) return { error: errors.interimLength }
    return persists(head) ? { kind: 'none' } : { error: errors.interimLast }
  }
  // §6.3 rule 2: what follows belongs to the tunnel, whatever the head says.
  if (method === 'CONNECT' && status < 300) return { kind: 'none' }
  if (emptyStatuses.has(status)) return { kind: 'none' }
  if (codings.length > 0) return { kind: 'chunked' }
  return length === undefined ? { kind: 'close' } : { kind: 'length', bytes: Number(length) }
}

/** Whether the connection may carry another request behind this response (RFC 9112 §9.3). When in doubt, it may not. */
export function keepsAlive(head: ResponseHead, framing: BodyFraming): boolean {
  if (framing.kind === 'close' || head.status === 101) return false
  if (framing.kind === 'none' && claimsBody(head)) return false
  return persists(head)
}

/** A server that names a length or a coding where there is no body may send one all the same. */
function claimsBody({ status, fields }: ResponseHead): boolean {
  if (valuesOf(fields, 'transfer-encoding').length > 0) return true
  // RFC 9110 §8.6: this is the length of the representation that has not changed.
  if (status === 304) return false
  const [length] = valuesOf(fields, 'content-length')
  // Unlike a 204, a 205 without a length ends with the connection for a reader who only knows RFC 9112 §6.3.
  return length === undefined ? status === 205 : Number(length) > 0
}

/** Whether the head leaves the connection open (RFC 9112 §9.3). */
export function persists({ version, fields }: ResponseHead): boolean {
  const options = [...valuesOf(fields, 'connection'), ...valuesOf(fields, 'proxy-connection')]
    .join(',')
    .toLowerCase()
    .split(',')
    .map((option) => option.replace(/^[ \t]+|[ \t]+$/g, ''))
  return !options.includes('close') && (version === '1.1' || options.includes('keep-alive'))
}
