import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  type Growth,
  grow,
  isPaceBinding,
  mayOverlapParts,
  mostConnections,
  refusesConnection,
  startGrowth,
} from '#transfer/engine/rules/connection-growth.ts'

const measured = { bytesPerSecond: 100, remainingSeconds: 60 }
/** The rate and the time to the end, as they follow from bytes that have not come. */
const nothing = { bytesPerSecond: 0, remainingSeconds: Number.POSITIVE_INFINITY }
const done = { bytesPerSecond: 0, remainingSeconds: Number.NaN }
const at = (connections: number, before: number | null, settled = false): Growth => ({ connections, before, settled })

describe('a pace', () => {
  const free = { heldBackMs: 0, elapsedMs: 100, isWaiting: false, bytesPerSecond: 400, paceBytesPerSecond: 1000 }
  it.each([
    ['it lets everything come', {}, false],
    ['there is none', { paceBytesPerSecond: Number.POSITIVE_INFINITY }, false],
    ['connections waited for a moment', { heldBackMs: 25 }, false],
    ['connections waited for longer', { heldBackMs: 26 }, true],
    ['one waits now', { isWaiting: true }, true],
    ['the rate comes near to it', { bytesPerSecond: 501 }, true],
  ])('when %s: bounds the rate %s', (_, changes, is) => {
    expect(isPaceBinding({ ...free, ...changes })).toBe(is)
  })
})

it.each([
  ...(['networkConnectionLost', 'cannotConnectToHost', 'timedOut'] as const).map((name) => [name, true] as const),
  ...(
    ['cannotParseResponse', 'secureConnectionFailed', 'dnsLookupFailed', 'destination_denied', 'cancelled'] as const
  ).map((name) => [name, false] as const),
])('%s may be meant for one connection alone: %s', (failure, isRefusal) => {
  expect(refusesConnection(failure)).toBe(isRefusal)
})

describe('another connection', () => {
  test.each<[string, Growth, Partial<typeof measured>, boolean, Growth]>([
    ['is tried once there is a measurement', startGrowth, {}, true, at(2, 100)],
    ['is added when the last one helped', at(2, 90), {}, true, at(3, 100)],
    ['is not added when the last one brought next to nothing', at(2, 91), {}, false, at(2, 91, true)],
    ['is not added when the last one made it slower', at(3, 120), {}, false, at(3, 120, true)],
    ['is never added once that was so', at(2, 50, true), {}, false, at(2, 50, true)],
    ['is not added in the last second', at(1, null), { remainingSeconds: 0.9 }, false, at(1, null)],
    ['is not added before a byte has come', startGrowth, nothing, false, startGrowth],
    ['is not forbidden by a moment without a byte', at(2, 90), nothing, false, at(2, 90)],
    ['is not added at such a moment when all is there already', startGrowth, done, false, startGrowth],
    ['is the fourth at most, when four are', at(4, 50), {}, false, at(4, 50)],
  ])('%s', (_, growth, changes, add, wanted) => {
    expect(grow(growth, { ...measured, ...changes }, 4)).toEqual({ add, growth: wanted })
  })

  it('never leads beyond the most, whatever is measured, and stops with the first that does not help', () => {
    const rates = fc.array(fc.record({ bytesPerSecond: fc.nat(), remainingSeconds: fc.nat(100) }))
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 6 }), (measurements, most) => {
        let growth = startGrowth
        let settled = false
        for (const measurement of measurements) {
          const next = grow(growth, measurement, most)
          expect(next.growth.connections).toBe(growth.connections + (next.add ? 1 : 0))
          expect(next.growth.connections).toBeLessThanOrEqual(most)
          if (settled) expect(next.add).toBe(false)
          settled = next.growth.settled
          growth = next.growth
        }
      }),
    )
  })
})

describe('what a transfer may have on its way', () => {
  const all = Number.POSITIVE_INFINITY
  test.each([
    { parts: 1, attempt: 1, connections: 1, overlapping: 0 },
    { parts: 12, attempt: 1, connections: 1, overlapping: 0 },
    { parts: 13, attempt: 1, connections: 2, overlapping: 1 },
    { parts: 23, attempt: 1, connections: 2, overlapping: 1 },
    { parts: 24, attempt: 1, connections: 2, overlapping: all },
    { parts: 64, attempt: 1, connections: 6, overlapping: all },
    { parts: 10_000, attempt: 1, connections: 6, overlapping: all },
    { parts: 10_000, attempt: 2, connections: 3, overlapping: 1 },
    { parts: 10_000, attempt: 3, connections: 2, overlapping: 1 },
    { parts: 10_000, attempt: 99, connections: 2, overlapping: 1 },
    { parts: 64, attempt: 5, connections: 2, overlapping: 1 },
    { parts: 64, attempt: 6, connections: 1, overlapping: 0 },
    { parts: 13, attempt: 2, connections: 1, overlapping: 0 },
    { parts: 6, attempt: 99, connections: 1, overlapping: 0 },
  ])(
    'is $connections connections for $parts parts in attempt $attempt',
    ({ connections, overlapping, ...transfer }) => {
      expect(mostConnections(transfer)).toBe(connections)
      for (const used of [1, 2, 3, 6]) expect(mayOverlapParts(transfer, used, false)).toBe(used <= overlapping)
    },
  )

  it('is always a second part when there is one connection for good', () => {
    expect(mayOverlapParts({ parts: 2, attempt: 9 }, 1, true)).toBe(true)
  })
})
