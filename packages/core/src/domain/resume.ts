/** A part that both our rows and storage have. */
export interface SavedPart {
  number: number
  offset: number
  bytes: number
  crc32: number
  receipt: string
}

/**
 * The longest run of parts from the first byte on that rows and storage agree on: only such a prefix is resumed.
 * `stored` is what storage lists.
 */
export function agreedPrefix(
  saved: readonly SavedPart[],
  stored: readonly { number: number; bytes: number; receipt: string }[],
): SavedPart[] {
  const inStorage = new Map(stored.map((part) => [part.number, part]))
  const prefix: SavedPart[] = []
  let offset = 0
  for (const part of saved.toSorted((a, b) => a.number - b.number)) {
    const held = inStorage.get(part.number)
    if (part.number !== prefix.length + 1 || part.offset !== offset) break
    if (!held || held.bytes !== part.bytes || held.receipt !== part.receipt) break
    prefix.push(part)
    offset += part.bytes
  }
  return prefix
}

/**
 * The validator to resume with: a strong ETag (RFC 9110 §8.8.3, §13.1.5). Dates and weak tags do not prove the same bytes,
 * and an empty tag, though it is well-formed, tells no two versions apart.
 */
export function strongValidator(etag: string | undefined): string | null {
  return etag !== undefined && /^"[\x21\x23-\x7e\x80-\xff]+"$/.test(etag) ? etag : null
}

export type ResumeAnswer =
  /** The bytes asked for: go on behind the prefix. */
  | { kind: 'continue' }
  /** The whole resource, perhaps another version: start over with this very answer. */
  | { kind: 'startOver' }
  /** Not usable: drop it and ask again for everything. */
  | { kind: 'askAgain' }
  | { kind: 'error' }

/**
 * What the answer to a resumed request means. A 206 counts only when range, total, length and tag are exactly what was
 * asked for. One without the tag does not: it must repeat it (RFC 9110 §15.3.7), and who ignores If-Range leaves it out.
 */
export function readResumeAnswer(
  asked: { from: number; total: number | null; validator: string },
  answer: { status: number; headers: Record<string, string> },
): ResumeAnswer {
  if (answer.status === 200) return { kind: 'startOver' }
  if (answer.status === 416) return { kind: 'askAgain' }
  if (answer.status !== 206) return answer.status < 300 ? { kind: 'askAgain' } : { kind: 'error' }
  const range = parseContentRange(answer.headers['content-range'])
  const fits =
    range !== null &&
    range.first === asked.from &&
    range.total !== null &&
    range.last === range.total - 1 &&
    (asked.total === null || range.total === asked.total) &&
    answer.headers.etag === asked.validator &&
    isLength(answer.headers['content-length'], range.last - range.first + 1) &&
    !answer.headers['content-type']?.toLowerCase().startsWith('multipart/byteranges') &&
    isIdentity(answer.headers['content-encoding'])
  return fits ? { kind: 'continue' } : { kind: 'askAgain' }
}

/** A chunked answer declares no length. */
function isLength(contentLength: string | undefined, bytes: number): boolean {
  return contentLength === undefined || (/^\d{1,15}$/.test(contentLength) && Number(contentLength) === bytes)
}

export function isIdentity(contentEncoding: string | undefined): boolean {
  return (
    contentEncoding === undefined ||
    contentEncoding.trim().toLowerCase() === 'identity' ||
    contentEncoding.trim() === ''
  )
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
