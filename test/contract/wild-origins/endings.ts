import { completed, fileWith, lines, suspect, theFile, type WildRow } from './row.ts'

const MiB = 1024 * 1024
const withLength = (bytes: number, ...fields: string[]) =>
  lines('HTTP/1.1 200 OK', `Content-Length: ${bytes}`, ...fields)
const cutAt = (byte: number) => withLength(theFile.length) + theFile.slice(0, byte)
const chunked = lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')
const busy = lines('HTTP/1.1 503 Busy', 'Content-Length: 0')
const cut = (at: number) =>
  suspect('networkConnectionLost', new RegExp(`at byte ${at}( of \\d+)? for 5 times in a row`))
const after = (attempts: number): WildRow['becomes'] => ({ ...completed(), stored: theFile, attempts })
const goesOn = (attempts: number, error: 'networkConnectionLost' | 'badServerResponse' = 'networkConnectionLost') =>
  ({ state: 'waiting', attempts, error }) as const

/** A file of `MiB`s that may be asked for in ranges, of which each answer brings at most `most` bytes before it is cut. */
const inRanges =
  (bytes: number, most: (from: number) => number): Exclude<WildRow['does'], string> =>
  ({ headers }) => {
    const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
    const head =
      headers.range === undefined
        ? withLength(bytes, 'ETag: "v1"', 'Accept-Ranges: bytes')
        : lines(
            'HTTP/1.1 206 Partial Content',
            `Content-Length: ${bytes - from}`,
            `Content-Range: bytes ${from}-${bytes - 1}/${bytes}`,
            'ETag: "v1"',
          )
    return [{ send: head }, { send: Buffer.alloc(Math.min(most(from), bytes - from)) }, 'end']
  }

const cuts: WildRow[] = [
  ...[0, 1, 10, 27].map(
    (byte): WildRow => ({
      that: `cuts the body at byte ${byte} each time`,
      does: cutAt(byte),
      becomes: cut(byte),
      requests: 5,
    }),
  ),
  {
    that: 'cuts the body at the same byte each time, and says that ranges are welcome',
    does: withLength(theFile.length, 'ETag: "v1"', 'Accept-Ranges: bytes') + theFile.slice(0, 10),
    becomes: cut(10),
  },
  {
    that: 'cuts a body in chunks inside of one each time',
    does: `${chunked}1c\r\n${theFile.slice(0, 10)}`,
    becomes: cut(10),
  },
  {
    that: 'cuts a body in chunks between two of them each time',
    does: `${chunked}a\r\n${theFile.slice(0, 10)}\r\n`,
    becomes: cut(10),
  },
  {
    that: 'cuts a part that is all of the file each time',
    does:
      lines('HTTP/1.1 206 Partial Content', `Content-Range: bytes 0-${theFile.length - 1}/${theFile.length}`) +
      theFile.slice(0, 10),
    becomes: suspect('networkConnectionLost', /the body ended after 10 of 28 bytes; the body has ended at byte 10/),
  },
  {
    that: 'cuts a large body at its middle each time, and has no ranges',
    does: [{ send: withLength(4 * MiB) }, { send: Buffer.alloc(2 * MiB) }, 'end'],
    becomes: cut(2 * MiB),
  },
  {
    that: 'redirects to a body that is cut at the same byte each time',
    does: ({ path }) =>
      path === '/data' ? lines('HTTP/1.1 302 Found', 'Location: /file', 'Content-Length: 0') : cutAt(10),
    becomes: cut(10),
    requests: 10,
  },
  {
    that: 'cuts the body at the same byte four times, and then sends the file',
    does: ({ index }) => (index < 4 ? cutAt(10) : fileWith()),
    becomes: after(5),
  },
  {
    that: 'cuts the body one byte later each time',
    does: ({ index }) => cutAt(1 + index),
    becomes: goesOn(7),
  },
  {
    that: 'cuts the body elsewhere each second time',
    does: ({ index }) => cutAt(index % 2 === 0 ? 10 : 12),
    becomes: goesOn(7),
  },
  {
    that: 'cuts the body at the same byte, and is busy each third time',
    does: ({ index }) => (index % 3 === 2 ? busy : cutAt(10)),
    becomes: { state: 'waiting', attempts: 7 },
  },
  {
    that: 'cuts a file in ranges at the same byte each time, and does not go on there',
    does: inRanges(20 * MiB, (from) => Math.max(0, 6 * MiB - from)),
    becomes: { state: 'failed', error: 'networkConnectionLost', detail: /times in a row/ },
  },
]

const malformed: WildRow[] = (
  [
    ['speaks another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['sends a file without a head', theFile.repeat(10)],
    ['sends two lengths', lines('HTTP/1.1 200 OK', 'Content-Length: 5', 'Content-Length: 28') + theFile],
    ['closes within the head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['closes within the status line', 'HTTP/1.1 20'],
    ['switches protocols', lines('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade')],
    ['sends a chunk of no size', `${chunked}zz\r\n${theFile}\r\n0\r\n\r\n`],
    [
      'has a transfer coding that nobody asked for',
      lines('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked') + theFile,
    ],
  ] as const
).map(([that, does]) => ({ that: `${that} each time`, does, becomes: suspect('cannotParseResponse') }))

const late = (detail: RegExp): WildRow['becomes'] => ({ state: 'failed', error: 'timedOut', detail })
const soon = { timeoutIntervalForResource: 4 }

/** The client's patience ends, and the error says with what. */
const deadlines: WildRow[] = [
  {
    that: 'sends the file too slowly',
    does: [{ send: withLength(1_000) }, { drip: 'a', everyMs: 100 }],
    session: soon,
    becomes: late(/within timeoutIntervalForResource; it was still being received, with \d+ bytes so far/),
  },
  {
    that: 'answers 500, and then sends the file too slowly',
    does: ({ index }) =>
      index === 0
        ? lines('HTTP/1.1 500 Oops', 'Content-Length: 0')
        : [{ send: withLength(1_000) }, { drip: 'a', everyMs: 100 }],
    session: soon,
    becomes: late(
      /within timeoutIntervalForResource; the last attempt to fail: badServerResponse, the origin answered 500/,
    ),
  },
  {
    that: 'is not ready in time',
    does: lines('HTTP/1.1 202 Accepted', 'Retry-After: 60', 'Content-Length: 0'),
    session: soon,
    becomes: {
      state: 'failed',
      error: 'badServerResponse',
      detail: /the file is not ready yet; the next attempt would come after the task's deadline/,
    },
  },
]

/** How a response ends. */
export const endings: WildRow[] = [
  ...cuts,
  ...malformed,
  ...deadlines,
  {
    that: 'speaks another protocol once, and then sends the file',
    does: ({ index }) => (index === 0 ? 'ICY 200 OK\r\n\r\n' : fileWith()),
    becomes: after(2),
  },
  {
    that: 'closes the connection without a word each time',
    does: ['end'],
    becomes: goesOn(6),
  },
  {
    that: 'closes the connection without a word once, and then sends the file',
    does: ({ index }) => (index === 0 ? ['end'] : fileWith()),
    becomes: after(2),
  },
  {
    that: 'resets the connection in the body once, and then sends the file',
    does: ({ index }) => (index === 0 ? [{ send: cutAt(10) }, 'reset'] : fileWith()),
    becomes: after(2),
  },
]
