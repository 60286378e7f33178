import type { Scenario, Step } from '#support/origins/hostile-origin.ts'
import type { RawRequest } from '#support/origins/raw-origin.ts'
import { lines, type WildRow } from './row.ts'

const MiB = 1024 * 1024
const bytesOf = (length: number, factor = 2_654_435_761): string => {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(Math.imul(at + 1, factor) >>> 0, at)
  return bytes.toString('latin1')
}
const small = bytesOf(1000)
const newer = bytesOf(1000, 40_503)
const medium = bytesOf(12 * MiB)
const newMedium = bytesOf(12 * MiB, 40_503)
const large = bytesOf(20 * MiB)

const modified = 'Last-Modified: Tue, 24 Nov 2026 12:00:00 GMT'
const madeLater = 'Date: Tue, 24 Nov 2026 13:00:00 GMT'
const tag = ['ETag: "v1"']
const dated = [modified, madeLater]

interface Version {
  body: string
  /** What the head says of the version. */
  about: string[]
}
interface How {
  /** Bytes of the body until the connection breaks. */
  cut?: number
  end?: Step
  status?: number
  /** Replaces a field of the head, or leaves it out. */
  fields?: Record<string, string | null>
  isChunked?: boolean
}

/** The response of a server that keeps to RFC 9110 §13.1.5 and §14, but for what `how` says. */
function response({ headers }: RawRequest, { body, about }: Version, how: How = {}): Scenario {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
  const condition = headers['if-range']
  const isMet = condition === undefined || about.some((field) => field.slice(field.indexOf(': ') + 2) === condition)
  const isRange = from !== undefined && isMet && how.status !== 200
  const [first, last] = isRange ? [Number(from), to ? Number(to) : body.length - 1] : [0, body.length - 1]
  const bytes = body.slice(first, last + 1)
  const sent = bytes.slice(0, how.cut ?? Number.POSITIVE_INFINITY)
  const all: Record<string, string | null> = {
    'Accept-Ranges': 'bytes',
    ...Object.fromEntries(about.map((field) => field.split(/: (.*)/))),
    ...(how.isChunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(bytes.length) }),
    ...(isRange ? { 'Content-Range': `bytes ${first}-${last}/${body.length}` } : {}),
    ...how.fields,
  }
  const fields = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]))
  const isCut = sent.length < bytes.length
  const chunked = `${sent.length.toString(16)}\r\n${sent}${isCut ? '' : '\r\n0\r\n\r\n'}`
  return [
    { send: lines(`HTTP/1.1 ${isRange ? '206 Partial Content' : '200 OK'}`, ...fields) },
    { send: how.isChunked ? chunked : sent },
    ...(isCut ? [how.end ?? 'reset'] : []),
  ]
}

const busy: Scenario = [{ send: lines('HTTP/1.1 503 Busy', 'Content-Length: 0') }]
/** The first response is of `version` and breaks; then `further` says how it goes on. */
const breaksOnce =
  (version: Version, further: (request: RawRequest) => Scenario = (request) => response(request, version)) =>
  (request: RawRequest): Scenario =>
    request.index === 0 ? response(request, version, { cut: 400 }) : further(request)
const stored = (body: string, attempts: number) => ({ state: 'completed', stored: body, attempts }) as const
/** Nothing identifies the version: the file is fetched from the beginning in a second attempt. */
const beginsAnew = { becomes: stored(small, 2), requests: 2 }
/** The range is asked for, and what comes is not used. */
const asksInVain = { becomes: stored(small, 2), requests: 3 }

