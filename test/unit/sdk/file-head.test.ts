import { describe, expect, it } from 'vitest'
import { readFileHead } from '#sdk/rules/file-head.ts'

const head = (...lines: string[]) => lines.join('\r\n')

describe('the head of a response', () => {
  it.each([
    ['the whole file', head('HTTP/1.1 200 OK', 'Content-Length: 12', 'ETag: "a:b"'), { isPart: false, bytes: 12 }],
    ['a part', head('HTTP/1.1 206 Partial Content', 'content-length:\t7 '), { isPart: true, bytes: 7 }],
    ['no reason, and an old version', head('HTTP/1.0 200', 'CONTENT-LENGTH:0'), { isPart: false, bytes: 0 }],
    ['an empty field', head('HTTP/1.1 200 OK', 'X-Empty:', 'Content-Length: 1'), { isPart: false, bytes: 1 }],
  ])('says that %s comes', (_what, text, file) => expect(readFileHead(text)).toEqual(file))

  it.each([
    ['a redirect', head('HTTP/1.1 302 Found', 'Content-Length: 0', 'Location: /')],
    ['a refusal', head('HTTP/1.1 403 Forbidden', 'Content-Length: 9')],
    ['a hint', head('HTTP/1.1 103 Early Hints')],
    ['another protocol', head('HTTP/2 200', 'Content-Length: 9')],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2'],
    ['no length', head('HTTP/1.1 200 OK')],
    ['chunks', head('HTTP/1.1 200 OK', 'Content-Length: 9', 'Transfer-Encoding: chunked')],
    ['two lengths', head('HTTP/1.1 200 OK', 'Content-Length: 9', 'content-length: 9')],
    ['a length that is none', head('HTTP/1.1 200 OK', 'Content-Length: 9, 9')],
    ['a length below zero', head('HTTP/1.1 200 OK', 'Content-Length: -1')],
    ['a folded line', head('HTTP/1.1 200 OK', 'X-Long: a', ' b', 'Content-Length: 9')],
    ['a name with a space', head('HTTP/1.1 200 OK', 'Content-Length : 9')],
  ])('is none of a plain file with %s', (_what, text) => expect(readFileHead(text)).toBeNull())
})
