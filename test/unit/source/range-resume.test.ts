import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isIdentity,
  parseContentRange,
  readRangeResponse,
  strongValidator,
  validatorOf,
} from '#transfer/source/rules/range-resume.ts'

const asked = { from: 100, total: 1000, validator: '"v1"' }
const honest = { 'content-range': 'bytes 100-999/1000', 'content-length': '900', etag: '"v1"' }
const read = (
  status: number,
  headers: Record<string, string>,
  more: Partial<typeof asked> | { total: null } | { last: number } = {},
) => readRangeResponse({ ...asked, ...more }, { status, headers }).kind
const without = (name: keyof typeof honest) =>
  Object.fromEntries(Object.entries(honest).filter(([key]) => key !== name))

describe('the response to a resumed request', () => {
  it('goes on when everything fits', () => {
    expect(read(206, honest)).toBe('range')
    expect(read(206, honest, { total: null })).toBe('range')
    expect(read(206, without('content-length'))).toBe('range')
    expect(read(206, { ...honest, 'content-encoding': 'identity', 'content-type': 'text/plain' })).toBe('range')
  })

  it.each([{}, { etag: '"v2"' }, { etag: 'W/"v1"' }, { etag: '"v1"', 'content-encoding': 'gzip' }])(
    'is perhaps another version with a 200 that says %j',
    (headers) => {
      expect(read(200, headers as Record<string, string>)).toBe('whole')
    },
  )

  it('is the same version with a 200 of the same tag, as from who does not care for If-Range', () => {
    expect(read(200, { etag: '"v1"' })).toBe('wholeOfSame')
  })

  it('fits a range with an end only when it ends there', () => {
    const part = { 'content-range': 'bytes 100-199/1000', 'content-length': '100', etag: '"v1"' }
    expect(read(206, part, { last: 199 })).toBe('range')
    expect(read(206, part, { last: 198 })).toBe('unusable')
    expect(read(206, honest, { last: 199 })).toBe('unusable')
  })

  it.each([...['"v2"', 'W/"v1"', 'v1', '""', '"V1"', '"v1", "v1"', ' "v1"', '']])(
    'asks again when the tag is %j',
    (etag) => {
      expect(read(206, { ...honest, etag })).toBe('unusable')
    },
  )

  it('asks again when the tag is missing: whoever ignores If-Range leaves it out', () => {
    expect(read(206, without('etag'))).toBe('unusable')
  })

  it.each([
    ...['bytes 0-999/1000', 'bytes 0-899/1000', 'bytes 99-999/1000', 'bytes 101-999/1000', 'bytes 100-998/1000'],
    ...['bytes 100-100/1000', 'bytes 100-1000/1000', 'bytes 100-1099/1100', 'bytes 100-899/900', 'bytes 100-999/*'],
    ...[
      'bytes */1000',
      'bytes 100-999',
      'bytes 999-100/1000',
      'bytes -900/1000',
      'bytes 100-/1000',
      'items 100-999/1000',
    ],
    ...[
      'bytes 100-999/1000, bytes 100-999/1000',
      'bytes=100-999/1000',
      'bytes 1e2-999/1000',
      'bytes +100-999/1000',
      '',
    ],
    ...['bytes 100-999/99999999999999999999', 'bytes 0x64-999/1000', 'bytes 100-999/1000\n'],
  ])('asks again when the range is %j', (range) => {
    expect(read(206, { ...honest, 'content-range': range })).toBe('unusable')
    expect(read(206, { ...without('content-length'), 'content-range': range })).toBe('unusable')
  })

  it('asks again when the range is missing', () => {
    expect(read(206, without('content-range'))).toBe('unusable')
  })

  it.each(['899', '901', '1000', '0', '-900', '9e2', '900, 900', ''])(
    'asks again when the declared length is %j',
    (length) => {
      expect(read(206, { ...honest, 'content-length': length })).toBe('unusable')
    },
  )

  it.each(['multipart/byteranges; boundary=x', 'Multipart/ByteRanges', 'multipart/byteranges'])(
    'asks again for %s',
    (type) => {
      expect(read(206, { ...honest, 'content-type': type })).toBe('unusable')
      expect(read(206, { 'content-type': type, etag: '"v1"' })).toBe('unusable')
    },
  )

  it.each(['gzip', 'br', 'identity, gzip', 'GZIP', 'x-unknown'])(
    'asks again when the content is suddenly coded: %s',
    (coding) => {
      expect(read(206, { ...honest, 'content-encoding': coding })).toBe('unusable')
    },
  )

  it.each(['bytes */1000', 'bytes */100', 'bytes */0', 'bytes */*', 'bytes */1', '', 'bytes 100-999/1000'])(
    'asks again after a 416 with %j',
    (range) => {
      expect(read(416, { 'content-range': range })).toBe('unusable')
      expect(read(416, {})).toBe('unusable')
    },
  )

  it.each([
    ...[201, 202, 203, 204, 205, 207, 226, 300, 301, 302, 303, 304, 307, 308],
    ...[400, 401, 403, 404, 405, 406, 408, 410, 412, 421, 500, 501, 502, 504, 505, 520],
  ])('is a refusal with %d, which may be one of ranges alone', (status) => {
    expect(read(status, honest)).toBe('refused')
  })

  it.each([429, 503])('says nothing of ranges with %d', (status) => {
    expect(read(status, honest)).toBe('busy')
  })

  it('never splices two versions, whatever the origin says', () => {
    const tag = fc.constantFrom('"v1"', '"v2"', 'W/"v1"', '""', undefined)
    const number = fc.constantFrom('0', '99', '100', '101', '899', '900', '999', '1000', '1001', '*', '')
    const header = fc.record({ first: number, last: number, total: number })
    fc.assert(
      fc.property(
        fc.constantFrom(200, 204, 206, 206, 206, 206, 412, 416),
        fc.option(header, { nil: undefined, freq: 10 }),
        tag,
        fc.constantFrom('900', '900', '1000', '899', undefined),
        fc.constantFrom(undefined, undefined, 'gzip', 'identity'),
        (status, range, etag, length, coding) => {
          const headers: Record<string, string> = {}
          if (range) headers['content-range'] = `bytes ${range.first}-${range.last}/${range.total}`
          if (etag !== undefined) headers.etag = etag
          if (length !== undefined) headers['content-length'] = length
          if (coding !== undefined) headers['content-encoding'] = coding
          const sameBytes =
            status === 206 &&
            headers['content-range'] === 'bytes 100-999/1000' &&
            etag === '"v1"' &&
            (length === undefined || length === '900') &&
            coding !== 'gzip'
          expect(read(status, headers) === 'range').toBe(sameBytes)
        },
      ),
      { numRuns: 10_000 },
    )
  })
})

