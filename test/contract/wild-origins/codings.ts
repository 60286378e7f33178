import { createHash } from 'node:crypto'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { WarningCode } from '#core/tasks/rules/file-warnings.ts'
import { completed, fileWith, final, lines, suspect, theFile, type WildRow } from './row.ts'

const decode = { contentDecoding: 'decode' }
const text = theFile.repeat(300)
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')
const wire = (body: Buffer, ...fields: string[]) =>
  lines('HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...fields) + body.toString('latin1')
const chunked = (body: Buffer, ...fields: string[]) =>
  `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', ...fields)}${body.length.toString(16)}\r\n${body.toString('latin1')}\r\n0\r\n\r\n`
const coded = (name: string) => `Content-Encoding: ${name}`
const gzipped = gzipSync(text)
const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024), { level: 9 })
const zstdBomb = zstdCompressSync(Buffer.alloc(20 * 1024 * 1024))

/** Stored as it came; a link serves it with the coding, so that who follows it reads `read`. */
const kept = (
  that: string,
  name: string,
  body: Buffer,
  contentEncoding: string,
  more: Partial<WildRow> = {},
): WildRow => ({
  that,
  does: wire(body, coded(name), 'ETag: "v1"', 'Accept-Ranges: bytes'),
  becomes: {
    ...completed(['content_encoded']),
    stored: text,
    bytes: body.length,
    response: { contentEncoding },
  },
  ...more,
})
const decoded = (
  that: string,
  name: string,
  body: Buffer,
  more: Partial<WildRow> = {},
  warnings: WarningCode[] = [],
): WildRow => ({
  that,
  does: wire(body, coded(name), 'ETag: "v1"', 'Accept-Ranges: bytes'),
  session: decode,
  becomes: { ...completed(warnings), stored: text, bytes: text.length, response: { contentEncoding: null } },
  requests: 1,
  ...more,
})
/** The bytes are a file in themselves, whatever the coding says. */
const packed = (that: string, path: string, ...fields: string[]): WildRow => ({
  ...kept(that, 'gzip', gzipped, 'gzip', { path, does: wire(gzipped, coded('gzip'), ...fields) }),
  becomes: {
    ...completed(['content_encoded']),
    stored: gzipped,
    bytes: gzipped.length,
    response: { contentEncoding: 'gzip' },
  },
})

/** Content codings that nobody has asked for. */
export const codings: WildRow[] = [
  kept('sends gzip', 'gzip', gzipped, 'gzip'),
  kept('sends x-gzip', 'X-GZIP', gzipped, 'gzip'),
  kept('sends deflate', 'deflate', deflateSync(text), 'deflate'),
  kept('sends br', 'br', brotliCompressSync(text), 'br'),
  kept('sends gzip in chunks', 'gzip', gzipped, 'gzip', { does: chunked(gzipped, coded('gzip')) }),
  kept('sends gzip in gzip', 'gzip, gzip', gzipSync(gzipped), 'gzip, gzip'),
  kept('sends gzip and its digest', 'gzip', gzipped, 'gzip', {
    does: wire(
      gzipped,
      coded('gzip'),
      `Repr-Digest: sha-256=:${createHash('sha256').update(gzipped).digest('base64')}:`,
    ),
  }),
  kept('sends gzip of which the digest is expected', 'gzip', gzipped, 'gzip', {
    task: { expected: { sha256: sha256(gzipped), bytes: gzipped.length } },
  }),
  packed('sends a .gz as gzip', '/data.gz'),
  packed('sends a .tar.gz as gzip', '/data.tar.gz', 'Content-Type: application/x-tar'),
  packed('sends application/gzip as gzip', '/data', 'Content-Type: application/gzip'),
  packed('names a .tgz that is sent as gzip', '/data', 'Content-Disposition: attachment; filename=a.tgz'),
  ...['identity', 'none', 'utf-8', 'aws-chunked', 'binary', ''].map(
    (name): WildRow => ({
      that: `names the coding ${name === '' ? 'of no name' : name}, which is none`,
      does: fileWith(coded(name)),
      becomes: { ...completed(), stored: theFile, response: { contentEncoding: null } },
    }),
  ),
  {
    that: 'sends an empty file in gzip',
    does: lines('HTTP/1.1 200 OK', 'Content-Length: 0', coded('gzip')),
    becomes: completed([], ''),
  },
  {
    that: 'sends a page in gzip for a .zip',
    path: '/a.zip',
    does: wire(gzipped, coded('gzip'), 'Content-Type: text/html'),
    becomes: { ...completed(['html_instead_of_file', 'content_encoded']), stored: text },
  },
]

