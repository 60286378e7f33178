import { describe, expect, it } from 'vitest'
import {
  bytes,
  clockOffsetMs,
  clockTime,
  duration,
  ofWhole,
  percent,
  plural,
  relative,
  share,
  usedOf,
} from '#dashboard/rules/format.ts'

describe('quantities in the dashboard', () => {
  it.each([
    [3, 16, 3 / 16, '3 of 16'],
    [20, 16, 1, '20 of 16'],
    [0, 16, 0, '0 of 16'],
    [0, 0, null, 'none'],
    [2, 0, null, '2'],
  ])('%i used of %i: never more than all, and nothing of nothing', (used, whole, fraction, text) =>
    expect([usedOf(used, whole), ofWhole(used, whole)]).toEqual([fraction, text]),
  )

  it('a time of day is told by the clock of the reader', () =>
    expect([clockTime('2026-12-01T23:30:00Z', 'UTC'), clockTime('2026-12-01T23:30:00Z', 'Asia/Kolkata')]).toEqual([
      '23:30',
      '05:00',
    ]))

  it.each([
    [0, 10, '0 %'],
    [10, 10, '100 %'],
    [992, 1000, '99.2 %'],
    [99_999, 100_000, '99.9 %'],
    [1, 100_000, '0.1 %'],
  ])('%i of %i are %s: all and none are said of all and none only', (part, whole, text) =>
    expect(share(part, whole)).toBe(text),
  )

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '0.98 KiB'],
    [1024, '1.0 KiB'],
    [10_240, '10.0 KiB'],
    [102_400, '100 KiB'],
    [1_048_575, '1.0 MiB'],
    [1_572_864, '1.5 MiB'],
    [5 * 1024 ** 5, '5.0 PiB'],
    [5000 * 1024 ** 5, '5000 PiB'],
  ])('%i bytes are %s', (count, text) => expect(bytes(count)).toBe(text))

  it.each([
    [-5, '0 s'],
    [0.4, '0 s'],
    [59.6, '1 min'],
    [61, '1 min 1 s'],
    [3600, '1 h'],
    [7500, '2 h 5 min'],
    [86_400 + 3_599, '1 d'],
    [90_000, '1 d 1 h'],
  ])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text))

  it('a moment is before or after now', () => {
    expect(relative(new Date(65_000), 0)).toBe('in 1 min 5 s')
    expect(relative(new Date(0), 3_000)).toBe('3 s ago')
    expect(relative(new Date(400), 0)).toBe('now')
  })

  it('never says that all has come before it has', () => expect(percent(0.9999)).toBe('99 %'))

  it('counts nouns', () => expect([plural(1, 'task'), plural(12_345, 'task')]).toEqual(['1 task', '12,345 tasks']))

  it("takes the service's clock when the reader's is wrong, and the reader's when they differ by the network", () => {
    const now = Date.parse('Mon, 30 Nov 2026 12:00:00 GMT')
    expect(clockOffsetMs('Mon, 30 Nov 2026 12:10:00 GMT', now)).toBe(600_000)
    expect(clockOffsetMs('Mon, 30 Nov 2026 11:59:59 GMT', now)).toBe(0)
    expect(clockOffsetMs('noon', now)).toBe(0)
    expect(clockOffsetMs(null, now)).toBe(0)
  })
})
