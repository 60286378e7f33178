import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lines } from '#support/client/source.ts'
import {
  headEnd,
  joinFields,
  maxHeadBytes,
  parseHead,
  type ResponseHead,
  readBrokenHead,
  unfinishedHeadError,
} from '#transfer/http/rules/response-head.ts'

const ok = 'HTTP/1.1 200 OK'
const bytesOf = (text: string) => Buffer.from(text, 'latin1')

const statusLine = 'The status line of the response is malformed.'
const version = 'The response is not HTTP/1.1.'
const range = 'The status of the response is none of HTTP.'
const name = 'The name of a field is not a token.'
const value = 'The value of a field has a control character, or its line does not end with CR LF.'
const folded = 'A line of fields begins with white space.'
const blank = 'There is white space between the name of a field and its colon.'
const unfinished = 'The head of the response does not end with one blank line.'
const tab = 'There is a tab in a field that frames the body.'

describe('the head of a response', () => {
  it('is read with everything that is said in it', () => {
    const head = parseHead(
      lines('HTTP/1.1 206 Partial Content', 'ETag:"a"', 'Set-Cookie: a=b', 'SET-COOKIE: c', 'X-A:'),
    )
    expect(head).toEqual({
      version: '1.1',
      status: 206,
      fields: [
        ['etag', '"a"'],
        ['set-cookie', 'a=b'],
        ['set-cookie', 'c'],
        ['x-a', ''],
      ],
    })
  })

  it.each<[string, string, Partial<ResponseHead>]>([
    ['no fields', lines(ok), { version: '1.1', status: 200, fields: [] }],
    ['HTTP/1.0', lines('HTTP/1.0 404 Not Found'), { version: '1.0', status: 404 }],
    ['an informational response', lines('HTTP/1.1 103 Early Hints'), { status: 103 }],
    ['the lowest status', lines('HTTP/1.1 100 Continue'), { status: 100 }],
    ['the highest status of HTTP', lines('HTTP/1.1 599 ?'), { status: 599 }],
    ['a status that HTTP does not have', lines('HTTP/1.1 999 Request denied'), { status: 999 }],
    ['an empty reason', lines('HTTP/1.1 200 '), { status: 200 }],
    ['no reason and no space', lines('HTTP/1.1 200'), { status: 200 }],
    ['a reason of all kinds', lines('HTTP/1.1 200 \ta: "\xfc\x80"'), { status: 200 }],
    ['tabs and spaces around a value', lines(ok, 'X: \t a\t b \t'), { fields: [['x', 'a\t b']] }],
    ['nothing but white space as a value', lines(ok, 'X: \t '), { fields: [['x', '']] }],
    ['colons in a value', lines(ok, 'X::a:b'), { fields: [['x', ':a:b']] }],
    ['bytes beyond ASCII in a value', lines(ok, 'X: \x80\xfc\xff'), { fields: [['x', '\x80\xfc\xff']] }],
    ['every sign of a token', lines(ok, "!#$%&'*+-.^_`|~09azAZ: a"), { fields: [["!#$%&'*+-.^_`|~09azaz", 'a']] }],
    ['a name that objects have', lines(ok, '__proto__: a'), { fields: [['__proto__', 'a']] }],
    [
      'as many bytes as there may be',
      lines(ok, `X: ${'a'.repeat(maxHeadBytes - lines(ok, 'X: ').length)}`),
      { status: 200 },
    ],
  ])('may have %s', (_, text, expected) => {
    expect(parseHead(text)).toMatchObject(expected)
    expect(headEnd(bytesOf(text), text.length, 0)).toBe(text.length)
    expect(unfinishedHeadError(bytesOf(text), text.length - 1, 0)).toBeNull()
  })

  it.each([
    ['nothing at all', '', version],
    ['an empty line first', `\r\n${lines(ok)}`, version],
    ['white space first', ` ${lines(ok)}`, version],
    ['another protocol', lines('SSH-2.0-OpenSSH_9.2'), version],
    ['a request', lines('GET / HTTP/1.1'), version],
    ['HTTP/0.9', lines('HTTP/0.9 200 OK'), version],
    ['HTTP/1.2', lines('HTTP/1.2 200 OK'), version],
    ['HTTP/2', lines('HTTP/2.0 200 OK'), version],
    ['HTTP/2 in short', lines('HTTP/2 200 OK'), version],
    ['a version of two digits', lines('HTTP/1.10 200 OK'), version],
    ['a version in lower case', lines('http/1.1 200 OK'), version],
    ['a tab behind the version', lines('HTTP/1.1\t200 OK'), version],
    ['a version alone', lines('HTTP/1.1'), version],
    ['no status', lines('HTTP/1.1 '), statusLine],
    ['two spaces before the status', lines('HTTP/1.1  200 OK'), statusLine],
    ['a status of two digits', lines('HTTP/1.1 20 OK'), statusLine],
    ['a status of four digits', lines('HTTP/1.1 2000 OK'), statusLine],
    ['a status with a sign', lines('HTTP/1.1 +20 OK'), statusLine],
    ['a status with a point', lines('HTTP/1.1 2.0 OK'), statusLine],
    ['a status of letters', lines('HTTP/1.1 abc OK'), statusLine],
    ['a tab behind the status', lines('HTTP/1.1 200\tOK'), statusLine],
    ['a NUL in the reason', lines('HTTP/1.1 200 O\0K'), statusLine],
    ['a DEL in the reason', lines('HTTP/1.1 200 O\x7fK'), statusLine],
    ['a CR in the reason', lines('HTTP/1.1 200 O\rK'), statusLine],
    ['an LF alone behind the status line', `${ok}\nX: a\r\n\r\n`, statusLine],
    ['a CR alone behind the status line', `${ok}\rX: a\r\n\r\n`, statusLine],
    ['two CR behind the status line', `${ok}\r\r\nX: a\r\n\r\n`, statusLine],
    ['a status below all', lines('HTTP/1.1 099 OK'), range],
    ['white space before the first field', lines(ok, ' X: a'), folded],
    ['a tab before the first field', lines(ok, '\tX: a'), folded],
    ['a folded line', lines(ok, 'X: a', ' b'), folded],
    ['a line folded with a tab', lines(ok, 'X: a', '\tb'), folded],
    ['a line folded into nothing', lines(ok, 'X: a', ' '), folded],
    ['a space before the colon', lines(ok, 'X : a'), blank],
    ['a tab before the colon', lines(ok, 'X\t: a'), blank],
    ['a space in a name', lines(ok, 'X A: b'), blank],
    ['no name', lines(ok, ': a'), name],
    ['no colon', lines(ok, 'X'), name],
    ['a bracket in a name', lines(ok, 'X(: a'), name],
    ['a NUL in a name', lines(ok, 'X\0: a'), name],
    ['a byte beyond ASCII in a name', lines(ok, 'X\xfc: a'), name],
    ['a character beyond latin1 in a name', lines(ok, 'X\u0141: a'), name],
    ['a character beyond latin1 in a value', lines(ok, 'X: \u0141'), value],
    ['an LF alone behind a field', `${ok}\r\nX: a\nY: b\r\n\r\n`, value],
    ['a CR alone behind a field', `${ok}\r\nX: a\rY: b\r\n\r\n`, value],
    ['a NUL instead of the CR behind a field', `${ok}\r\nX: a\0\nY: b\r\n\r\n`, value],
    ['two CR behind a field', `${ok}\r\nX: a\r\r\n\r\n`, value],
    ['CR and LF the other way round', `${ok}\r\nX: a\n\r\r\n\r\n`, value],
    ['a CR alone as the last line', `${ok}\r\nX: a\r\n\r`, name],
    ['an LF alone as the last line', `${ok}\r\nX: a\r\n\n`, name],
    ['no blank line', `${ok}\r\nX: a\r\n`, unfinished],
    ['no blank line behind the status', `${ok}\r\n`, unfinished],
    ['half a line', `${ok}\r\nX: a`, value],
    ['something behind the blank line', `${lines(ok)}a`, unfinished],
    ['two blank lines', `${lines(ok)}\r\n`, unfinished],
    ['a tab before a length', lines(ok, 'Content-Length:\t5'), tab],
    ['a tab behind a length', lines(ok, 'Content-Length: 5\t'), tab],
    ['a tab behind a coding', lines(ok, 'Transfer-Encoding: chunked\t'), tab],
    [
      'one byte too many',
      lines(ok, `X: ${'a'.repeat(maxHeadBytes - lines(ok, 'X: ').length + 1)}`),
      `The head of the response is longer than ${maxHeadBytes} bytes.`,
    ],
  ])('must not have %s', (_, text, error) => {
    expect(parseHead(text)).toEqual({ error })
  })

  it.each(Array.from({ length: 256 }, (_, code) => code))('has byte %i in a value only if it is no control', (code) => {
    const allowed = code === 9 || (code >= 32 && code !== 127)
    const head = parseHead(lines(ok, `X: a${String.fromCharCode(code)}b`))
    expect('error' in head).toBe(!allowed)
    // RFC 9110 §5.6.2.
    const inName = parseHead(lines(ok, `X${String.fromCharCode(code)}: b`))
    expect('error' in inName).toBe(!/[\w!#$%&'*+.^`|~-]/.test(String.fromCharCode(code)) && code !== 58)
  })

  it('tells nothing of the response in a error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const head = parseHead(lines(ok, `secret-${text}`))
        if ('error' in head) expect(head.error).not.toContain('secret')
      }),
    )
  })
})

