import { codingsOf } from './content-coding.ts'

/** A part that both the journal and storage have. */
export interface SavedPart {
  number: number
  offset: number
  bytes: number
  crc32: number
  receipt: string
}

/** The parts that journal and storage agree on, ascending. Only these are kept. `stored` is what storage lists. */
export function agreedParts<Part extends SavedPart>(
  saved: readonly Part[],
  stored: readonly { number: number; bytes: number; receipt: string }[],
): Part[] {
  const inStorage = new Map(stored.map((part) => [part.number, part]))
  return saved
    .filter(({ number, bytes, receipt }) => {
      const held = inStorage.get(number)
      return held?.bytes === bytes && held.receipt === receipt
    })
    .toSorted((a, b) => a.number - b.number)
}

/** The parts that follow each other without a gap from the first byte on. `parts` are ascending. */
export function prefixOf<Part extends SavedPart>(parts: readonly Part[]): Part[] {
  let offset = 0
  const gap = parts.findIndex((part, index) => {
    const fits = part.number === index + 1 && part.offset === offset
    offset += part.bytes
    return !fits
  })
  return gap < 0 ? [...parts] : parts.slice(0, gap)
}

/** Servers whose files all have a made-up date (Unix's zero, the first day of DOS) give versions no date of their own. */
const firstRealDate = Date.UTC(1980, 0, 2)

/**
 * The validator to resume with: a strong ETag, or a strong Last-Modified where the response has no tag (RFC 9110 §13.1.5). The two
 * are told apart by the quote that a tag begins with. Null: nothing proves that a later response has the same bytes.
 */
export function validatorOf(headers: Readonly<Record<string, string>>): string | null {
  const { etag, 'last-modified': lastModified, date } = headers
  // A weak tag says that the bytes may differ, whatever the date.
  if (etag !== undefined && /^w\//i.test(etag)) return null
  return strongValidator(etag) ?? strongDate(lastModified, date)
}

/** A strong ETag (RFC 9110 §8.8.3). An empty tag, though well-formed, distinguishes no versions. */
export function strongValidator(etag: string | undefined): string | null {
  return etag !== undefined && /^"[\x21\x23-\x7e\x80-\xff]+"$/.test(etag) ? etag : null
}

/**
 * A Last-Modified that is strong, because the response was made at least a second later (RFC 9110 §8.8.2.2). Servers compare it
 * character by character, so only the preferred form of a date counts.
 */
function strongDate(lastModified: string | undefined, date: string | undefined): string | null {
  const modifiedMs = dateMs(lastModified)
  const madeMs = dateMs(date)
  if (modifiedMs === null || madeMs === null || modifiedMs < firstRealDate) return null
  return madeMs - modifiedMs >= 1000 ? lastModified! : null
}

/** An IMF-fixdate (RFC 9110 §5.6.7), which is what `toUTCString` writes. */
function dateMs(text: string | undefined): number | null {
  const ms = Date.parse(text ?? '')
  return !Number.isNaN(ms) && new Date(ms).toUTCString() === text ? ms : null
}

/** Whether a response says that it is of the version that the validator names. */
function isOfVersion(validator: string, headers: Readonly<Record<string, string>>): boolean {
  return validator === (validator.startsWith('"') ? headers.etag : headers['last-modified'])
}

export type RangeResponse =
  /** The bytes asked for, of the version asked for. `total` is the whole resource's. */
  | { kind: 'range'; total: number }
  /** The whole resource, of the version asked for: the server ignores ranges, or If-Range. */
  | { kind: 'wholeOfSame' }
  /** The whole resource, perhaps another version. */
  | { kind: 'whole' }
  /** A range that does not fit, or none (416): the whole resource is to be asked for. */
  | { kind: 'unusable' }
  /** 429 or 503, which says nothing of ranges. */
  | { kind: 'busy' }
  /** Anything else. It may be the request for a range that the origin cannot deal with. */
  | { kind: 'refused' }

/**
 * What the response to a request for a range means. A 206 counts only when range, total, length and validator are exactly what was
 * asked for. A 206 without the tag does not count: a server must repeat the tag (RFC 9110 §15.3.7), and one that ignores If-Range
 * leaves it out. The same goes for the date, which servers need not repeat: nothing else would tell its version.
 * `last` absent: to the end.
 */
export function readRangeResponse(
  asked: { from: number; last?: number; total: number | null; validator: string },
  response: { status: number; headers: Record<string, string> },
): RangeResponse {
  const { status, headers } = response
  if (status === 200) {
    const same = isOfVersion(asked.validator, headers) && isIdentity(headers['content-encoding'])
    return { kind: same ? 'wholeOfSame' : 'whole' }
  }
  if (status === 416) return { kind: 'unusable' }
  if (status === 429 || status === 503) return { kind: 'busy' }
  if (status !== 206) return { kind: 'refused' }
  const range = parseContentRange(headers['content-range'])
  const fits =
    range !== null &&
    range.first === asked.from &&
    range.total !== null &&
    range.last === (asked.last ?? range.total - 1) &&
    (asked.total === null || range.total === asked.total) &&
    isOfVersion(asked.validator, headers) &&
    isLength(headers['content-length'], range.last - range.first + 1) &&
    !isMultipart(headers['content-type']) &&
    isIdentity(headers['content-encoding'])
  return fits ? { kind: 'range', total: range.total! } : { kind: 'unusable' }
}

/**
 * The length of the whole resource if a 206 that nobody asked for has all of it; otherwise null. `headers` are the response's.
 */
export function totalOfWholePart(headers: Record<string, string>): number | null {
  const range = parseContentRange(headers['content-range'])
  const isWhole =
    range !== null &&
    range.first === 0 &&
    range.last + 1 === range.total &&
    isLength(headers['content-length'], range.total) &&
    !isMultipart(headers['content-type'])
  return isWhole ? range.total : null
}

function isMultipart(contentType: string | undefined): boolean {
  return contentType?.toLowerCase().startsWith('multipart/byteranges') ?? false
}

/** A chunked response declares no length. */
function isLength(contentLength: string | undefined, bytes: number): boolean {
  return contentLength === undefined || (/^\d{1,15}$/.test(contentLength) && Number(contentLength) === bytes)
}

export function isIdentity(contentEncoding: string | undefined): boolean {
  return codingsOf(contentEncoding).length === 0
}

/** RFC 9110 §14.4; null when it is absent or anything but a satisfied byte range. */
export function parseContentRange(
  value: string | undefined,
): { first: number; last: number; total: number | null } | null {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(value ?? '')
  if (!match) return null
  const [first, last] = [Number(match[1]), Number(match[2])]
  const total = match[3] === '*' ? null : Number(match[3])
  if (last < first || (total !== null && last >= total)) return null
  return { first, last, total }
}
