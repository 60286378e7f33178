import { completed, fileWith, final, lines, suspect, theFile, type WildRow } from './row.ts'

const answer = (status: number | string, ...fields: string[]) =>
  lines(`HTTP/1.1 ${status}`, 'Content-Length: 0', ...fields)
/** Once this answer, and then the file. */
const once =
  (first: string, attempts = 2) =>
  ({ index }: { index: number }) =>
    index < attempts - 1 ? first : fileWith()
const after = (attempts: number): WildRow['becomes'] => ({ ...completed(), stored: theFile, attempts })
const goesOn = (attempts: number): WildRow['becomes'] => ({ state: 'waiting', attempts, error: 'badServerResponse' })

const final4xx: WildRow[] = (
  [
    [400, 'badServerResponse'],
    [401, 'userAuthenticationRequired'],
    [402, 'badServerResponse'],
    [403, 'noPermissionsToReadFile'],
    [404, 'fileDoesNotExist'],
    [405, 'badServerResponse'],
    [406, 'badServerResponse'],
    [407, 'userAuthenticationRequired'],
    [409, 'badServerResponse'],
    [410, 'fileDoesNotExist'],
    [413, 'badServerResponse'],
    [416, 'badServerResponse'],
    [418, 'badServerResponse'],
    [422, 'badServerResponse'],
    [423, 'badServerResponse'],
    [451, 'badServerResponse'],
    [499, 'badServerResponse'],
  ] as const
).map(([status, error]) => ({
  that: `answers ${status}`,
  does: answer(status),
  becomes: final(error, new RegExp(`the origin answered ${status}`)),
  requests: 1,
}))

const passing: WildRow[] = [
  408, 420, 425, 430, 500, 502, 504, 507, 509, 511, 520, 521, 522, 523, 524, 525, 526, 527, 529, 599,
].map((status) => ({
  that: `answers ${status} twice, and then with the file`,
  does: once(answer(status), 3),
  becomes: after(3),
}))

const lasting: WildRow[] = [
  [501, /the origin answered 501/],
  [505, /the origin answered 505/],
  [600, /answered 600, which is no status of HTTP/],
  [700, /answered 700, which is no status of HTTP/],
  [999, /answered 999, which is no status of HTTP/],
  [304, /answered 304 \(not modified\) to a request without a condition/],
  [300, /answered 300, and does not say where the file is/],
  [305, /answered 305, and does not say where the file is/],
  [306, /answered 306, and does not say where the file is/],
  [399, /answered 399, and does not say where the file is/],
].map(([status, detail]) => ({
  that: `answers ${status} each time`,
  does: answer(status as number),
  becomes: suspect('badServerResponse', detail as RegExp),
}))

const nowhere: WildRow[] = [301, 302, 303, 307, 308].map((status) => ({
  that: `answers ${status} without a Location each time`,
  does: answer(status),
  becomes: suspect('redirectToNonExistentLocation', /redirects without saying where to/),
}))

const retryAfterForms: [what: string, value: (nowMs: number) => string][] = [
  ['seconds', () => '1'],
  ['a fraction of a second', () => '0.5'],
  ['seconds and a fraction', () => '1.5'],
  ['no time at all', () => '0'],
  ['a date', (now) => new Date(now + 2000).toUTCString()],
  ['a date in UTC', (now) => new Date(now + 2000).toUTCString().replace('GMT', 'UTC')],
  ['a date with +0000', (now) => new Date(now + 2000).toUTCString().replace('GMT', '+0000')],
  ['a date with +0200', (now) => new Date(now + 7_202_000).toUTCString().replace('GMT', '+0200')],
  ['a date that has just passed', (now) => new Date(now - 5000).toUTCString()],
  ['a date in lower case', (now) => new Date(now + 2000).toUTCString().toLowerCase()],
  ['a date without a weekday', (now) => new Date(now + 2000).toUTCString().slice(5)],
  ['a date as cookies have it', (now) => new Date(now + 2000).toUTCString().replace(/ (\w{3}) /, '-$1-')],
  ['a date with -0500', (now) => new Date(now - 17_998_000).toUTCString().replace('GMT', '-0500')],
]
const retryAfter: WildRow[] = [
  // The form is understood if it makes a 404 pass, which is final otherwise.
  ...retryAfterForms.map(
    ([what, value]): WildRow => ({
      that: `answers 404 with a Retry-After of ${what}, and then with the file`,
      does: ({ index }) => (index === 0 ? answer(404, `Retry-After: ${value(Date.now())}`) : fileWith()),
      becomes: after(2),
    }),
  ),
  ...[400, 403, 405, 409, 410, 413, 423, 451, 500, 503].map(
    (status): WildRow => ({
      that: `answers ${status} with a Retry-After of 1, and then with the file`,
      does: once(answer(status, 'Retry-After: 1')),
      becomes: after(2),
    }),
  ),
  ...['soon', '-1', 'Thu, 01 Jan 1970 00:00:00 GMT', '1e300', ''].map(
    (value): WildRow => ({
      that: `answers 404 with a Retry-After of ${JSON.stringify(value)}, which says nothing`,
      does: answer(404, `Retry-After: ${value}`),
      becomes: final('fileDoesNotExist', /404/),
    }),
  ),
  {
    that: 'answers 404 with a Retry-After beyond all time',
    does: answer(404, `Retry-After: ${'9'.repeat(20)}`),
    becomes: { state: 'waiting', attempts: 1, error: 'fileDoesNotExist' },
  },
  {
    that: 'answers 429 with a Retry-After of an hour',
    does: answer(429, 'Retry-After: 3600'),
    becomes: goesOn(1),
  },
  {
    that: 'answers 501 with a Retry-After each time',
    does: answer(501, 'Retry-After: 1'),
    becomes: suspect('badServerResponse', /501/),
  },
  {
    that: 'answers 999 with a Retry-After of a day each time',
    does: answer(999, 'Retry-After: 86400'),
    becomes: suspect('badServerResponse', /999/),
  },
]

