import { describe, expect, it } from 'vitest'
import { lines } from '#support/client/source.ts'
import { type BodyFraming, bodyFraming, keepsAlive } from '#transfer/http/rules/body-framing.ts'
import { parseHead, type ResponseHead } from '#transfer/http/rules/response-head.ts'

function head(status: number, ...fields: string[]): ResponseHead {
  return headOf('HTTP/1.1', status, fields)
}
function headOf(version: string, status: number, fields: readonly string[]): ResponseHead {
  const parsed = parseHead(lines(`${version} ${status} Any`, ...fields))
  if ('error' in parsed) throw new Error(parsed.error)
  return parsed
}

const chunked = 'Transfer-Encoding: chunked'

describe('a body', () => {
  it.each<[string, ResponseHead, BodyFraming]>([
    ['so many bytes', head(200, 'Content-Length: 5'), { kind: 'length', bytes: 5 }],
    ['no bytes', head(200, 'Content-Length: 0'), { kind: 'length', bytes: 0 }],
    ['leading zeros', head(200, 'Content-Length: 005'), { kind: 'length', bytes: 5 }],
    [
      'as many bytes as a number holds',
      head(200, `Content-Length: ${'9'.repeat(15)}`),
      { kind: 'length', bytes: 1e15 - 1 },
    ],
    ['chunks', head(200, chunked), { kind: 'chunked' }],
    ['chunks in capitals', head(206, 'TRANSFER-ENCODING: CHUNKED'), { kind: 'chunked' }],
    ['neither', head(200), { kind: 'close' }],
    ['neither, in HTTP/1.0', headOf('HTTP/1.0', 200, []), { kind: 'close' }],
    ['a length in HTTP/1.0', headOf('HTTP/1.0', 200, ['Content-Length: 5']), { kind: 'length', bytes: 5 }],
    ['a redirect with neither', head(302, 'Location: /'), { kind: 'close' }],
    ['an error with a length', head(503, 'Content-Length: 7'), { kind: 'length', bytes: 7 }],
    ['a 204', head(204), { kind: 'none' }],
    ['a 204 with a length', head(204, 'Content-Length: 4'), { kind: 'none' }],
    ['a 205', head(205), { kind: 'none' }],
    ['a 205 with a length', head(205, 'Content-Length: 4'), { kind: 'none' }],
    ['a 205 with chunks', head(205, chunked), { kind: 'none' }],
    ['a 304', head(304), { kind: 'none' }],
    ['a 304 with the length of what did not change', head(304, 'Content-Length: 4'), { kind: 'none' }],
    ['a 304 with the coding of what did not change', head(304, chunked), { kind: 'none' }],
    ['an informational response', head(103, 'Link: </a>'), { kind: 'none' }],
    ['an informational response that says it has none', head(100, 'Content-Length: 0'), { kind: 'none' }],
  ])('is framed by %s', (_, response, framing) => {
    expect(bodyFraming(response, 'GET')).toEqual(framing)
    expect(bodyFraming(response, 'PUT')).toEqual(framing)
  })

  it('is none where a tunnel begins, and like any other where a proxy refuses one', () => {
    for (const fields of [[], ['Content-Length: 5'], [chunked]]) {
      expect(bodyFraming(head(200, ...fields), 'CONNECT')).toEqual({ kind: 'none' })
      expect(bodyFraming(head(407, ...fields), 'CONNECT')).toEqual(bodyFraming(head(407, ...fields), 'GET'))
    }
  })

  const lengths = 'The response has more than one Content-Length.'
  const length = 'The Content-Length of the response is not a number.'
  const both = 'The response has a Content-Length and a Transfer-Encoding.'
  const coding = 'The response has a Transfer-Encoding other than chunked.'
  const codingIn10 = 'The response has a Transfer-Encoding in HTTP/1.0.'
  const codingOfNothing = 'A response that has no body has a Transfer-Encoding.'
  it.each<[string, ResponseHead, string]>([
    ['two lengths', head(200, 'Content-Length: 1', 'Content-Length: 2'), lengths],
    ['two equal lengths', head(200, 'Content-Length: 5', 'content-length: 5'), lengths],
    ['a list of lengths', head(200, 'Content-Length: 5, 5'), length],
    ['an empty length', head(200, 'Content-Length:'), length],
    ['a negative length', head(200, 'Content-Length: -1'), length],
    ['a length with a sign', head(200, 'Content-Length: +5'), length],
    ['a length in sixteens', head(200, 'Content-Length: 0x5'), length],
    ['a length with letters', head(200, 'Content-Length: 1e3'), length],
    ['a length with a point', head(200, 'Content-Length: 5.0'), length],
    ['a length with a space', head(200, 'Content-Length: 5 5'), length],
    ['a length in other digits', head(200, 'Content-Length: \xb2'), length],
    ['a length of 16 digits', head(200, `Content-Length: ${'0'.repeat(15)}5`), length],
    ['a length beyond all numbers', head(200, 'Content-Length: 18446744073709551617'), length],
    ['a length that is wrong in a 304', head(304, 'Content-Length: x'), length],
    ['a length and chunks', head(200, 'Content-Length: 1', chunked), both],
    ['chunks and a length', head(200, chunked, 'Content-Length: 1'), both],
    ['a length and another coding', head(200, 'Content-Length: 1', 'Transfer-Encoding: gzip'), both],
    ['a length and an empty coding', head(200, 'Content-Length: 1', 'Transfer-Encoding:'), both],
    ['another coding', head(200, 'Transfer-Encoding: gzip'), coding],
    ['the coding that is none', head(200, 'Transfer-Encoding: identity'), coding],
    ['an empty coding', head(200, 'Transfer-Encoding:'), coding],
    ['two codings', head(200, 'Transfer-Encoding: gzip, chunked'), coding],
    ['chunks twice', head(200, 'Transfer-Encoding: chunked, chunked'), coding],
    ['chunks in two fields', head(200, chunked, chunked), coding],
    ['chunks and an empty element', head(200, 'Transfer-Encoding: chunked,'), coding],
    ['chunks with a parameter', head(200, 'Transfer-Encoding: chunked;a=b'), coding],
    ['chunks in quotes', head(200, 'Transfer-Encoding: "chunked"'), coding],
    ['almost chunks', head(200, 'Transfer-Encoding: xchunked'), coding],
    ['chunks in HTTP/1.0', headOf('HTTP/1.0', 200, [chunked]), codingIn10],
    ['chunks in a 204', head(204, chunked), codingOfNothing],
    ['chunks in an informational response', head(103, chunked), codingOfNothing],
    [
      'a length in an informational response',
      head(103, 'Content-Length: 5'),
      'An informational response has a Content-Length.',
    ],
    [
      'an informational response that closes',
      head(103, 'Connection: close'),
      'An informational response ends the connection.',
    ],
    [
      'an informational response in HTTP/1.0',
      headOf('HTTP/1.0', 100, []),
      'An informational response ends the connection.',
    ],
  ])('is not understood with %s', (_, response, error) => {
    expect(bodyFraming(response, 'GET')).toEqual({ error })
  })
})

