import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shownRate } from '#core/transfers/rules/shown-rate.ts'

describe('the rate that is shown of a transfer', () => {
  it.each([
    ['begins with the first interval', null, 500, 1, 500],
    ['is of a second, however long the interval is', null, 500, 0.5, 1000],
    ['follows the newest interval by a quarter', 400, 800, 1, 500],
    ['falls while nothing comes', 400, 0, 1, 300],
    ['stays when a transfer begins again with fewer bytes', 400, -337_500, 1, 400],
    ['is not known when the first interval has fewer bytes', null, -1, 1, null],
  ])('%s', (_, sofar, bytes, seconds, expected) => {
    expect(shownRate(sofar, bytes, seconds)).toBe(expected)
  })

  it('is never negative', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 })), (intervals) => {
        const rate = intervals.reduce<number | null>((sofar, bytes) => shownRate(sofar, bytes, 1), null)
        expect(rate ?? 0).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})
