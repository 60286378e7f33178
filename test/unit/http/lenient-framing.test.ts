import { describe, expect, it } from 'vitest'
import { lines } from '#support/client/source.ts'
import { type BodyFraming, bodyFraming } from '#transfer/http/rules/body-framing.ts'
import { lenientFraming } from '#transfer/http/rules/lenient-framing.ts'
import { parseLenientHead } from '#transfer/http/rules/lenient-head.ts'
import type { Oddity } from '#transfer/http/rules/oddity.ts'
import type { ResponseHead } from '#transfer/http/rules/response-head.ts'

function headOf(statusLine: string, ...fields: string[]): ResponseHead {
  const read = parseLenientHead(lines(statusLine, ...fields))
  if ('error' in read) throw new Error(read.error)
  return read.head
}
const head = (...fields: string[]) => headOf('HTTP/1.1 200 OK', ...fields)
const chunked = 'Transfer-Encoding: chunked'
const close = 'Connection: close'

describe('the framing of a body, read leniently', () => {
  it.each<[string, ResponseHead, BodyFraming, Oddity[]]>([
    ['two equal lengths', head('Content-Length: 5', 'content-length: 5'), { kind: 'length', bytes: 5 }, ['lengths']],
    ['a list of equal lengths', head('Content-Length: 5, 05,5'), { kind: 'length', bytes: 5 }, ['lengths']],
    ['a length of many zeros', head(`Content-Length: ${'0'.repeat(20)}5`), { kind: 'length', bytes: 5 }, []],
    ['the longest length', head('Content-Length: 9007199254740991'), { kind: 'length', bytes: 2 ** 53 - 1 }, []],
    ['an empty length and close', head('Content-Length:', close), { kind: 'close' }, ['length']],
    ['a negative length and close', head('Content-Length: -7', close), { kind: 'close' }, ['length']],
    ['a length with a sign and close', head('Content-Length: +7', close), { kind: 'close', bytes: 7 }, ['length']],
    ['an empty length in HTTP/1.0', headOf('HTTP/1.0 200 OK', 'Content-Length:'), { kind: 'close' }, ['length']],
    ['identity', head('Transfer-Encoding: Identity'), { kind: 'close' }, ['codings']],
    [
      'identity and a length',
      head('Transfer-Encoding: identity', 'Content-Length: 5'),
      { kind: 'length', bytes: 5, isDisputed: true },
      ['codings'],
    ],
    ['an empty coding', head('Transfer-Encoding:'), { kind: 'close' }, ['codings']],
    ['chunked twice', head('Transfer-Encoding: chunked, chunked'), { kind: 'chunked' }, ['codings']],
    ['chunked in two fields', head(chunked, chunked), { kind: 'chunked' }, ['codings']],
    ['identity before chunked', head('Transfer-Encoding: identity, chunked'), { kind: 'chunked' }, ['codings']],
    ['chunked and an empty element', head('Transfer-Encoding: chunked,'), { kind: 'chunked' }, ['codings']],
    ['chunked in HTTP/1.0', headOf('HTTP/1.0 200 OK', chunked), { kind: 'chunked' }, ['codings']],
    ['chunked and a length', head(chunked, 'Content-Length: 5'), { kind: 'chunked' }, ['both']],
    ['chunked and an empty length', head(chunked, 'Content-Length:'), { kind: 'chunked' }, ['length', 'both']],
    ['a 204 in chunks', headOf('HTTP/1.1 204 No Content', chunked), { kind: 'none' }, ['needless']],
    ['an informational response that closes', headOf('HTTP/1.1 103 Hints', close), { kind: 'none' }, ['interim']],
  ])('is clear with %s', (_, response, framing, oddities) => {
    expect(lenientFraming(response, 'GET')).toEqual({ framing, oddities: new Set(oddities) })
    expect(bodyFraming(response, 'GET')).toHaveProperty('error')
  })

  const lengths = 'The response has different Content-Lengths.'
  const length = 'The Content-Length of the response is not a number.'
  const tooLong = 'The Content-Length of the response is beyond every file.'
  const coding = 'The response has a Transfer-Encoding other than chunked.'
  const interim = 'An informational response has a body.'
  it.each([
    ['two lengths', head('Content-Length: 1', 'Content-Length: 2'), lengths],
    ['two lengths, and chunks', head('Content-Length: 1', 'Content-Length: 2', chunked), lengths],
    ['a list of two lengths', head('Content-Length: 5, 6'), lengths],
    ['a length and an empty one', head('Content-Length: 5', 'Content-Length:', close), length],
    ['a length of 2^53', head('Content-Length: 9007199254740992'), tooLong],
    [
      'two lengths that only a number takes for equal',
      head('Content-Length: 9007199254740992, 9007199254740993'),
      lengths,
    ],
    ['a length with a sign beyond 2^53', head('Content-Length: +9007199254740992', close), tooLong],
    ['an empty length', head('Content-Length:'), length],
    ['a negative length', head('Content-Length: -1'), length],
    ['two negative lengths', head('Content-Length: -1, -1', close), length],
    ['a length in words', head('Content-Length: many', close), length],
    ['a length with a space', head('Content-Length: 5 5', close), length],
    ['a length in sixteens', head('Content-Length: 0x5', close), length],
    ['another coding', head('Transfer-Encoding: gzip'), coding],
    ['another coding and a length', head('Transfer-Encoding: gzip', 'Content-Length: 5'), coding],
    ['two codings', head('Transfer-Encoding: gzip, chunked'), coding],
    ['two codings in two fields', head('Transfer-Encoding: gzip', chunked), coding],
    ['chunks that are not last', head('Transfer-Encoding: chunked, gzip'), coding],
    ['chunks before identity', head('Transfer-Encoding: chunked, identity'), coding],
    ['chunks with a parameter', head('Transfer-Encoding: chunked;a=b'), coding],
    ['chunks in quotes', head('Transfer-Encoding: "chunked"'), coding],
    ['a length in an informational response', headOf('HTTP/1.1 103 Hints', 'Content-Length: 5'), interim],
    ['chunks in an informational response', headOf('HTTP/1.1 103 Hints', chunked), interim],
    ['identity in an informational response', headOf('HTTP/1.1 103 Hints', 'Transfer-Encoding: identity'), interim],
  ])('is in doubt with %s', (_, response, error) => {
    expect(lenientFraming(response, 'GET')).toEqual({ error })
  })

  it('is what a strict reader says where that says something', () => {
    for (const fields of [[], ['Content-Length: 5'], [chunked], ['Content-Length: 0', close]])
      for (const status of [200, 204, 205, 206, 304, 404]) {
        const response = headOf(`HTTP/1.1 ${status} Any`, ...fields)
        const strict = bodyFraming(response, 'GET')
        if (!('error' in strict)) expect(lenientFraming(response, 'GET')).toMatchObject({ framing: strict })
      }
  })
})