describe('the validator', () => {
  it.each(['"a"', '"686897696a7c876b7e"', '"!#~"', '"\x80\xff"', '"W/"'])('is a strong tag: %j', (etag) => {
    expect(strongValidator(etag)).toBe(etag)
  })

  it.each([
    ...[
      undefined,
      '',
      'W/"a"',
      'w/"a"',
      'a',
      '"a',
      'a"',
      '"a"b"',
      '"a b"',
      '"a\n"',
      '"a"\n',
      '"\x7f"',
      '"a", "b"',
      '"ж"',
    ],
    ...['Sun, 22 Nov 2026 12:00:00 GMT', '""'],
  ])('is not %j', (etag) => {
    expect(strongValidator(etag)).toBeNull()
  })
})

describe('a Last-Modified as validator', () => {
  const modified = 'Tue, 24 Nov 2026 12:00:00 GMT'
  const later = 'Tue, 24 Nov 2026 12:00:01 GMT'
  const dated = { 'last-modified': modified, date: later }

  it('is strong when the response was made a second later or more', () => {
    expect(validatorOf(dated)).toBe(modified)
    expect(validatorOf({ ...dated, date: 'Wed, 25 Nov 2026 12:00:00 GMT' })).toBe(modified)
  })

  it('gives way to a strong tag, and says nothing beside a weak one', () => {
    expect(validatorOf({ ...dated, etag: '"v1"' })).toBe('"v1"')
    expect(validatorOf({ ...dated, etag: 'W/"v1"' })).toBeNull()
    expect(validatorOf({ ...dated, etag: 'w/"v1"' })).toBeNull()
    // What is no tag, or tells no versions apart, is as none.
    for (const etag of ['v1', '""', '']) expect(validatorOf({ ...dated, etag })).toBe(modified)
  })

  it.each<[string, Record<string, string>]>([
    ['was made in the same second', { date: modified }],
    ['was made before', { date: 'Tue, 24 Nov 2026 11:59:59 GMT' }],
    ['has no time that anybody can read', { date: 'now' }],
    ['has two times', { date: `${later}, ${later}` }],
    ['has two dates', { 'last-modified': `${modified}, ${modified}` }],
    ['has a date of the wrong weekday', { 'last-modified': 'Mon, 24 Nov 2026 12:00:00 GMT' }],
    ['has a date in an old form', { 'last-modified': 'Tue Nov 24 12:00:00 2026' }],
    ['has a date in another zone', { 'last-modified': 'Tue, 24 Nov 2026 12:00:00 UTC' }],
    ['has a date in ISO 8601', { 'last-modified': '2026-11-24T12:00:00Z' }],
    ['has a date that no month has', { 'last-modified': 'Tue, 31 Nov 2026 12:00:00 GMT' }],
    ['has an empty date', { 'last-modified': '' }],
    ['has the zero of Unix as its date', { 'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
    ['has the zero of DOS as its date', { 'last-modified': 'Tue, 01 Jan 1980 00:00:00 GMT' }],
  ])('is none when the response %s', (_, changed) => {
    expect(validatorOf({ ...dated, ...changed })).toBeNull()
  })

  it('is none without the time of the response', () => {
    expect(validatorOf({ 'last-modified': modified })).toBeNull()
    expect(validatorOf({ date: later })).toBeNull()
    expect(validatorOf({})).toBeNull()
  })

  it('goes on with a 206 that repeats it, and with no other', () => {
    const byDate = { ...asked, validator: modified }
    const { etag: _, ...rest } = honest
    const meaning = (status: number, headers: Record<string, string>) =>
      readRangeResponse(byDate, { status, headers: { ...rest, ...headers } }).kind
    expect(meaning(206, { 'last-modified': modified })).toBe('range')
    expect(meaning(206, {})).toBe('unusable')
    expect(meaning(206, { 'last-modified': later })).toBe('unusable')
    expect(meaning(206, { etag: modified })).toBe('unusable')
    expect(meaning(206, { 'last-modified': modified, 'content-range': 'bytes 100-999/1001' })).toBe('unusable')
    expect(meaning(200, { 'last-modified': modified })).toBe('wholeOfSame')
    expect(meaning(200, { 'last-modified': later })).toBe('whole')
    expect(meaning(200, {})).toBe('whole')
  })

  it('is not what a response with the same date proves to one that was begun with a tag', () => {
    expect(read(206, { ...without('etag'), 'last-modified': modified })).toBe('unusable')
  })
})

describe('Content-Range and Content-Encoding', () => {
  it('are read as RFC 9110 writes them', () => {
    expect(parseContentRange('bytes 0-0/1')).toEqual({ first: 0, last: 0, total: 1 })
    expect(parseContentRange('bytes 5-9/*')).toEqual({ first: 5, last: 9, total: null })
    expect([undefined, '', ' Identity ', 'identity'].map(isIdentity)).toEqual([true, true, true, true])
    expect(['gzip', 'identity, gzip', 'deflate'].map(isIdentity)).toEqual([false, false, false])
  })

  it('name a part that lies inside the whole, or nothing', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(2000), fc.nat(2000), (first, last, total) => {
        const range = parseContentRange(`bytes ${first}-${last}/${total}`)
        expect(range).toEqual(first <= last && last < total ? { first, last, total } : null)
      }),
    )
  })
})