const emptied = completed(['no_content'], '')
const part = (range: string, ...fields: string[]) =>
  lines('HTTP/1.1 206 Partial Content', `Content-Range: ${range}`, ...fields)
const length = `Content-Length: ${theFile.length}`
const wholeRange = `bytes 0-${theFile.length - 1}/${theFile.length}`
const notAskedFor = suspect('badServerResponse', /answered 206: it sent a part that was not asked for/)

const successes: WildRow[] = [
  { that: 'answers 204 where a file was asked for', does: lines('HTTP/1.1 204 No Content'), becomes: emptied },
  {
    that: 'answers 205 where a file was asked for',
    does: lines('HTTP/1.1 205 Reset Content', 'Content-Length: 0'),
    becomes: emptied,
  },
  { that: 'answers 205 without a length', does: lines('HTTP/1.1 205 Reset Content'), becomes: emptied },
  {
    that: 'answers 204 where 28 bytes were promised to the client',
    does: lines('HTTP/1.1 204 No Content'),
    task: { expected: { bytes: theFile.length } },
    becomes: { state: 'failed', error: 'length_mismatch' },
  },
  ...[201, 203, 207, 208, 226, 299].map(
    (status): WildRow => ({
      that: `answers ${status} with the file`,
      does: fileWith().replace('200 OK', `${status} Odd`),
      becomes: completed(['unexpected_status']),
    }),
  ),
  {
    that: 'answers 202 three times, and then with the file',
    does: once(answer(202), 4),
    becomes: after(4),
  },
  {
    that: 'answers 202 with a Retry-After, and then with the file',
    does: once(answer(202, 'Retry-After: 1')),
    becomes: after(2),
  },
  {
    that: 'answers 202 with a body each time',
    does: fileWith().replace('200 OK', '202 Accepted'),
    becomes: goesOn(3),
  },
  {
    that: 'answers 202 where any status is to be delivered',
    does: fileWith().replace('200 OK', '202 Accepted'),
    session: { httpStatusPolicy: 'deliver' },
    becomes: completed(['unexpected_status']),
  },
  {
    that: 'answers 206 with all of the file',
    does: part(wholeRange, length) + theFile,
    becomes: completed(),
  },
  {
    that: 'answers 206 with all of the file, and no length but that of the range',
    does: part(wholeRange) + theFile,
    becomes: completed(),
  },
  {
    that: 'answers 206 with all of the file in chunks',
    does: `${part(wholeRange, 'Transfer-Encoding: chunked')}1c\r\n${theFile}\r\n0\r\n\r\n`,
    becomes: completed(),
  },
  {
    that: 'answers 206 with the beginning of the file',
    does: part('bytes 0-27/100', length) + theFile,
    becomes: notAskedFor,
  },
  {
    that: 'answers 206 with the end of the file',
    does: part('bytes 72-99/100', length) + theFile,
    becomes: notAskedFor,
  },
  {
    that: 'answers 206 and does not know how long the file is',
    does: part('bytes 0-27/*', length) + theFile,
    becomes: notAskedFor,
  },
  {
    that: 'answers 206 without a Content-Range',
    does: fileWith().replace('200 OK', '206 Partial'),
    becomes: notAskedFor,
  },
  {
    that: 'answers 206 with a range that is not as long as its body',
    does: part('bytes 0-26/27', length) + theFile,
    becomes: notAskedFor,
  },
  {
    that: 'answers 206 with all of the file in many parts',
    does: part(wholeRange, length, 'Content-Type: multipart/byteranges; boundary=a') + theFile,
    becomes: notAskedFor,
  },
  {
    that: 'answers 206 with a part where any status is to be delivered',
    does: part('bytes 0-27/100', length) + theFile,
    session: { httpStatusPolicy: 'deliver' },
    becomes: notAskedFor,
  },
]