describe('the end of a head', () => {
  const noise = fc.string({ unit: fc.constantFrom('\r', '\n', '\r\n', 'a', '\r\n\r'), maxLength: 40 })

  it('is where the first blank line ends', () => {
    fc.assert(
      fc.property(noise, noise, (before, behind) => {
        const text = `${before}\r\n\r\n${behind}`
        expect(headEnd(bytesOf(text), text.length, 0)).toBe(text.indexOf('\r\n\r\n') + 4)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is found wherever the bytes before were looked at, and never behind what has come', () => {
    fc.assert(
      fc.property(noise, fc.integer({ min: 1, max: 5 }), (before, step) => {
        const text = `${before}\r\n\r\na`
        const bytes = bytesOf(text)
        const end = text.indexOf('\r\n\r\n') + 4
        for (let seen = 0, length = step; seen < end; seen = length, length += step) {
          const come = Math.min(length, bytes.length)
          expect(headEnd(bytes, come, seen)).toBe(come >= end ? end : -1)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a head that has not ended', () => {
  it.each([
    ['another protocol', 'S', version],
    ['another protocol behind a few right bytes', 'HTTP/1.1\t', version],
    ['HTTP/2', 'HTTP/2', version],
    ['an empty line', '\r\n', version],
    ['a line that ends without CR', `${ok}\n`, 'A line of the head ends without CR LF.'],
    ['a field that ends without CR', `${ok}\r\nX: a\nY`, 'A line of the head ends without CR LF.'],
    ['a CR without LF', `${ok}\rX`, 'A line of the head ends without CR LF.'],
    ['a CR without LF in a field', `${ok}\r\nX: a\r\r`, 'A line of the head ends without CR LF.'],
    [
      'too many bytes',
      `${ok}\r\nX: ${'a'.repeat(maxHeadBytes)}`,
      `The head of the response is longer than ${maxHeadBytes} bytes.`,
    ],
  ])('is given up for %s', (_, text, error) => {
    expect(unfinishedHeadError(bytesOf(text), text.length, 0)).toBe(error)
  })

  it.each(['', 'H', 'HTTP/1.', 'HTTP/1.1', 'HTTP/1.0 ', `${ok}\r`, `${ok}\r\n`, `${ok}\r\nX: a\r\n\r`])(
    'may go on behind %j',
    (text) => {
      expect(unfinishedHeadError(bytesOf(`${text}\n\n`), text.length, 0)).toBeNull()
    },
  )

  it('is given up for an LF at the very beginning of what came last', () => {
    const text = `${ok}\n`
    expect(unfinishedHeadError(bytesOf(text), text.length, text.length - 1)).not.toBeNull()
    expect(unfinishedHeadError(bytesOf(`${ok}\r\n`), ok.length + 2, ok.length + 1)).toBeNull()
  })

  it('is given up with the last byte that a head may have', () => {
    const text = `${ok}\r\nX: ${'a'.repeat(maxHeadBytes)}`
    expect(unfinishedHeadError(bytesOf(text), maxHeadBytes - 1, 0)).toBeNull()
    expect(unfinishedHeadError(bytesOf(text), maxHeadBytes, 0)).not.toBeNull()
  })

  it('is never given up before a head that is good', () => {
    const good = lines(ok, 'X: a', 'Y:')
    for (let length = 0; length < good.length; length++) {
      expect(unfinishedHeadError(bytesOf(good), length, 0), `${length}`).toBeNull()
    }
  })
})

describe('a head that is broken', () => {
  it.each<[string, string, ReturnType<typeof readBrokenHead>]>([
    ['a status line alone', `${ok}\r\n`, { status: 200, fields: [] }],
    ['lines that end with LF', `${ok}\nX: a\n\nY: b\n`, { status: 200, fields: [['x', 'a']] }],
    ['a field that is none', `${ok}\r\nX Y: a\r\nZ: b\r\n\r\n`, { status: 200, fields: [['z', 'b']] }],
    ['half a field', `${ok}\r\nX: a\r\nRetry-After: 1`, { status: 200, fields: [['x', 'a']] }],
    ['another version', 'HTTP/2 503 No\r\n', { status: 503, fields: [] }],
    ['spaces before the status', 'HTTP/1.1   410\n', { status: 410, fields: [] }],
    ['a control in the reason', 'HTTP/1.1 302 \0\r\n', { status: 302, fields: [] }],
    ['half a status line', ok, null],
    ['an interim status', 'HTTP/1.1 103 Early Hints\r\n', null],
    ['a status that there is not', 'HTTP/1.1 600 What\r\n', null],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n', null],
    ['a status without an end', 'HTTP/1.1 200OK\r\n', null],
    ['no status', 'HTTP/1.1 OK\r\n', null],
    ['another protocol', '220 mail.example.com ESMTP\r\n', null],
    ['something before it', `\r\n${ok}\r\n`, null],
  ])('may still say its status: %s', (_, text, known) => {
    expect(readBrokenHead(text)).toEqual(known)
  })

  it('says of every head that is whole what that says', () => {
    const names = fc.constantFrom('Retry-After', 'X', 'webhook-delivery')
    const fields = fc.array(fc.tuple(names, fc.stringMatching(/^[!-~]{0,5}$/)), { maxLength: 5 })
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), fields, (status, given) => {
        const text = lines(`HTTP/1.1 ${status} Any`, ...given.map(([field, said]) => `${field}: ${said}`))
        expect(readBrokenHead(text)).toEqual(
          expect.objectContaining({ status, fields: (parseHead(text) as ResponseHead).fields }),
        )
      }),
    )
  })
})

describe('joined fields', () => {
  it('hold repeated ones as one list', () => {
    const joined = joinFields([
      ['via', 'a'],
      ['etag', '"b"'],
      ['via', ''],
      ['via', 'c'],
    ])
    expect(joined).toEqual({ via: 'a, , c', etag: '"b"' })
  })

  it('hold a name that objects have', () => {
    expect(Object.entries(joinFields([['__proto__', 'a']]))).toEqual([['__proto__', 'a']])
  })
})