export const decodings: WildRow[] = [
  decoded('sends gzip that is to be decoded', 'gzip', gzipped),
  decoded('sends x-gzip that is to be decoded', 'x-gzip', gzipped),
  decoded('sends deflate that is to be decoded', 'deflate', deflateSync(text)),
  decoded('sends bare deflate that is to be decoded', 'deflate', deflateRawSync(text)),
  decoded('sends br that is to be decoded', 'br', brotliCompressSync(text)),
  decoded('sends zstd that is to be decoded', 'zstd', zstdCompressSync(text)),
  decoded(
    'sends zstd in two frames that are to be decoded',
    'zstd',
    Buffer.concat([zstdCompressSync(text.slice(0, 100)), zstdCompressSync(text.slice(100))]),
  ),
  decoded('sends gzip in two fields that is to be decoded', 'gzip', gzipSync(gzipped), {
    does: wire(gzipSync(gzipped), coded('gzip'), coded('gzip')),
  }),
  decoded('sends br in gzip that is to be decoded', 'br, gzip', gzipSync(brotliCompressSync(text))),
  decoded('sends gzip in chunks that is to be decoded', 'gzip', gzipped, { does: chunked(gzipped, coded('gzip')) }),
  decoded(
    'sends gzip that ends with the connection and is to be decoded',
    'gzip',
    gzipped,
    { does: `${lines('HTTP/1.1 200 OK', coded('gzip'))}${gzipped.toString('latin1')}` },
    ['length_not_verified'],
  ),
  decoded('sends a .gz as gzip that is to be decoded', 'gzip', gzipped, { path: '/data.gz' }),
  decoded('sends no coding where one would be decoded', 'identity', Buffer.from(text)),
  decoded('sends gzip of which the decoded digest is expected', 'gzip', gzipped, {
    task: { expected: { sha256: sha256(text), bytes: text.length }, maximumBytes: text.length },
  }),
  decoded('declares the digest of the gzip that is to be decoded', 'gzip', gzipped, {
    does: wire(gzipped, coded('gzip'), `Content-MD5: ${createHash('md5').update(gzipped).digest('base64')}`),
  }),
  decoded('sends gzip in small pieces that is to be decoded', 'gzip', gzipped, {
    does: [
      { send: lines('HTTP/1.1 200 OK', `Content-Length: ${gzipped.length}`, coded('gzip')) },
      ...Array.from({ length: gzipped.length }, (_, at) => [
        { send: gzipped.subarray(at, at + 1) },
        { waitMs: 1 },
      ]).flat(),
    ],
  }),
  {
    that: 'cuts gzip that is to be decoded, and then sends all of it',
    session: decode,
    does: ({ index }) =>
      index === 0
        ? [{ send: wire(gzipped, coded('gzip'), 'ETag: "v1"').slice(0, -20) }, 'reset']
        : wire(gzipped, coded('gzip'), 'ETag: "v1"'),
    becomes: { ...completed(), stored: text, bytes: text.length },
    requests: 2,
  },
  {
    that: 'sends gzip of which less was expected',
    session: decode,
    does: wire(gzipped, coded('gzip')),
    task: { maximumBytes: text.length - 1 },
    becomes: final('dataLengthExceedsMaximum', /maximumBytes/),
  },
  {
    that: 'sends gzip of which another digest was expected',
    session: decode,
    does: wire(gzipped, coded('gzip')),
    task: { expected: { sha256: sha256(gzipped) } },
    becomes: { state: 'failed', error: 'checksum_mismatch' },
  },
  {
    that: 'sends a bomb beyond maximumBytes',
    session: decode,
    does: wire(bomb, coded('gzip')),
    task: { maximumBytes: 1_000_000 },
    becomes: final('dataLengthExceedsMaximum', /maximumBytes/),
  },
  {
    that: 'sends a bomb',
    session: decode,
    does: wire(zstdBomb, coded('zstd')),
    becomes: final('dataLengthExceedsMaximum', /1000 times/),
  },
  {
    that: 'sends a bomb in gzip twice',
    session: decode,
    does: wire(gzipSync(bomb), coded('gzip, gzip')),
    becomes: final('dataLengthExceedsMaximum', /1000 times/),
  },
  {
    that: 'sends gzip that was truncated, and is to be decoded',
    session: decode,
    does: wire(gzipped.subarray(0, -10), coded('gzip')),
    becomes: suspect('cannotDecodeContentData', /middle/),
  },
  {
    that: 'sends gzip with a wrong checksum that is to be decoded',
    session: decode,
    does: wire(Buffer.concat([gzipped.subarray(0, -8), Buffer.alloc(8)]), coded('gzip')),
    becomes: suspect('cannotDecodeContentData', /coding/),
  },
  {
    that: 'sends a file that is not in the coding to be decoded',
    session: decode,
    does: fileWith(coded('gzip')),
    becomes: suspect('cannotDecodeContentData', /coding/),
  },
  {
    that: 'sends a coding that cannot be decoded',
    session: decode,
    does: fileWith(coded('compress')),
    becomes: suspect('cannotDecodeContentData', /compress/),
  },
  {
    that: 'has a NUL in the coding to be decoded',
    session: decode,
    does: wire(gzipped, coded('gzip\0')),
    becomes: suspect('cannotParseResponse', /NUL/),
  },
  {
    that: 'has a control character in the coding to be decoded',
    session: decode,
    does: wire(gzipped, coded('gzip\x01')),
    becomes: suspect('cannotDecodeContentData', /not a name/),
  },
  {
    that: 'sends six codings',
    session: decode,
    does: fileWith(coded('gzip, gzip, gzip, gzip, gzip, gzip')),
    becomes: suspect('cannotDecodeContentData', /6 content codings/),
  },
]
