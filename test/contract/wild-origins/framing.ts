import { completed, fileWith, lines, suspect, theFile, type WildRow } from './row.ts'

const ok = 'HTTP/1.1 200 OK'
const length = `Content-Length: ${theFile.length}`
const size = theFile.length.toString(16)
const chunks = `${size}\r\n${theFile}\r\n0\r\n\r\n`
const inChunks = (...fields: string[]) => lines(ok, 'Transfer-Encoding: chunked', ...fields)
/** The file behind a head of these bytes. */
const behind = (head: string) => head + theFile
const odd = completed(['lenient_head'])
const oddWithoutLength = completed(['length_not_verified', 'lenient_head'])
const expectingZip = { expected: { mimeTypes: ['application/zip'] } }

const read: [that: string, wire: string, becomes?: WildRow['becomes'], task?: WildRow['task']][] = [
  ['ends all lines of the head in LF', behind(`${ok}\n${length}\n\n`)],
  ['ends one line of the head in LF', behind(`${ok}\r\nX-A: b\n${length}\r\n\r\n`)],
  ['ends the status line in LF', behind(`${ok}\n${length}\r\n\r\n`)],
  ['ends the head in a bare LF', behind(`${ok}\r\n${length}\r\n\n`)],
  [
    'ends lines in LF, and has a body that looks like the end of a head',
    `${ok}\nContent-Length: 8\n\na\r\n\r\nbcd`,
    completed(['lenient_head'], 'a\r\n\r\nbcd'),
  ],
  ['begins with an empty line', behind(`\r\n${lines(ok, length)}`)],
  ['begins with two LF', behind(`\n\n${lines(ok, length)}`)],
  ['folds a field', behind(lines(ok, 'Content-Security-Policy:', "   default-src 'self';", '   img-src *', length))],
  ['folds a field with a tab', behind(lines(ok, 'X-A: b', '\tc', length))],
  ['folds the first line behind the status', behind(lines(ok, ' X-A: b', length))],
  ['has two spaces before the status', behind(lines('HTTP/1.1  200 OK', length))],
  ['writes the version in lower case', behind(lines('http/1.1 200 OK', length))],
  ['speaks HTTP/1.2', behind(lines('HTTP/1.2 200 OK', length))],
  ['speaks HTTP/1.9', behind(lines('HTTP/1.9 200 OK', length))],
  ['forgets the space behind the status', behind(lines('HTTP/1.1 200OK', length))],
  ['has a control character in the reason', behind(lines('HTTP/1.1 200 O\x01K', length))],
  ['has a line without a colon', behind(lines(ok, '200 OK', length))],
  ['has an HTML comment for a field', behind(lines(ok, '<!-- saved -->', length))],
  ['has a space before a colon', behind(lines(ok, 'X-A : b', length))],
  ['has a space in a name', behind(lines(ok, 'X Powered By: PHP', length))],
  ['has a bracket in a name', behind(lines(ok, 'X(A): b', length))],
  ['has a byte beyond ASCII in a name', behind(lines(ok, 'X-\xfc: b', length))],
  ['has an empty name', behind(lines(ok, ': b', length))],
  ['has a NUL in a value', behind(lines(ok, 'X-A: a\0b', length))],
  ['has a control character in a value', behind(lines(ok, 'X-A: a\x1bb', length))],
  ['has a bare CR in a value', behind(lines(ok, 'X-A: a\rb', length))],
  ['has a control character in its ETag', behind(lines(ok, 'ETag: "a\x01b"', length))],
  ['has a control character in its media type', behind(lines(ok, 'Content-Type: application/zip\x01', length))],
  ['has a bare CR in its cookie', behind(lines(ok, 'Set-Cookie: a=b\rc', length))],
  ['has a head of 20 KiB', behind(lines(ok, `X-A: ${'a'.repeat(20_000)}`, length))],
  [
    'has a head of 250 KiB',
    behind(lines(ok, ...Array.from({ length: 250 }, (_, n) => `X-${n}: ${'a'.repeat(990)}`), length)),
  ],
  ['gives the length twice', behind(lines(ok, length, 'Pragma: no-cache', length))],
  ['gives the length twice in one field', behind(lines(ok, 'Content-Length: 28, 28'))],
  ['gives the length twice, once with a zero before it', behind(lines(ok, length, 'Content-Length: 028'))],
  ['has a tab before the length', behind(lines(ok, 'Content-Length:\t28'))],
  ['gives more bytes than its two lengths', `${behind(lines(ok, length, length))}more`],
  [
    'gives the media type twice',
    behind(lines(ok, 'Content-Type: application/zip', 'Content-Type: application/zip', length)),
    odd,
    expectingZip,
  ],
  [
    'gives the media type twice in one field',
    fileWith('Content-Type: application/zip, application/zip'),
    completed(),
    expectingZip,
  ],
  [
    'gives two names of one media type',
    behind(lines(ok, 'Content-Type: application/x-zip-compressed', 'Content-Type: application/zip', length)),
    odd,
    expectingZip,
  ],
  [
    'gives two names of one media type in one field',
    fileWith('Content-Type: application/zip, application/x-zip'),
    completed(),
    expectingZip,
  ],
  ['calls a zip x-zip-compressed', fileWith('Content-Type: application/x-zip-compressed'), completed(), expectingZip],
  [
    'calls a gzip x-gzip',
    fileWith('Content-Type: application/x-gzip'),
    completed(),
    { expected: { mimeTypes: ['application/gzip'] } },
  ],
  [
    'calls a tar x-tar',
    fileWith('Content-Type: application/x-tar; x=y'),
    completed(),
    { expected: { mimeTypes: ['application/tar'] } },
  ],
  ['has the coding identity', behind(lines(ok, 'Transfer-Encoding: identity')), oddWithoutLength],
  ['has the coding identity and a length', behind(lines(ok, 'Transfer-Encoding: identity', length))],
  ['has an empty coding and a length', behind(lines(ok, 'Transfer-Encoding:', length))],
  ['has the coding chunked twice in one field', lines(ok, 'Transfer-Encoding: chunked, chunked') + chunks],
  ['has the coding chunked twice', inChunks('Transfer-Encoding: Chunked') + chunks],
  ['has a comma behind the coding chunked', lines(ok, 'Transfer-Encoding: chunked,') + chunks],
  ['has a tab behind the coding chunked', lines(ok, 'Transfer-Encoding: chunked\t') + chunks],
  ['sends chunks in HTTP/1.0', lines('HTTP/1.0 200 OK', 'Transfer-Encoding: chunked') + chunks],
  ['sends chunks with a length', inChunks('Content-Length: 5') + chunks],
  ['sends a length and chunks', lines(ok, 'Content-Length: 50', 'Transfer-Encoding: chunked') + chunks],
  ['has an empty length and closes', behind(lines(ok, 'Content-Length: ', 'Connection: close')), oddWithoutLength],
  ['has an empty length in HTTP/1.0', behind(lines('HTTP/1.0 200 OK', 'Content-Length:')), oddWithoutLength],
  ['has a negative length and closes', behind(lines(ok, 'Content-Length: -1', 'Connection: close')), oddWithoutLength],
  [
    'has a length with a sign and closes',
    behind(lines(ok, 'Content-Length: +28', 'Connection: close')),
    oddWithoutLength,
  ],
  ['pads the sizes of chunks with spaces', `${inChunks()}${size}    \r\n${theFile}\r\n0   \r\n\r\n`],
  ['ends the lines of chunks in LF', `${inChunks()}${size}\n${theFile}\n0\n\n`],
  ['ends some lines of chunks in LF', `${inChunks()}${size}\r\n${theFile}\n0\r\n\n`],
  ['has odd extensions of chunks', `${inChunks()}${size} ; a b ;; "\r\n${theFile}\r\n0\r\n\r\n`],
  ['closes behind the last chunk without a CR LF', `${inChunks()}${size}\r\n${theFile}\r\n0\r\n`],
  ['closes within the trailer', `${inChunks()}${size}\r\n${theFile}\r\n0\r\nX-A: b`],
  ['has an odd trailer', `${inChunks()}${size}\r\n${theFile}\r\n0\r\nno field\r\n\r\n`],
  [
    'says in an informational response that it closes',
    lines('HTTP/1.1 103 Early Hints', 'Connection: close') + fileWith(),
  ],
  ['sends an informational response in HTTP/1.0', lines('HTTP/1.0 100 Continue') + fileWith()],
  [
    'folds a field of an informational response',
    lines('HTTP/1.1 103 Early Hints', 'Link: </a>', ' ; rel=b') + fileWith(),
  ],
]

