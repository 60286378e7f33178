import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChunkedError, createChunkedDecoder } from '#transfer/http/rules/chunked-body.ts'
import { chunkedLimits } from '#transfer/http/rules/chunked-limits.ts'
import { createResponses } from './mutated-responses.ts'

interface Decoded {
  body: string
  /** Where the body ends, of all bytes that were pushed. */
  read: number
  done: boolean
  error: string | null
}

/** Pushes the bytes in pieces of these sizes, over and over. */
function decode(
  bytes: Buffer,
  sizes: readonly number[] = [bytes.length],
  limits = chunkedLimits,
  isStrict = true,
): Decoded {
  const decoder = createChunkedDecoder(limits, { isStrict })
  const runs: Uint8Array[] = []
  const decoded = (error: string | null) => ({
    body: Buffer.concat(runs).toString('latin1'),
    read: error === null ? read : 0,
    done: decoder.done,
    error,
  })
  let read = 0
  try {
    for (let at = 0, n = 0; at < bytes.length; n++) {
      const piece = bytes.subarray(at, at + sizes[n % sizes.length]!)
      const taken = decoder.push(piece, (run) => runs.push(run))
      if (taken < piece.length) expect(decoder.done).toBe(true)
      at += piece.length
      read += taken
    }
    return decoded(null)
  } catch (error) {
    if (!(error instanceof ChunkedError)) throw error
    return decoded(error.message)
  }
}
const decodeText = (text: string, limits = chunkedLimits, isStrict = true) =>
  decode(Buffer.from(text, 'latin1'), undefined, limits, isStrict)

const size = 'The size of a chunk is malformed.'
const tooLarge = 'The size of a chunk is beyond every file.'
const extension = 'The extension of a chunk is malformed.'
const extensionBytes = 'The extensions of the chunks are too long.'
const lineEnd = 'A line of the chunked framing does not end with CR LF.'
const dataEnd = 'A chunk is longer than its size says.'
const overhead = 'The chunks are mostly framing.'
const trailerBytes = 'The trailer of the chunked body is too long.'
const framingTrailer = 'The trailer of the chunked body has a field that frames a body.'
const name = 'The name of a field is not a token.'
const value = 'The value of a field has a control character, or its line does not end with CR LF.'
const folded = 'A line of fields begins with white space.'
const blank = 'There is white space between the name of a field and its colon.'

const end = '0\r\n\r\n'
const a = '1\r\na\r\n'
const longest = `;${'x'.repeat(chunkedLimits.maxExtensionBytes - 1)}`
const timesInAll = chunkedLimits.maxExtensionBytesInAll / chunkedLimits.maxExtensionBytes

