import { type BodyFraming, emptyStatuses, type HttpMethod, persists } from './body-framing.ts'
import { trimBlanks, valuesOf } from './header-fields.ts'
import type { Oddity } from './oddity.ts'
import type { ResponseHead } from './response-head.ts'

const errors = {
  lengths: 'The response has different Content-Lengths.',
  length: 'The Content-Length of the response is not a number.',
  tooLong: 'The Content-Length of the response is beyond every file.',
  coding: 'The response has a Transfer-Encoding other than chunked.',
  interim: 'An informational response has a body.',
}

/**
 * How a body ends, read as browsers and curl do, with what is odd about it; the error when that is in doubt. To be asked when
 * {@link bodyFraming} refuses. The connection is then not used again, so a mistake cannot reach another response.
 */
export function lenientFraming(
  head: ResponseHead,
  method: HttpMethod,
): { framing: BodyFraming; oddities: Set<Oddity> } | { error: string } {
  const oddities = new Set<Oddity>()
  const length = readLength(head, oddities)
  if ('error' in length) return length
  const isChunked = readCodings(head, oddities)
  if (isChunked === null) return { error: errors.coding }
  const hasCoding = valuesOf(head.fields, 'transfer-encoding').length > 0
  const framing = (is: BodyFraming) => ({ framing: is, oddities })
  const { status, version } = head
  if (status < 200) {
    // Another head must follow, which some would take for this body.
    if (hasCoding || (length.bytes ?? 0) > 0 || length.isUnusable) return { error: errors.interim }
    if (!persists(head)) oddities.add('interim')
    return framing({ kind: 'none' })
  }
  if (emptyStatuses.has(status) || (method === 'CONNECT' && status < 300)) {
    if (isChunked) oddities.add('needless')
    return framing({ kind: 'none' })
  }
  if (isChunked) {
    // RFC 9112 §6.3 rule 3: the coding overrides the length.
    if (length.bytes !== null || length.isUnusable) oddities.add('both')
    if (version === '1.0') oddities.add('codings')
    return framing({ kind: 'chunked' })
  }
  if (length.isUnusable) {
    // The end of the connection is the end of the body, provided that it comes.
    if (persists(head)) return { error: errors.length }
    return framing({ kind: 'close', ...(length.bytes === null ? {} : { bytes: length.bytes }) })
  }
  if (length.bytes === null) return framing({ kind: 'close' })
  // With another coding than chunked some readers take no notice of a length.
  return framing({ kind: 'length', bytes: length.bytes, ...(hasCoding ? { isDisputed: true } : {}) })
}

/** `bytes` with `isUnusable`: some take the value for this length. */
interface Length {
  bytes: number | null
  isUnusable: boolean
}

function readLength({ fields }: ResponseHead, oddities: Set<Oddity>): Length | { error: string } {
  const values = valuesOf(fields, 'content-length')
  if (values.length === 0) return { bytes: null, isUnusable: false }
  const [first = '', ...others] = elements(values)
  if (others.length === 0 && /^(?:|[-+]\d+)$/.test(first)) {
    oddities.add('length')
    if (!first.startsWith('+')) return { bytes: null, isUnusable: true }
    const read = exactNumber(first.slice(1))
    return 'error' in read ? read : { ...read, isUnusable: true }
  }
  if (![first, ...others].every((text) => /^\d+$/.test(text))) return { error: errors.length }
  const significant = (text: string) => text.replace(/^0+(?=\d)/, '')
  if (others.some((other) => significant(other) !== significant(first))) return { error: errors.lengths }
  if (others.length > 0) oddities.add('lengths')
  const read = exactNumber(significant(first))
  return 'error' in read ? read : { ...read, isUnusable: false }
}

function exactNumber(digits: string): { bytes: number } | { error: string } {
  const bytes = Number(digits)
  return Number.isSafeInteger(bytes) ? { bytes } : { error: errors.tooLong }
}

/** Whether the body is in chunks; null: in another coding. */
function readCodings({ fields }: ResponseHead, oddities: Set<Oddity>): boolean | null {
  const all = elements(valuesOf(fields, 'transfer-encoding')).map((coding) => coding.toLowerCase())
  const codings = all.filter((coding) => coding !== '' && coding !== 'identity')
  const isChunked = codings.length > 0
  if (codings.some((coding) => coding !== 'chunked') || (isChunked && all.at(-1) === 'identity')) return null
  if (all.length > 0 && (all.length > 1 || !isChunked)) oddities.add('codings')
  return isChunked
}

/** The elements of comma-separated lists, the empty ones too (RFC 9110 §5.6.1). */
function elements(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',')).map((element) => trimBlanks(element))
}
