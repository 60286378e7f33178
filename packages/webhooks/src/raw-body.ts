import { WebhookVerificationError } from './verification-error.ts'

export type RawBody = string | Uint8Array | ArrayBuffer

/** Returns the bytes that were signed. Throws a `body_…` error for anything that is not a raw body. */
export function bodyBytes(body: RawBody): Uint8Array {
  const bytes = toBytes(body)
  if (bytes.length === 0) throw new WebhookVerificationError('body_empty')
  return bytes
}

function toBytes(body: unknown): Uint8Array {
  if (typeof body === 'string') return new TextEncoder().encode(body)
  if (body instanceof Uint8Array) return body
  if (body instanceof ArrayBuffer) return new Uint8Array(body)
  if (body === undefined || body === null) throw new WebhookVerificationError('body_missing')
  if (isUnread(body)) throw new WebhookVerificationError('body_not_read')
  throw new WebhookVerificationError(
    'body_parsed',
    `Given was ${Array.isArray(body) ? 'an array' : `a value of type ${typeof body}`}.`,
  )
}

/** Whether the value is a promise, a stream of Node or WHATWG, or a WHATWG request. */
function isUnread(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false
  return ['then', 'pipe', 'getReader', 'arrayBuffer'].some(
    (method) => typeof (body as Record<string, unknown>)[method] === 'function',
  )
}

/** Other bytes that the sender may have signed, if something parsed this body and wrote it again. */
export function likelyOriginals(body: Uint8Array): Uint8Array[] {
  const value = parseJson(body)
  if (value === undefined) return []
  const text = new TextDecoder().decode(body)
  const originals = new Set([JSON.stringify(value), text.trim()])
  originals.delete(text)
  return [...originals].map((original) => new TextEncoder().encode(original))
}

/** Parses JSON in UTF-8; undefined when it is not. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
}