describe('a chunked body', () => {
  it.each([
    ['nothing in it', end, ''],
    ['one chunk', `5\r\nhello\r\n${end}`, 'hello'],
    ['several chunks', `2\r\nhe\r\n3\r\nllo\r\n${end}`, 'hello'],
    ['sizes in both cases', `A\r\n0123456789\r\nb\r\n0123456789a\r\n${end}`, '01234567890123456789a'],
    ['leading zeros', `${'1'.padStart(16, '0')}\r\na\r\n${end}`, 'a'],
    ['a last chunk of many zeros', `${a}${'0'.repeat(16)}\r\n\r\n`, 'a'],
    ['line ends and framing as data', `7\r\n\r\n0\r\n\r\n\r\n${end}`, '\r\n0\r\n\r\n'],
    ['an extension', `1;name\r\na\r\n${end}`, 'a'],
    ['an extension with a value', `1;name=value\r\na\r\n${end}`, 'a'],
    ['an extension in quotes', `1;name="a \t;\\"\\\\\xff"\r\na\r\n${end}`, 'a'],
    ['an empty extension in quotes', `1;name=""\r\na\r\n${end}`, 'a'],
    ['several extensions', `1;a;b=c;d="e";f\r\na\r\n${end}`, 'a'],
    ['an extension of the last chunk', `${a}0;a=b\r\n\r\n`, 'a'],
    ['trailers', `${a}0\r\nX: a\r\nY:\r\nDigest: \xff \r\n\r\n`, 'a'],
    ['the longest extension', `1${longest}\r\na\r\n${end}`, 'a'],
    ['as many extensions as there may be', `1${longest}\r\na\r\n`.repeat(timesInAll) + end, 'a'.repeat(timesInAll)],
    [
      'as many trailers as there may be',
      `${a}0\r\nX: ${'a'.repeat(chunkedLimits.maxTrailerBytes - 'X: \r\n\r\n'.length)}\r\n\r\n`,
      'a',
    ],
    ['a hundred thousand chunks of one byte', a.repeat(100_000) + end, 'a'.repeat(100_000)],
  ])('may have %s', (_, text, body) => {
    expect(decodeText(text)).toEqual({ body, read: text.length, done: true, error: null })
  })

  it.each([
    ['no size', `\r\n${end}`, '', size],
    ['a space before the size', ` 1\r\na\r\n${end}`, '', size],
    ['a sign before the size', `+1\r\na\r\n${end}`, '', size],
    ['a negative size', `-1\r\na\r\n${end}`, '', size],
    ['a size with 0x', `0x1\r\na\r\n${end}`, '', size],
    ['a size with an underscore', `1_0\r\n${end}`, '', size],
    ['a size that is none', `zz\r\na\r\n${end}`, '', size],
    ['a byte that would be a digit in other letters', `1\xb9\r\na\r\n${end}`, '', size],
    ['a space behind the size', `1 \r\na\r\n${end}`, '', size],
    ['a tab behind the size', `1\t\r\na\r\n${end}`, '', size],
    ['a space before an extension', `1 ;a\r\na\r\n${end}`, '', size],
    ['a size of 17 digits', `${'1'.padStart(17, '0')}\r\na\r\n${end}`, '', tooLarge],
    ['a size beyond all files', '10000000001\r\na', '', tooLarge],
    ['a size beyond all numbers', `${'f'.repeat(16)}\r\na`, '', tooLarge],
    ['an LF alone behind a size', `1\na\r\n${end}`, '', lineEnd],
    ['a CR alone behind a size', `1\ra\r\n${end}`, '', lineEnd],
    ['two CR behind a size', `1\r\r\na\r\n${end}`, '', lineEnd],
    ['an LF alone behind an extension', `1;a\na\r\n${end}`, '', lineEnd],
    ['an LF alone behind a value', `1;a=b\na\r\n${end}`, '', lineEnd],
    ['an LF alone behind quotes', `1;a="b"\na\r\n${end}`, '', lineEnd],
    ['an LF in quotes', `1;a="\nb"\r\na\r\n${end}`, '', extension],
    ['a CR in quotes', `1;a="\rb"\r\na\r\n${end}`, '', extension],
    ['a line end in quotes', `1;a="\r\n"\r\na\r\n${end}`, '', extension],
    ['an escaped LF in quotes', `1;a="\\\nb"\r\na\r\n${end}`, '', extension],
    ['a NUL in quotes', `1;a="\0"\r\na\r\n${end}`, '', extension],
    ['quotes that are not closed', `1;a="b\r\na\r\n${end}`, '', extension],
    ['something behind quotes', `1;a="b"c\r\na\r\n${end}`, '', extension],
    ['quotes in a value', `1;a=b"c"\r\na\r\n${end}`, '', extension],
    ['an extension without a name', `1;\r\na\r\n${end}`, '', extension],
    ['an extension without a name but a value', `1;=b\r\na\r\n${end}`, '', extension],
    ['an extension without a value', `1;a=\r\na\r\n${end}`, '', extension],
    ['an empty extension', `1;;a\r\na\r\n${end}`, '', extension],
    ['an extension with two values', `1;a=b=c\r\na\r\n${end}`, '', extension],
    ['a space in an extension', `1; a\r\na\r\n${end}`, '', extension],
    ['a space around the sign of an extension', `1;a =b\r\na\r\n${end}`, '', extension],
    ['a NUL in an extension', `1;a\0\r\na\r\n${end}`, '', extension],
    ['an extension of one byte too many', `1${longest}x\r\na\r\n${end}`, '', extensionBytes],
    [
      'extensions of some bytes too many',
      `${`1${longest}\r\na\r\n`.repeat(timesInAll)}1;a\r\na\r\n${end}`,
      'a'.repeat(timesInAll),
      extensionBytes,
    ],
    ['less data than it says', `3\r\na\r\n${end}`, 'a\r\n', dataEnd],
    ['more data than it says', `1\r\nabc\r\n${end}`, 'a', dataEnd],
    ['an LF alone behind the data', `1\r\na\n${end}`, 'a', dataEnd],
    ['a CR alone behind the data', `1\r\na\r${end}`, 'a', lineEnd],
    ['nothing behind the data', `1\r\na${end}`, 'a', dataEnd],
    ['two line ends behind the data', `1\r\na\r\n\r\n${end}`, 'a', size],
    ['an LF alone behind the last chunk', `${a}0\n\r\n`, 'a', lineEnd],
    ['an LF alone at the end', `${a}0\r\n\n`, 'a', name],
    ['a CR and no LF at the end', `${a}0\r\n\ra\n`, 'a', name],
    ['a trailer that is no field', `${a}0\r\nabc\r\n\r\n`, 'a', name],
    ['a trailer without a name', `${a}0\r\n: a\r\n\r\n`, 'a', name],
    ['a folded trailer', `${a}0\r\nX: a\r\n b\r\n\r\n`, 'a', folded],
    ['a space before the first trailer', `${a}0\r\n X: a\r\n\r\n`, 'a', folded],
    ['a space before the colon of a trailer', `${a}0\r\nX : a\r\n\r\n`, 'a', blank],
    ['an LF alone behind a trailer', `${a}0\r\nX: a\n\r\n`, 'a', value],
    ['a CR in a trailer', `${a}0\r\nX: a\rb\r\n\r\n`, 'a', value],
    ['a NUL in a trailer', `${a}0\r\nX: \0\r\n\r\n`, 'a', value],
    ['a length in the trailer', `${a}0\r\nContent-Length: 1\r\n\r\n`, 'a', framingTrailer],
    ['a coding in the trailer', `${a}0\r\nTransfer-Encoding: chunked\r\n\r\n`, 'a', framingTrailer],
    [
      'a trailer of one byte too many',
      `${a}0\r\nX: ${'a'.repeat(chunkedLimits.maxTrailerBytes - 'X: \r\n\r\n'.length + 1)}\r\n\r\n`,
      'a',
      trailerBytes,
    ],
    ['a trailer without an end', `${a}0\r\nX: ${'a'.repeat(chunkedLimits.maxTrailerBytes)}`, 'a', trailerBytes],
  ])('must not have %s', (_, text, body, error) => {
    expect(decodeText(text)).toEqual({ body, read: 0, done: false, error })
  })

  it.each([
    ['spaces behind a size', `1   \r\na\r\n0  \r\n\r\n`],
    ['a tab behind a size', `1\t\r\na\r\n${end}`],
    ['a space before an extension', `1 ;a\r\na\r\n${end}`],
    ['LF alone behind everything', '1\na\n0\n\n'],
    ['an LF alone behind a padded size', `1  \na\r\n${end}`],
    ['an LF alone behind an extension', `1;a\na\r\n${end}`],
    ['an LF alone behind a value', `1;a=b\na\r\n${end}`],
    ['an LF alone behind quotes', `1;a="b"\na\r\n${end}`],
    ['an extension without a name', `1;\r\na\r\n${end}`],
    ['a space in an extension', `1; a = b\r\na\r\n${end}`],
    ['quotes that are not closed', `1;a="b\r\na\r\n${end}`],
    ['a NUL in an extension', `1;a\0\r\na\r\n${end}`],
    ['an LF alone behind the last chunk', `${a}0\n\r\n`],
    ['an LF alone at the end', `${a}0\r\n\n`],
    ['trailers that are none', `${a}0\r\nabc\r\n d\nX : e\r\n\r\n`],
    ['a length in the trailer', `${a}0\r\nContent-Length: 1\r\n\r\n`],
  ])('may have %s for a lenient reader', (_, text) => {
    expect(decodeText(text, chunkedLimits, false)).toEqual({ body: 'a', read: text.length, done: true, error: null })
    const decoder = createChunkedDecoder()
    decoder.push(Buffer.from(text, 'latin1'), () => {})
    expect(decoder.oddities.size).toBeGreaterThan(0)
  })

  it.each([
    ['no size', `\r\n${end}`, size],
    ['a space before the size', ` 1\r\na\r\n${end}`, size],
    ['a size with 0x', `0x1\r\na\r\n${end}`, size],
    ['letters behind a size', `1x\r\na\r\n${end}`, size],
    ['something behind a padded size', `1 a\r\na\r\n${end}`, size],
    ['a CR alone behind a size', `1\ra\r\n${end}`, lineEnd],
    ['two CR behind a size', `1\r\r\na\r\n${end}`, lineEnd],
    ['more data than it says', `1\r\nabc\r\n${end}`, dataEnd],
    ['nothing behind the data', `1\r\na${end}`, dataEnd],
    [
      'a size that is padded for ever',
      `1${' '.repeat(chunkedLimits.maxExtensionBytes + 1)}\r\na\r\n${end}`,
      extensionBytes,
    ],
    ['an extension that goes on for ever', `1; ${'x'.repeat(chunkedLimits.maxExtensionBytes)}`, extensionBytes],
  ])('must not have %s, for a lenient reader neither', (_, text, error) => {
    expect(decodeText(text, chunkedLimits, false)).toMatchObject({ read: 0, done: false, error })
  })

  it.each([
    ['', false],
    ['1\r\na', false],
    [a, false],
    [`${a}0`, false],
    [`${a}0\r`, false],
    [`${a}0\r\n`, true],
    [`${a}0\n`, true],
    [`${a}0\r\nX: b`, true],
    [`${a}0\r\nX: b\r\n\r`, true],
  ])('is whole at the end of its connection behind its last chunk: %j', (text, isWhole) => {
    const decoder = createChunkedDecoder()
    decoder.push(Buffer.from(text), () => {})
    expect(decoder.endsWhole()).toBe(isWhole)
    expect(decoder.oddities.has('chunkEnd')).toBe(isWhole)
    const strict = createChunkedDecoder(chunkedLimits, { isStrict: true })
    strict.push(Buffer.from(text.replaceAll(/\r?\n/g, '\r\n')), () => {})
    expect(strict.endsWhole()).toBe(false)
  })

  it('may have the largest size, and no body of memory for it', () => {
    const start = '10000000000\r\nabc'
    expect(decodeText(start)).toEqual({ body: 'abc', read: start.length, done: false, error: null })
  })

  it('must not be mostly framing', () => {
    const chunk = `${'1'.padStart(16, '0')}\r\na\r\n`
    const { body, error } = decodeText(chunk.repeat(100_000))
    expect(error).toBe(overhead)
    const framing = body.length * (chunk.length - 1)
    const allowed = chunkedLimits.maxOverheadBytes + chunkedLimits.maxOverheadPerBodyByte * body.length
    expect(framing).toBeLessThanOrEqual(allowed)
    expect(framing + 2 * chunk.length).toBeGreaterThan(allowed)
  })

  it('may be mostly framing for as long as the limits say', () => {
    const limits = { ...chunkedLimits, maxOverheadBytes: 10, maxOverheadPerBodyByte: 5 }
    expect(decodeText(a.repeat(1_000) + end, limits).error).toBeNull()
    expect(decodeText(`1;a\r\na\r\n`.repeat(10), limits).error).toBe(overhead)
  })

  it.each([end, `${a}${end}`, `${a}0;x\r\nX: a\r\n\r\n`])('has no end before the last byte of %j', (text) => {
    for (let length = 0; length < text.length; length++) {
      expect(decodeText(text.slice(0, length))).toMatchObject({ done: false, error: null, read: length })
    }
    expect(decodeText(text).done).toBe(true)
  })

  it('leaves what is behind it', () => {
    const text = `${a}${end}`
    expect(decodeText(`${text}HTTP/1.1 200 OK\r\n`)).toEqual({ body: 'a', read: text.length, done: true, error: null })
    const decoder = createChunkedDecoder()
    decoder.push(Buffer.from(text), () => {})
    expect(decoder.push(Buffer.from(text), () => expect.fail('more data'))).toBe(0)
  })

  it('stays refused once it was', () => {
    const decoder = createChunkedDecoder()
    const push = (text: string) => () => decoder.push(Buffer.from(text), () => expect.fail('data'))
    expect(push('x')).toThrow(ChunkedError)
    expect(push(`${a}${end}`)).toThrow(size)
    expect(decoder.done).toBe(false)
  })

  it('gives out parts of what was pushed, as large as they are there', () => {
    const bytes = Buffer.from(`3\r\nabc\r\n2\r\nde`)
    const runs: Uint8Array[] = []
    createChunkedDecoder().push(bytes, (run) => runs.push(run))
    expect(runs.map((run) => [run.buffer === bytes.buffer, run.byteOffset - bytes.byteOffset, run.length])).toEqual([
      [true, 3, 3],
      [true, 11, 2],
    ])
  })

  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
  const chunks = fc.array(
    fc.record({
      data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      zeros: fc.integer({ min: 0, max: 3 }),
      extension: fc.constantFrom('', ';a', ';a=b', ';a="\\";\t"'),
    }),
    { maxLength: 12 },
  )
  const trailer = fc.constantFrom('', 'X: a\r\n', 'X:\r\nY: \xff\r\n')

  it('gives back what was put into it, however it comes', () => {
    fc.assert(
      fc.property(chunks, trailer, sizes, fc.string({ unit: 'binary-ascii' }), (pieces, fields, cuts, behind) => {
        const framed = pieces.map(({ data, zeros, extension }) => [
          Buffer.from(`${'0'.repeat(zeros)}${data.length.toString(16)}${extension}\r\n`),
          Buffer.from(data),
          Buffer.from('\r\n'),
        ])
        const body = Buffer.concat([...framed.flat(), Buffer.from(`0\r\n${fields}\r\n`, 'latin1')])
        expect(decode(Buffer.concat([body, Buffer.from(behind)]), cuts)).toEqual({
          body: Buffer.concat(pieces.map(({ data }) => data)).toString('latin1'),
          read: body.length,
          done: true,
          error: null,
        })
      }),
      { numRuns: 1_000 },
    )
  })

  it('means the same however it comes, also when it is broken', () => {
    const anything = fc.string({
      unit: fc.constantFrom('\r\n', '\r', '\n', '0', '1', '2', 'a', ';', '=', '"', '\\', ':', ' ', 'X: a\r\n', a, end),
      maxLength: 20,
    })
    fc.assert(
      fc.property(anything, sizes, (text, cuts) => {
        const bytes = Buffer.from(text)
        expect(decode(bytes, cuts)).toEqual(decode(bytes))
        const whole = decode(bytes, undefined, undefined, false)
        expect(decode(bytes, cuts, undefined, false)).toEqual(whole)
        // What a strict reader accepts means the same to a lenient one.
        if (decode(bytes).error === null) expect(whole).toEqual(decode(bytes))
      }),
      { numRuns: 5_000 },
    )
    const responses = createResponses(20_261_204)
    for (let n = 0; n < 3_000; n++) {
      const { bytes } = responses.make()
      const mutated = responses.mutate(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4))
      expect(decode(mutated, [1 + responses.below(5), 1 + responses.below(3)]), `${n}`).toEqual(decode(mutated))
    }
  })
})