const lengths = /different Content-Lengths/
const noLength = /Content-Length of the response is not a number/
const coding = /Transfer-Encoding other than chunked/
const noHttp = /not HTTP\/1\.1/
const mayFrame = /malformed line of the head may frame the body/
const hasNul = /field of the head that is used has a NUL/
const chunkSize = /size of a chunk is malformed/
const refused: [that: string, wire: string, detail: RegExp][] = [
  ['gives two different lengths', behind(lines(ok, 'Content-Length: 5', length)), lengths],
  ['gives two different lengths in one field', behind(lines(ok, 'Content-Length: 28, 5')), lengths],
  ['has a length beyond 2^53', behind(lines(ok, 'Content-Length: 9007199254740993')), /beyond every file/],
  ['has an empty length and keeps the connection', behind(lines(ok, 'Content-Length: ')), noLength],
  ['has a length in words', behind(lines(ok, 'Content-Length: abc', 'Connection: close')), noLength],
  ['has a length with letters behind it', behind(lines(ok, 'Content-Length: 28x', 'Connection: close')), noLength],
  [
    'sends more than the length with a sign says',
    behind(lines(ok, 'Content-Length: +5', 'Connection: close')),
    /longer than the Content-Length/,
  ],
  [
    'sends more than the length beside identity says',
    behind(lines(ok, 'Transfer-Encoding: identity', 'Content-Length: 5')),
    /longer than the Content-Length/,
  ],
  ['folds the length', behind(lines(ok, 'Content-Length:', ' 28')), mayFrame],
  ['hides a length in a folded line', behind(lines(ok, 'X-A: b', ' Content-Length: 5')), mayFrame],
  ['has a space before the colon of the length', behind(lines(ok, 'Content-Length : 5')), mayFrame],
  ['has a NUL in the name of the coding', `${lines(ok, 'Transfer-\0Encoding: chunked')}${chunks}`, mayFrame],
  ['hides a length behind a bare CR', behind(lines(ok, 'X-A: b\rContent-Length: 5')), mayFrame],
  ['has a control character in the length', behind(lines(ok, 'Content-Length: 2\x018')), mayFrame],
  ['begins a line with a bare CR', behind(`${ok}\r\nX-A: b\r\n\r\r\n${length}\r\n\r\n`), /begins with a control/],
  ['has a line that is a NUL', behind(`${lines(ok, length, '\0')}`), /begins with a control/],
  ['has a NUL in its ETag', behind(lines(ok, 'ETag: "a\0b"', length)), hasNul],
  ['has a NUL in its media type', behind(lines(ok, 'Content-Type: application/zip\0', length)), hasNul],
  ['has chunked before another coding', lines(ok, 'Transfer-Encoding: chunked, gzip') + chunks, coding],
  ['has another coding before chunked', lines(ok, 'Transfer-Encoding: gzip, chunked') + chunks, coding],
  ['has another coding', behind(lines(ok, 'Transfer-Encoding: gzip', length)), coding],
  ['has chunked before identity', lines(ok, 'Transfer-Encoding: chunked, identity') + chunks, coding],
  ['sends no head at all', theFile.repeat(10), noHttp],
  ['is a radio', behind(lines('ICY 200 OK', 'icy-name: x')), noHttp],
  ['speaks HTTP/2 in text', behind(lines('HTTP/2 200 OK', length)), noHttp],
  ['speaks HTTP/0.9', behind(lines('HTTP/0.9 200 OK', length)), noHttp],
  ['speaks SMTP', '220 mail.example.com ESMTP\r\n', noHttp],
  [
    'switches protocols',
    lines('HTTP/1.1 101 Switching Protocols', 'Upgrade: x', 'Connection: upgrade'),
    /switches to a protocol/,
  ],
  ['has a status of four digits', behind(lines('HTTP/1.1 2000 OK', length)), /status line/],
  [
    'has a head beyond 256 KiB',
    behind(lines(ok, ...Array(300).fill(`X-A: ${'a'.repeat(990)}`), length)),
    /longer than/,
  ],
  ['has a size of a chunk with 0x', `${inChunks()}0x${size}\r\n${theFile}\r\n0\r\n\r\n`, chunkSize],
  ['has spaces before the size of a chunk', `${inChunks()}  ${size}\r\n${theFile}\r\n0\r\n\r\n`, chunkSize],
  ['has a chunk that is longer than it says', `${inChunks()}5\r\n${theFile}\r\n0\r\n\r\n`, /longer than its size/],
  [
    'has a body for an informational response',
    lines('HTTP/1.1 103 Early Hints', 'Content-Length: 5') + fileWith(),
    /informational response has a body/,
  ],
]