const redirects: WildRow[] = [
  {
    that: 'answers 300 with a Location',
    does: ({ path }) => (path === '/data' ? answer(300, 'Location: /elsewhere') : fileWith()),
    becomes: completed(),
    requests: 2,
  },
  {
    that: 'redirects without a Location once, and then answers with the file',
    does: once(answer(302)),
    becomes: after(2),
  },
  {
    that: 'redirects with an empty Location each time',
    does: answer(302, 'Location: '),
    becomes: suspect('redirectToNonExistentLocation', /redirects without saying where to/),
  },
]

const s3Error = (code: string, type = 'application/xml') => {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>Your socket was idle.</Message></Error>`
  return lines('HTTP/1.1 400 Bad Request', `Content-Type: ${type}`, `Content-Length: ${body.length}`) + body
}
const storageErrors: WildRow[] = [
  ...['RequestTimeout', 'SlowDown'].map(
    (code): WildRow => ({
      that: `answers 400 with S3's ${code}, and then with the file`,
      does: once(s3Error(code)),
      becomes: after(2),
    }),
  ),
  {
    that: "answers 400 with S3's SlowDown as text/xml each time",
    does: s3Error('SlowDown', 'text/xml; charset=utf-8'),
    becomes: goesOn(3),
  },
  {
    that: 'answers 400 with another error of S3',
    does: s3Error('InvalidArgument'),
    becomes: final('badServerResponse', /the origin answered 400/),
  },
  {
    that: 'answers 400 with SlowDown in what is no XML',
    does: s3Error('SlowDown', 'text/html'),
    becomes: final('badServerResponse', /the origin answered 400/),
  },
  {
    that: 'answers 400 with XML that does not come',
    does: [
      { send: lines('HTTP/1.1 400 Bad Request', 'Content-Type: application/xml', 'Content-Length: 500') },
      'stall',
    ],
    becomes: final('badServerResponse', /the origin answered 400/),
  },
  {
    that: 'answers 400 with XML that does not end',
    does: [
      { send: lines('HTTP/1.1 400 Bad Request', 'Content-Type: application/xml') },
      { endless: '<Error>'.padEnd(65_536) },
    ],
    becomes: final('badServerResponse', /the origin answered 400/),
  },
  {
    that: 'answers 400 with XML that breaks off behind its code',
    does: ({ index }) =>
      index === 0
        ? [
            { send: lines('HTTP/1.1 400 Bad Request', 'Content-Type: application/xml', 'Content-Length: 500') },
            { send: '<Error><Code>SlowDown</Code>' },
            'reset',
          ]
        : [{ send: fileWith() }],
    becomes: after(2),
  },
]

const retryStatuses: WildRow[] = [
  ...[403, 404, 410].map(
    (status): WildRow => ({
      that: `answers ${status} three times where the client wants it retried, and then with the file`,
      does: once(answer(status), 4),
      session: { retryStatuses: [403, 404, 410] },
      becomes: after(4),
    }),
  ),
  {
    that: 'answers 501 each time where the client wants it retried',
    does: answer(501),
    session: { retryStatuses: [403, 501] },
    becomes: goesOn(6),
  },
  {
    that: 'answers 405 where the client wants other statuses retried',
    does: answer(405),
    session: { retryStatuses: [403, 404, 410] },
    becomes: final('badServerResponse', /405/),
  },
]

/** What a status means for a file. */
export const statuses: WildRow[] = [
  { that: 'answers plainly', does: fileWith(), becomes: completed() },
  { that: 'answers 503 twice, and then with the file', does: once(answer(503), 3), becomes: after(3), requests: 3 },
  { that: 'always answers 500', does: answer(500), becomes: goesOn(3) },
  {
    that: 'answers 404 where any status is to be delivered',
    does: fileWith().replace('200 OK', '404 Not Found'),
    session: { httpStatusPolicy: 'deliver' },
    becomes: completed(),
  },
  ...final4xx,
  ...passing,
  ...lasting,
  ...nowhere,
  ...retryAfter,
  ...successes,
  ...redirects,
  ...storageErrors,
  ...retryStatuses,
]
