import { maxCodingLength } from '../../http/rules/response-note.ts'
import type { TaskResponse } from '../../http/rules/transaction.ts'

/** Codings that can be decoded. */
const decodableCodings = ['gzip', 'deflate', 'br', 'zstd'] as const
export type DecodableCoding = (typeof decodableCodings)[number]

/** Written in Content-Encoding by mistake: charsets, transfer encodings of e-mail, and the upload framing of S3. */
const noCodings: ReadonlySet<string> = new Set([
  ...['', 'identity', 'none', 'utf-8', 'utf8', 'iso-8859-1', '7bit', '8bit', 'binary', 'aws-chunked'],
])
/** RFC 9110 §8.4.1.3. */
const aliases: Readonly<Record<string, string>> = { 'x-gzip': 'gzip', 'x-compress': 'compress' }

/** The content codings of a body in the order in which they were applied, in lower case (RFC 9110 §8.4). */
export function codingsOf(contentEncoding: string | undefined): string[] {
  return (contentEncoding ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => !noCodings.has(name))
    .map((name) => aliases[name] ?? name)
}

/** As it is shown and stored; null when there is none, or none that a field could hold. */
export function contentEncodingOf(codings: readonly string[]): string | null {
  const text = codings.filter((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name)).join(', ')
  return text === '' || text.length > maxCodingLength ? null : text
}

export function isDecodable(coding: string): coding is DecodableCoding {
  return (decodableCodings as readonly string[]).includes(coding)
}

const packedTypes =
  /^application\/(?:x-)?(?:gzip|gunzip|bzip2?|zstd|brotli|compress|compressed|tgz|gtar-compressed|tar-gz)$/
const packedNames: Readonly<Record<string, RegExp>> = {
  gzip: /\.(?:t?gz|gzip|svgz|emz|wmz)$/i,
  compress: /\.(?:t?z|taz)$/i,
  br: /\.br$/i,
  zstd: /\.t?zst$/i,
}

/**
 * The coding with which links serve stored bytes; null: none. Servers call a `.gz` a file in a coding, and browsers know better: for
 * whom it is stored, the packed file is the file, and no reader may unpack it on the way.
 */
export function codingToServe({
  contentEncoding,
  mimeType,
  suggestedFilename,
}: Pick<TaskResponse, 'contentEncoding' | 'mimeType' | 'suggestedFilename'>): string | null {
  if (!contentEncoding || packedTypes.test(mimeType ?? '')) return null
  return packedNames[contentEncoding]?.test(suggestedFilename) ? null : contentEncoding
}