/** It keeps the connection and says nothing more, so only what it has sent can tell that no head will come. */
const endless: [that: string, wire: string, detail: RegExp][] = [
  ['ends all lines of the head in CR', `${ok}\r${length}\r\r${theFile}`, /two CR in a row/],
  [
    'ends all lines of the head in CR CR LF',
    `${ok}\r\r\n${length}\r\r\n\r\r\n${theFile}`,
    /two CR in a row|begins with a control/,
  ],
  ['ends the head in CR CR LF', behind(`${ok}\r\n${length}\r\n\r\r\n`), /begins with a control/],
  ['ends all lines of the head in LF CR', `${ok}\n\r${length}\n\r\n\r${theFile}`, /begins with a control/],
]

/** How a head and the end of a body may be written, and where that leaves the length in doubt. */
export const framing: WildRow[] = [
  ...read.map(
    ([that, does, becomes = odd, task = {}]): WildRow => ({ that, does, becomes: { ...becomes, attempts: 1 }, task }),
  ),
  ...refused.map(([that, does, detail]): WildRow => ({ that, does, becomes: suspect('cannotParseResponse', detail) })),
  ...endless.map(
    ([that, wire, detail]): WildRow => ({
      that: `${that}, and waits`,
      does: [{ send: wire }, 'stall'],
      becomes: suspect('cannotParseResponse', detail),
    }),
  ),
]