/** Whole files from responses that break, and what identifies the version that is continued. */
export const resume: WildRow[] = [
  {
    that: 'breaks a response once, and gives a strong tag',
    does: breaksOnce({ body: small, about: tag }),
    becomes: stored(small, 1),
    requests: 2,
  },
  {
    that: 'breaks a response once, and gives a date that is older than the response',
    does: breaksOnce({ body: small, about: dated }),
    becomes: stored(small, 1),
    requests: 2,
  },
  {
    that: 'breaks a response once, and gives a date beside something that is no tag',
    does: breaksOnce({ body: small, about: ['ETag: 5f3a-1c', ...dated] }),
    becomes: stored(small, 1),
    requests: 2,
  },
  ...(
    [
      ['nothing that identifies the version', []],
      ['a weak tag', ['ETag: W/"v1"']],
      ['a weak tag beside a date', ['ETag: W/"v1"', ...dated]],
      ['a date without the time of the response', [modified]],
      ['a date of the very second of the response', [modified, 'Date: Tue, 24 Nov 2026 12:00:00 GMT']],
      ['a date behind the time of the response', [modified, 'Date: Tue, 24 Nov 2026 11:00:00 GMT']],
      ['the zero of Unix as date', ['Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT', madeLater]],
      ['the zero of DOS as date', ['Last-Modified: Tue, 01 Jan 1980 00:00:00 GMT', madeLater]],
      ['a date that no server compares', ['Last-Modified: 2026-11-24T12:00:00Z', madeLater]],
      ['a tag, but no ranges', [...tag, 'Accept-Ranges: none']],
    ] as const
  ).map(
    ([what, about]): WildRow => ({
      that: `breaks a response once, and gives ${what}`,
      does: breaksOnce({ body: small, about: [...about] }),
      ...beginsAnew,
    }),
  ),
  ...(
    [
      ['leaves out the date', dated, { 'Last-Modified': null }],
      ['has another date', dated, { 'Last-Modified': 'Tue, 24 Nov 2026 12:00:01 GMT' }],
      ['leaves out the tag', tag, { ETag: null }],
      ['has another tag', tag, { ETag: '"v2"' }],
      ['has a weak tag', tag, { ETag: 'W/"v1"' }],
      ['has another total', tag, { 'Content-Range': 'bytes 400-999/1001' }],
      ['has another range', tag, { 'Content-Range': 'bytes 401-1000/1001' }],
      ['has no range', tag, { 'Content-Range': null }],
      ['has several parts', tag, { 'Content-Type': 'multipart/byteranges; boundary=x' }],
      ['is in a coding', tag, { 'Content-Encoding': 'gzip' }],
    ] as const
  ).map(
    ([what, about, fields]): WildRow => ({
      that: `breaks a response once, and then sends a 206 that ${what}`,
      does: breaksOnce({ body: small, about: [...about] }, (request) =>
        response(request, { body: small, about: [...about] }, request.headers.range ? { fields } : {}),
      ),
      ...asksInVain,
    }),
  ),
  ...[
    ['tag', tag, ['ETag: "v2"']],
    ['date', dated, ['Last-Modified: Wed, 25 Nov 2026 12:00:00 GMT', 'Date: Wed, 25 Nov 2026 13:00:00 GMT']],
  ].map(
    ([what, about, next]): WildRow => ({
      that: `breaks a response once, and then has a new version with another ${what}`,
      does: breaksOnce({ body: small, about: about as string[] }, (request) =>
        response(request, { body: newer, about: next as string[] }),
      ),
      becomes: stored(newer, 2),
      requests: 3,
    }),
  ),
  {
    that: 'breaks a response once, and has a CDN that never gives ranges with If-Range',
    does: breaksOnce({ body: small, about: dated }, (request) =>
      response(request, { body: small, about: dated }, request.headers['if-range'] ? { status: 200 } : {}),
    ),
    becomes: stored(small, 1),
    requests: 3,
  },
  ...(
    [
      ['with a tag', tag, {}],
      ['with a date', dated, {}],
      ['in chunks with a tag', tag, { isChunked: true }],
      ['in chunks with a date', dated, { isChunked: true }],
      ['by ending the connection', tag, { end: 'end' }],
      ['by silence', tag, { end: 'stall' }],
    ] as const
  ).map(
    ([how, about, more]): WildRow => ({
      that: `breaks every response ${how} after 300 of 1000 bytes`,
      does: (request) => response(request, { body: small, about: [...about] }, { cut: 300, ...more }),
      becomes: stored(small, 1),
      requests: 4,
    }),
  ),
  {
    that: 'sends one byte with each response',
    does: (request) => response(request, { body: small.slice(0, 8), about: tag }, { cut: 1 }),
    becomes: stored(small.slice(0, 8), 1),
    requests: 8,
  },
  {
    that: 'breaks every response, and is busy before the next',
    does: (request) => (request.index % 2 === 1 ? busy : response(request, { body: small, about: tag }, { cut: 300 })),
    becomes: stored(small, 1),
    requests: 7,
  },
  {
    that: 'breaks a response, and resets connections for a moment',
    does: breaksOnce({ body: small, about: tag }, (request) =>
      request.index < 4 ? ['reset'] : response(request, { body: small, about: tag }),
    ),
    becomes: stored(small, 1),
    requests: 5,
  },
  {
    that: 'breaks two responses before the first byte',
    does: (request) => response(request, { body: small, about: tag }, request.index < 2 ? { cut: 0 } : {}),
    becomes: stored(small, 3),
    requests: 3,
  },
  ...(
    [
      ['by ending the connection', tag, { end: 'end' }],
      ['by ending the connection, and gives a date', dated, { end: 'end' }],
      ['in chunks by ending the connection', tag, { end: 'end', isChunked: true }],
      // What has not been read yet is lost with a reset, so there are more requests.
      ['by a reset', tag, {}],
    ] as const
  ).map(
    ([how, about, more]): WildRow => ({
      that: `breaks every response of 20 MiB after 3 MiB ${how}`,
      does: (request) => response(request, { body: large, about: [...about] }, { cut: 3 * MiB, ...more }),
      becomes: stored(large, 1),
      ...('end' in more ? { requests: 7 } : {}),
    }),
  ),
  ...(
    [
      ['nothing that identifies the version', [], {}],
      ['nothing that identifies the version, in chunks', [], { isChunked: true }],
      ['a weak tag', ['ETag: W/"v1"'], {}],
      ['a tag, but no ranges', [...tag, 'Accept-Ranges: none'], {}],
    ] as const
  ).map(
    ([what, about, more]): WildRow => ({
      that: `breaks a response of 12 MiB in its third part, and gives ${what}, where stored parts are compared`,
      does: (request) =>
        response(
          request,
          { body: medium, about: [...about] },
          { ...more, ...(request.index === 0 ? { cut: 11 * MiB, end: 'end' } : {}) },
        ),
      session: { resumeWithoutValidator: 'compare' },
      becomes: stored(medium, 2),
      requests: 2,
    }),
  ),
  {
    that: 'breaks a response of 12 MiB in its third part, and then has other bytes, where stored parts are compared',
    does: (request) =>
      request.index === 0
        ? response(request, { body: medium, about: [] }, { cut: 11 * MiB, end: 'end' })
        : response(request, { body: newMedium, about: [] }),
    session: { resumeWithoutValidator: 'compare' },
    // The bytes that were compared come again.
    becomes: stored(newMedium, 2),
    requests: 3,
  },
  ...(
    [
      ['of 1000 bytes', small, 400, false],
      ['of 12 MiB', medium, 11 * MiB, false],
      ['of 1000 bytes, with a 206 whatever If-Range says', small, 400, true],
    ] as const
  ).map(
    ([what, body, cut, ignoresIfRange]): WildRow => ({
      that: `has a new tag with every response, size and date staying, and breaks the first one ${what}`,
      does: ({ headers, ...request }) => {
        const { 'if-range': _, ...unconditional } = headers
        const about = [`ETag: "${request.index}"`, ...dated]
        const asked = { ...request, headers: ignoresIfRange ? unconditional : headers }
        return response(asked, { body, about }, request.index === 0 ? { cut, end: 'end' } : {})
      },
      becomes: { ...stored(body, 2), warnings: ['validator_unstable'] },
      requests: 3,
    }),
  ),
]
