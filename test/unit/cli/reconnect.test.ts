import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reconnectDelayMs } from '#cli/reconnect.ts'

describe('the time before a connection is opened again', () => {
  it.each([
    [1, 500],
    [2, 1_000],
    [3, 2_000],
    [5, 8_000],
    [6, 15_000],
    [2_000, 15_000],
  ])('is at most, after %i failures, %i ms', (failures, ms) => {
    expect(reconnectDelayMs(failures, 0)).toBe(ms)
  })

  it('is spread over half of it, and never shorter', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const most = reconnectDelayMs(failures, 0)
        const delay = reconnectDelayMs(failures, random)
        expect(delay).toBeLessThanOrEqual(most)
        expect(delay).toBeGreaterThanOrEqual(most / 2)
      }),
    )
  })
})
