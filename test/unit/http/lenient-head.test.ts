import { describe, expect, it } from 'vitest'
import { lines } from '#support/client/source.ts'
import type { Field } from '#transfer/http/rules/header-fields.ts'
import {
  lenientHeadEnd,
  maxLenientHeadBytes,
  parseLenientHead,
  unfinishedLenientError,
} from '#transfer/http/rules/lenient-head.ts'
import type { Oddity } from '#transfer/http/rules/oddity.ts'

const ok = 'HTTP/1.1 200 OK'
const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const a: Field = ['a', 'b']

describe('a lenient reader of heads', () => {
  it.each<[string, string, Oddity[], Field[]]>([
    ['LF alone behind all lines', `${ok}\nA: b\n\n`, ['lineEnds'], [a]],
    ['LF alone behind one line', `${ok}\r\nA: b\n\r\n`, ['lineEnds'], [a]],
    ['an empty line first', `\r\n${lines(ok, 'A: b')}`, ['linesBefore'], [a]],
    ['two spaces before the status', lines('HTTP/1.1  200 OK', 'A: b'), ['statusLine'], [a]],
    ['a version in lower case', lines('http/1.1 200 OK', 'A: b'), ['statusLine'], [a]],
    ['HTTP/1.2', lines('HTTP/1.2 200 OK', 'A: b'), ['statusLine'], [a]],
    ['no space behind the status', lines('HTTP/1.1 200OK', 'A: b'), ['statusLine'], [a]],
    ['a tab behind the status', lines('HTTP/1.1 200\tOK', 'A: b'), ['statusLine'], [a]],
    ['a NUL in the reason', lines('HTTP/1.1 200 O\0K', 'A: b'), ['statusLine'], [a]],
    [
      'a folded field',
      lines(ok, 'A: b', ' \tc ', '\td', 'E: f'),
      ['folded'],
      [
        ['a', 'b c d'],
        ['e', 'f'],
      ],
    ],
    ['a folded field without a first line', lines(ok, 'A:', ' b'), ['folded'], [a]],
    ['a fold behind the status line', lines(ok, ' X: y', 'A: b'), ['folded'], [a]],
    ['a fold with a NUL', lines(ok, 'X: y', ' \0', 'A: b'), ['folded'], [a]],
    [
      'a fold that names a length in its list',
      lines(ok, 'A: b', ' Content-Length, X'),
      ['folded'],
      [['a', 'b Content-Length, X']],
    ],
    ['a fold behind what is no field', lines(ok, 'X', ' y', 'A: b'), ['malformed', 'folded'], [a]],
    ['no colon', lines(ok, 'X', 'A: b'), ['malformed'], [a]],
    ['a length without a colon', lines(ok, 'Content-Length 5', 'A: b'), ['malformed'], [a]],
    ['no name', lines(ok, ': x', 'A: b'), ['malformed'], [a]],
    ['a space before the colon', lines(ok, 'X : y', 'A: b'), ['malformed'], [a]],
    ['a space in a name', lines(ok, 'X Y: z', 'A: b'), ['malformed'], [a]],
    ['a bracket in a name', lines(ok, 'X(: y', 'A: b'), ['malformed'], [a]],
    ['a control in a value', lines(ok, 'X: \x01', 'A: b'), ['malformed'], [a]],
    ['a NUL in a value', lines(ok, 'X: \0', 'A: b'), ['malformed'], [a]],
    ['a bare CR in a value', lines(ok, 'X: y\rz: x', 'A: b'), ['malformed'], [a]],
    ['a NUL in the name of a field that is used', lines(ok, 'Content-Encoding\0: gzip', 'A: b'), ['malformed'], [a]],
    ['a control in a field that is used', lines(ok, 'ETag: "\x01"'), ['control'], [['etag', '"\x01"']]],
    [
      'controls at the ends of a field that is used',
      lines(ok, 'Content-Encoding: \x7f gzip\x01 '),
      ['control'],
      [['content-encoding', '\x7f gzip\x01']],
    ],
    ['a bare CR in a field that is used', lines(ok, 'Location: /a\rb: c'), ['control'], [['location', '/a\rb: c']]],
    [
      'a control in the fold of a field that is used',
      lines(ok, 'Retry-After:', ' 1\x02', 'A: b'),
      ['folded', 'control'],
      [['retry-after', '1\x02'], a],
    ],
    ['a byte that JavaScript takes for white space', lines(ok, 'A: b\xa0', 'X'), ['malformed'], [['a', 'b\xa0']]],
    ['a tab before a length', lines(ok, 'Content-Length:\t5'), ['tab'], [['content-length', '5']]],
    ['17 KiB in one field', lines(ok, `X: ${'x'.repeat(17 * 1024)}`, 'A: b'), ['long'], [a]],
    [
      'a target of 17 KiB',
      lines(ok, `Location: /${'x'.repeat(17 * 1024)}`),
      ['long'],
      [['location', `/${'x'.repeat(17 * 1024)}`]],
    ],
  ])('reads %s', (_, text, oddities, fields) => {
    const read = parseLenientHead(text)
    expect(read).toEqual({ head: { version: '1.1', status: 200, fields }, oddities: new Set(oddities) })
    expect(lenientHeadEnd(bytesOf(`${text}body\n\n`), text.length + 6, 0)).toBe(text.length)
    for (let length = 0; length < Math.min(text.length, 200); length++)
      expect(unfinishedLenientError(bytesOf(text), length, 0), `${length}`).toBeNull()
  })

  it('reads HTTP/1.0 as that', () => {
    expect(parseLenientHead('HTTP/1.0 404\n\n')).toMatchObject({ head: { version: '1.0', status: 404 } })
  })

  const framing = 'A malformed line of the head may frame the body.'
  const version = 'The response is not HTTP/1.1.'
  const status = 'The status line of the response is malformed.'
  const nul = 'A field of the head that is used has a NUL in its value.'
  const twoCr = 'The head of the response has two CR in a row.'
  const lineStart = 'A line of the head begins with a control character.'
  it.each([
    ['a space before the colon of a length', lines(ok, 'Content-Length : 5'), framing],
    ['a space before a length', lines(ok, ' Content-Length: 5'), framing],
    ['a length in a fold', lines(ok, 'A: b', '\tcontent-length: 5'), framing],
    ['a folded length', lines(ok, 'Content-Length: 5', ' 5'), framing],
    ['a folded coding', lines(ok, 'Transfer-Encoding:', ' chunked'), framing],
    ['a length behind a bare CR', lines(ok, 'A: b\rContent-Length: 5'), framing],
    ['a coding behind a NUL', lines(ok, 'A: b\0Transfer-Encoding: chunked'), framing],
    ['a length behind a word', lines(ok, 'X Content-Length: 5'), framing],
    ['a NUL in the name of a length', lines(ok, 'Content\0-Length: 5'), framing],
    ['a space in the name of a length', lines(ok, 'Content- Length: 5'), framing],
    ['a high byte behind the name of a coding', lines(ok, 'Transfer-Encoding\xa0: chunked'), framing],
    ['a control in a length', lines(ok, 'Content-Length: 5\x01'), framing],
    ['a length behind a CR in the reason', lines(`${ok}\rContent-Length: 5`), status],
    ['a length behind a control in a field that is used', lines(ok, 'ETag: a\x01Content-Length: 5'), framing],
    ...[
      ...['Content-Encoding', 'content-type', 'CONTENT-RANGE', 'Accept-Ranges', 'ETag'],
      ...['Last-Modified', 'Date', 'Location', 'Retry-After', 'Set-Cookie'],
    ].map((name): [string, string, string] => [`a NUL in ${name}`, lines(ok, `${name}: a\0`, 'A: b'), nul]),
    ['a NUL in the fold of a field that is used', lines(ok, 'ETag: "a"', ' \0'), nul],
    ['a length that is too long to be read', lines(ok, `Content-Length: ${'0'.repeat(17_000)}5`), framing],
    ['a second length that is', lines(ok, 'Content-Length: 5', `Content-Length: ${'0'.repeat(17_000)}6`), framing],
    ['a coding that is', lines(ok, `Transfer-Encoding: ${','.repeat(17_000)}chunked`), framing],
    ['a line that begins with CR', `${ok}\r\nA: b\r\n\r\r\nX: y\r\n\r\n`, lineStart],
    ['a line that begins with NUL', lines(ok, 'A: b', '\0', 'X: y'), lineStart],
    ['a line that begins with a control', `${ok}\n\x1bA: b\n\n`, lineStart],
    ['a line that ends with two CR', `${ok}\r\nA:\r\r\nX: y\r\n\r\n`, twoCr],
    ['two CR in a value', lines(ok, 'A: b\r\rc'), twoCr],
    ['a line of white space', lines(ok, 'A: b', ' ', 'X: y'), 'A line of the head has nothing but white space.'],
    ['white space first', ` ${lines(ok)}`, version],
    ['HTTP/0.9', lines('HTTP/0.9 200 OK'), version],
    ['HTTP/2', lines('HTTP/2 200 OK'), version],
    ['HTTP/1.10', lines('HTTP/1.10 200 OK'), version],
    ['no status', lines('HTTP/1.1 OK'), status],
    ['a status of two digits', lines('HTTP/1.1 20 OK'), status],
    ['a status of four digits', lines('HTTP/1.1 2000 OK'), status],
    ['a status below all', lines('HTTP/1.1 099 OK'), 'The status of the response is none of HTTP.'],
    ['ICY', lines('ICY 200 OK'), version],
    [
      'more bytes than browsers read',
      lines(ok, `X: ${'x'.repeat(maxLenientHeadBytes)}`),
      `The head of the response is longer than ${maxLenientHeadBytes} bytes.`,
    ],
  ])('refuses %s', (_, text, error) => {
    expect(parseLenientHead(text.slice(0, lenientHeadEnd(bytesOf(text), text.length, 0)))).toEqual({ error })
  })

  it.each(['SSH-2.0', 'I', 'HTTP/2', 'HTTP/1.1\t', 'HTTP/1.x', '\r\n\r\nX', '\rH', ' H', '\r\n'.repeat(40)])(
    'gives up early what begins with %j',
    (text) => expect(unfinishedLenientError(bytesOf(text), text.length, 0)).toBe(version),
  )

  it('finds the end wherever the bytes were cut, and looks at no byte behind them', () => {
    for (const text of [`${ok}\nA: b\n\n`, `\r\n\n${ok}\r\nA: b\n\r\n`, `${ok}\r\nA: b\r\n\r\n`]) {
      const bytes = bytesOf(`${text}\n\n`)
      for (let seen = 0; seen <= text.length; seen++) {
        expect(lenientHeadEnd(bytes, seen, 0)).toBe(seen === text.length ? text.length : -1)
        expect(lenientHeadEnd(bytes, text.length, Math.min(seen, text.length - 1))).toBe(text.length)
      }
    }
  })
})
