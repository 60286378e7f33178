import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from '#transfer/http/rules/retry-after.ts'

const now = Date.UTC(2026, 10, 22, 12, 0, 0)

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120],
    [' 7 ', 7],
    ['0010', 10],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30],
    ['Sunday, 22-Nov-26 12:01:00 GMT', 60],
    ['Sun Nov 22 13:00:00 2026', 3600],
    ['Wed Dec  2 12:00:00 2026', 864_000],
    ['1.5', 2],
    ['2.0', 2],
    ['0.25', 1],
    ['Sun, 22 Nov 2026 12:00:30 UTC', 30],
    ['Sun, 22 Nov 2026 12:00:30 UT', 30],
    ['Sun, 22 Nov 2026 12:00:30 +0000', 30],
    ['Sun, 22 Nov 2026 14:00:30 +0200', 30],
    ['Sun, 22 Nov 2026 14:00:30 +02:00', 30],
    ['Sun, 22 Nov 2026 06:30:30 -0530', 30],
    ['Mon, 23 Nov 2026 01:00:30 +1300', 30],
    ['Sunday, 22-Nov-26 12:01:00 UTC', 60],
    ['Sunday, 22-Nov-26 13:01:00 +0100', 60],
    ['Wed, 2 Dec 2026 12:00:00 GMT', 864_000],
    ['22 Nov 2026 12:00:30 GMT', 30],
    ['sun, 22 nov 2026 12:00:30 gmt', 30],
    ['SUN, 22 NOV 2026 12:00:30 UTC', 30],
    ['sunday, 22-nov-26 12:01:00 gmt', 60],
    ['sun nov 22 13:00:00 2026', 3600],
    ['Sunday, 22 Nov 2026 12:00:30 GMT', 30],
    ['Sun 22 Nov 2026 12:00:30 GMT', 30],
    ['Sun, 22-Nov-2026 12:00:30 GMT', 30],
    ['22-Nov-26 12:01:00 GMT', 60],
    ['22 Nov 26 12:01:00 GMT', 60],
    ['Wednesday, 2-Dec-26 12:00:00 GMT', 864_000],
    ['Wed Dec 2 12:00:00 2026', 864_000],
    ['Wed Dec 02 12:00:00 2026', 864_000],
    ['Dec  2 12:00:00 2026', 864_000],
    ['Sun Nov 22 13:00:00 UTC 2026', 3600],
    ['Sun, 22 Nov 2026 12:00:60 GMT', 60],
    ['99999999999', 2 ** 31],
    ['99999999999999', 2 ** 31],
    ['9'.repeat(17), 2 ** 31],
    ['9'.repeat(400), 2 ** 31],
    [`${'9'.repeat(400)}.5`, 2 ** 31],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 2 ** 31],
  ])('understands %j', (value, seconds) => {
    expect(parseRetryAfter(value, now)).toBe(seconds)
  })

  it.each([
    ...[
      undefined,
      '',
      '-1',
      '+1',
      '1.',
      '.5',
      '1,5',
      '1.5.2',
      '1.5s',
      '1e309',
      '1e3',
      'Infinity',
      'NaN',
      '0x10',
      'soon',
      '1, 2',
      '1e300',
      '-99999999999999',
    ],
    ...[
      'Thu, 01 Jan 1970 00:00:00 GMT',
      'Sat, 21 Nov 2026 11:59:59 GMT',
      'Sun, 31 Feb 2027 12:00:00 GMT',
      '2026-11-23T00:00:00Z',
    ],
    ...[
      'Sun, 22 Nov 2026 25:00:00 GMT',
      'Sun, 22 Foo 2026 12:00:30 GMT',
      'Sun, 22 Nov 2026 12:00:30 CET',
      'Sun, 22 Nov 2026 12:00:30',
      'Sun, 22 Nov 2026 12:00:30 +2',
      'Sunday, 22-Nov-94 12:01:00 GMT',
      'Sunday, 22-Nov-126 12:01:00 GMT',
      'Sun, 22 Nov 2026 12:00:30 GMT x',
    ],
    ...['Sun, 00 Dec 2026 12:00:00 GMT'],
  ])('makes nothing of %j', (value) => {
    expect(parseRetryAfter(value, now)).toBeNull()
  })

  it.each([
    'Sun, 22 Nov 2026 12:00:00 GMT',
    'Sun, 22 Nov 2026 11:59:59 GMT',
    'Sun, 22 Nov 2026 13:00:00 +0100',
    'Sat, 21 Nov 2026 12:00:00 GMT',
  ])('takes %j, which has just passed, for now', (value) => {
    expect(parseRetryAfter(value, now)).toBe(0)
  })

  it.each([
    // RFC 9110 §5.6.7: more than 50 years ahead is the last such year in the past.
    ['Sunday, 22-Nov-76 12:00:00 GMT', '2026-11-22T12:00:00Z', 1_577_923_200],
    ['Sunday, 22-Nov-76 12:00:01 GMT', '2026-11-22T12:00:00Z', null],
    ['Thursday, 31-Dec-26 23:59:59 GMT', '2026-11-22T12:00:00Z', 3_412_799],
    ['Friday, 01-Jan-00 00:00:30 GMT', '2099-12-31T23:59:30Z', 60],
    ['Friday, 31-Dec-99 23:59:59 GMT', '2100-01-01T00:00:00Z', 0],
  ])('understands the year of %j at %s', (value, at, seconds) => {
    expect(parseRetryAfter(value, Date.parse(at))).toBe(seconds)
  })

  it('rounds a date up to whole seconds', () => {
    expect(parseRetryAfter('Sun, 22 Nov 2026 12:00:30 GMT', now + 1)).toBe(30)
    expect(parseRetryAfter('Sun, 22 Nov 2026 12:00:30 GMT', now + 29_999)).toBe(1)
  })

  it('reads every date that JavaScript writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (seconds) => {
        expect(parseRetryAfter(new Date(now + seconds * 1000).toUTCString(), now)).toBe(seconds)
      }),
    )
  })

  it('is a whole number of seconds or nothing, whatever is said', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const seconds = parseRetryAfter(value, now)
        expect(seconds === null || (Number.isSafeInteger(seconds) && seconds >= 0)).toBe(true)
      }),
    )
  })
})