describe('a connection', () => {
  const sized = 'Content-Length: 5'
  it.each<[string, ResponseHead, boolean]>([
    ['a length', head(200, sized), true],
    ['chunks', head(200, chunked), true],
    ['neither', head(200), false],
    ['neither, and the word to keep it', head(200, 'Connection: keep-alive'), false],
    ['the word to close it', head(200, sized, 'Connection: close'), false],
    ['the word to close it, in capitals', head(200, sized, 'Connection: CLOSE'), false],
    ['the word to close it in a list', head(200, sized, 'Connection: a,\tclose ,b'), false],
    ['the word to close it in a second field', head(200, sized, 'Connection: a', 'Connection: close'), false],
    ['both words', head(200, sized, 'Connection: keep-alive, close'), false],
    ['the old word of proxies to close it', head(200, sized, 'Proxy-Connection: close'), false],
    ['another word', head(200, sized, 'Connection: closed'), true],
    ['an offer to switch protocols', head(200, sized, 'Connection: upgrade', 'Upgrade: h2c'), true],
    ['a switch of protocols', head(101, 'Connection: upgrade', 'Upgrade: x'), false],
    ['HTTP/1.0', headOf('HTTP/1.0', 200, [sized]), false],
    ['HTTP/1.0 and the word to keep it', headOf('HTTP/1.0', 200, [sized, 'Connection: Keep-Alive']), true],
    ['HTTP/1.0 and both words', headOf('HTTP/1.0', 200, [sized, 'Connection: keep-alive, close']), false],
    ['a 204', head(204), true],
    ['a 204 of no bytes', head(204, 'Content-Length: 0'), true],
    ['a 204 that may be followed by a body', head(204, 'Content-Length: 5'), false],
    ['a 205 of no bytes', head(205, 'Content-Length: 0'), true],
    ['a 205 that may be followed by a body', head(205, 'Content-Length: 5'), false],
    ['a 205 with chunks', head(205, chunked), false],
    ['a 205 without a length', head(205), false],
    ['a 304', head(304), true],
    ['a 304 with a length', head(304, sized), true],
    ['a 304 with a coding', head(304, chunked), false],
    ['a 304 and the word to close it', head(304, 'Connection: close'), false],
  ])('with %s is kept or not: %o', (_, response, kept) => {
    const framing = bodyFraming(response, 'GET')
    if ('error' in framing) throw new Error(framing.error)
    expect(keepsAlive(response, framing)).toBe(kept)
  })
})
