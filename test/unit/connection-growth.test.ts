import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  type Growth,
  grow,
  maxConnectionsPerTransfer,
  startGrowth,
} from '../../packages/core/src/domain/connection-growth.ts'

const measured = { bytesPerSecond: 100, remainingSeconds: 60, parts: 1000 }
const at = (connections: number, before: number | null, settled = false): Growth => ({ connections, before, settled })

describe('another connection', () => {
  test.each<[string, Growth, Partial<typeof measured>, boolean, Growth]>([
    ['is tried once there is a measurement', startGrowth, {}, true, at(2, 100)],
    ['is added when the last one helped', at(2, 90), {}, true, at(3, 100)],
    ['is not added when the last one brought next to nothing', at(2, 91), {}, false, at(2, 91, true)],
    ['is not added when the last one made it slower', at(3, 120), {}, false, at(3, 120, true)],
    ['is never added once that was so', at(2, 50, true), {}, false, at(2, 50, true)],
    ['is not added in the last second', at(1, null), { remainingSeconds: 0.9 }, false, at(1, null)],
    ['is not added for six parts', at(1, null), { parts: 6 }, false, at(1, null)],
    ['is added for seven parts', at(1, null), { parts: 7 }, true, at(2, 100)],
    ['is the sixth at most', at(6, 50), {}, false, at(6, 50)],
  ])('%s', (_, growth, changes, add, wanted) => {
    expect(grow(growth, { ...measured, ...changes })).toEqual({ add, growth: wanted })
  })

  it('never leads beyond the most, whatever is measured, and stops with the first that does not help', () => {
    const rates = fc.array(
      fc.record({ bytesPerSecond: fc.nat(), remainingSeconds: fc.nat(100), parts: fc.nat(10_000) }),
    )
    fc.assert(
      fc.property(rates, (measurements) => {
        let growth = startGrowth
        let settled = false
        for (const measurement of measurements) {
          const next = grow(growth, measurement)
          expect(next.growth.connections).toBe(growth.connections + (next.add ? 1 : 0))
          expect(next.growth.connections).toBeLessThanOrEqual(maxConnectionsPerTransfer)
          if (next.add)
            expect(next.growth.connections).toBeLessThanOrEqual(Math.max(1, Math.ceil(measurement.parts / 6)))
          if (settled) expect(next.add).toBe(false)
          settled = next.growth.settled
          growth = next.growth
        }
      }),
    )
  })
})
