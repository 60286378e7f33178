import { describe, expect, it } from 'vitest'
import { lines } from '#support/client/source.ts'
import { createHeldBytes } from '#transfer/http/held-bytes.ts'
import { createHeadFinder, type Tolerance } from '#transfer/http/rules/find-head.ts'
import { maxLenientHeadBytes } from '#transfer/http/rules/lenient-head.ts'

const ok = 'HTTP/1.1 200 OK'

/** The first thing that is found, in pieces of this size. */
function find(text: string, pieceBytes: number, tolerance: Tolerance = 'lenient') {
  const bytes = Buffer.from(text, 'latin1')
  const held = createHeldBytes()
  const findHead = createHeadFinder('GET', tolerance)
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    held.append(bytes.subarray(at, at + pieceBytes))
    const found = findHead(held.bytes())
    if (found !== null) return { found, seen: Math.min(bytes.length, at + pieceBytes) }
  }
  return null
}

/** The first bytes of a buffer, which count how often any of them is looked at. */
function countLooks(all: Buffer) {
  let looks = 0
  const counted = (bytes: Uint8Array): Uint8Array =>
    new Proxy(bytes, {
      get(target, key) {
        if (typeof key === 'string' && /^\d/.test(key)) looks++
        const value: unknown = Reflect.get(target, key)
        if (key === 'subarray')
          return (from: number, to: number) => {
            looks += to - from
            return target.subarray(from, to)
          }
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return { bytes: (length: number) => counted(all.subarray(0, length)), looks: () => looks }
}

describe('looking for a head', () => {
  it.each([
    lines(ok, 'A: b', 'Content-Length: 5'),
    `${ok}\nA: b\nContent-Length: 5\n\n`,
    `\r\n\r\n${lines('http/1.1 200 OK', 'A: b', 'Content-Length: 5')}`,
    lines(ok, 'A: b', ' c', 'X', 'Content-Length: 5, 5'),
    lines(ok, `A: ${'b'.repeat(20_000)}`, 'Content-Length: 5'),
    lines(ok, 'Transfer-Encoding: chunked', 'Content-Length: 5'),
  ])('finds the same one however it comes: %j', (text) => {
    const body = '\n\n\r\n\r\nHTTP/1.1 500\r\n\r\n'
    const whole = find(text + body, text.length + body.length)!
    expect(whole.found).toMatchObject({ head: { status: 200 }, end: text.length })
    for (const pieceBytes of [1, 2, 3, 7, 100]) expect(find(text + body, pieceBytes)!.found).toEqual(whole.found)
  })

  it('says of the framing only what counts', () => {
    const both = find(lines(ok, 'Content-Length: 5', 'Transfer-Encoding: Chunked', 'Content-Length: 5'), 1_000)!
    expect(both.found).toMatchObject({ head: { fields: [['transfer-encoding', 'chunked']] } })
    const twice = find(lines(ok, 'Content-Length: 5, 5', 'Transfer-Encoding: identity'), 1_000)!
    expect(twice.found).toMatchObject({ head: { fields: [['content-length', '5']] } })
    const none = find(lines(ok, 'Content-Length:', 'Connection: close'), 1_000)!
    expect(none.found).toMatchObject({ head: { fields: [['connection', 'close']] } })
  })

  it('notes a media type that is given twice, which a strict reader accepts', () => {
    const head = lines(ok, 'Content-Type: a/b', 'Content-Type: a/b', 'Content-Length: 5')
    expect(find(head, 1_000)!.found).toMatchObject({ oddities: new Set(['repeatedType']) })
    expect(find(head.replaceAll('\r', ''), 1_000)!.found).toMatchObject({
      oddities: new Set(['lineEnds', 'repeatedType']),
    })
  })

  it('tolerates nothing when it is strict', () => {
    for (const text of [`${ok}\n\n`, lines(ok, 'X'), lines(ok, 'Content-Length: 5, 5'), `\r\n${lines(ok)}`])
      expect(find(text, 1, 'strict')!.found).toHaveProperty('error')
  })

  it.each([
    ['a head without oddities', lines(ok, ...Array.from({ length: 1_000 }, () => 'Abcd: efgh'))],
    ['one long field', lines(ok, `A: ${'b'.repeat(12_000)}`)],
    ['lines that end in LF', `${ok}\n${'A: b\n'.repeat(2_400)}\n`],
    ['one folded field', lines(ok, 'A: b', ...Array.from({ length: 3_000 }, () => ' c'))],
    ['lines that are no fields', lines(ok, ...Array.from({ length: 3_000 }, () => '(:'))],
    ['blanks', lines(ok, `A(: ${' '.repeat(12_000)}b`, `C: ${' '.repeat(1_000)}d`)],
    ['a line that ends in LF, late', `${ok}\r\nA: ${'b'.repeat(6_000)}\nC: ${'d'.repeat(6_000)}\r\n\r\n`],
  ])('looks at no byte often, though they come one by one: %s', (_, text) => {
    const { bytes, looks } = countLooks(Buffer.from(text, 'latin1'))
    const findHead = createHeadFinder('GET', 'lenient')
    let found: ReturnType<typeof findHead> = null
    for (let length = 1; found === null; length++) found = findHead(bytes(length))
    expect(found).toMatchObject({ head: { status: 200 }, end: text.length })
    // The first few are looked at with every byte that comes.
    expect(looks() / text.length).toBeLessThan(40)
  })

  it.each([
    ['lines that end in CR', `${ok}\rA: b\rContent-Length: 5\r\rhello`],
    ['a blank line that begins with CR', `${ok}\r\nContent-Length: 5\r\n\r\r\nhello`],
    ['a blank line that ends with two CR', `${ok}\r\nContent-Length: 5\r\n\r\r\n\r\n`],
    ['lines that end in LF CR', `${ok}\n\rContent-Length: 5\n\r\n\r`],
    ['lines that end in CR CR LF', `${ok}\r\r\nContent-Length: 5\r\r\n\r\r\n`],
    ['two CR in a value', `${ok}\r\nA: b\r\rc`],
  ])('waits for no end that cannot come, with %s', (_, text) => {
    for (const pieceBytes of [1, 2, 3, 5, 7, 100])
      for (const tolerance of ['strict', 'lenient'] as const)
        expect(find(text, pieceBytes, tolerance)?.found, `${pieceBytes}`).toHaveProperty('error')
  })

  it('ends where browsers end', () => {
    const { found, seen } = find(`${ok}\r\n${'A: b\r\n'.repeat(100_000)}`, 1_000)!
    expect(found).toEqual({ error: `The head of the response is longer than ${maxLenientHeadBytes} bytes.` })
    expect(seen).toBeLessThan(maxLenientHeadBytes + 1_000)
  })
})

describe('held bytes', () => {
  it('are those that were appended, without those that were dropped', () => {
    const held = createHeldBytes()
    let expected = ''
    expect(held.isEmpty()).toBe(true)
    for (let n = 0; n < 2_000; n++) {
      const piece = `${n},`.repeat(n % 7)
      held.append(Buffer.from(piece))
      expected += piece
      if (n % 5 === 0) {
        const dropped = Math.floor(expected.length / 2)
        held.drop(dropped)
        expected = expected.slice(dropped)
      }
      expect(held.bytes().toString()).toBe(expected)
    }
    held.drop(expected.length)
    expect(held.isEmpty()).toBe(true)
  })
})
