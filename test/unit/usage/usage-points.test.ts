import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CountedPoint, usageCounters, usagePoints } from '#core/usage/rules/usage-points.ts'
import { stepMs, type UsageRange, type UsageStep } from '#core/usage/rules/usage-range.ts'

const sinceMs = Date.parse('2026-06-01T00:00:00Z')
const hours = (count: number): UsageRange => ({ step: 'hour', sinceMs, endMs: sinceMs + count * stepMs.hour })
const nothing = Object.fromEntries(usageCounters.map((name) => [name, 0])) as Omit<
  CountedPoint,
  'atMs' | 'storedDelta' | 'storedByteSeconds'
>

/** A change of the stored bytes, so many seconds after the range's beginning. */
interface Change {
  seconds: number
  bytes: number
}

/** As the database sums changes up, by points. */
function counted(step: UsageStep, changes: readonly Change[]): CountedPoint[] {
  const each = stepMs[step] / 1000
  const byPoint = Map.groupBy(changes, ({ seconds }) => Math.floor(seconds / each))
  return [...byPoint].map(([n, inPoint]) => ({
    ...nothing,
    atMs: sinceMs + n * each * 1000,
    storedDelta: inPoint.reduce((sum, { bytes }) => sum + bytes, 0),
    storedByteSeconds: inPoint.reduce((sum, { bytes, seconds }) => sum + bytes * ((n + 1) * each - seconds), 0),
  }))
}

/** Averages of the range when so much is stored at its end, and so much of that came behind it. */
function averages(
  range: UsageRange,
  changes: Change[],
  storedBytes: number,
  { nowMs = range.endMs, storedLater = 0 } = {},
) {
  const { data, totals } = usagePoints(range, { nowMs, storedBytes, storedLater, points: counted(range.step, changes) })
  return { points: data.map(({ bytesStoredAverage }) => bytesStoredAverage), whole: totals.bytesStoredAverage }
}

describe('the points of usage', () => {
  it('are all there, in the order of time, and zero where nothing was counted', () => {
    const points = [{ ...nothing, atMs: sinceMs + stepMs.hour, tasksCreated: 3, storedDelta: 0, storedByteSeconds: 0 }]
    const { data, totals } = usagePoints(hours(3), { nowMs: hours(3).endMs, storedBytes: 0, storedLater: 0, points })
    expect(data).toEqual([
      { at: new Date('2026-06-01T00:00:00Z'), ...nothing, bytesStoredAverage: 0 },
      { at: new Date('2026-06-01T01:00:00Z'), ...nothing, tasksCreated: 3, bytesStoredAverage: 0 },
      { at: new Date('2026-06-01T02:00:00Z'), ...nothing, bytesStoredAverage: 0 },
    ])
    expect(totals).toEqual({ ...nothing, tasksCreated: 3, bytesStoredAverage: 0 })
  })

  it('of an empty range are none, and the whole of it is what was stored then', () => {
    expect(averages(hours(0), [], 7)).toEqual({ points: [], whole: 7 })
  })

  it.each<[string, Change[], number, object, number[], number]>([
    ['what is kept without a change', [], 100, {}, [100, 100], 100],
    ['half of what came in the middle', [{ seconds: 1800, bytes: 100 }], 100, {}, [50, 100], 75],
    ['what was there before it went', [{ seconds: 5400, bytes: -100 }], 0, {}, [100, 50], 75],
    [
      'what came and went within an hour',
      [
        { seconds: 900, bytes: 80 },
        { seconds: 1800, bytes: -80 },
      ],
      0,
      {},
      [20, 0],
      10,
    ],
    ['nothing of what came behind the range', [], 100, { storedLater: 60 }, [40, 40], 40],
    [
      'up to now in the hour that is not over',
      [{ seconds: 4500, bytes: 100 }],
      100,
      { nowMs: sinceMs + 5400_000 },
      [0, 50],
      17,
    ],
    ['what is there, when the hour has just begun', [], 100, { nowMs: sinceMs + 3600_000 }, [100, 100], 100],
    ['whole bytes', [{ seconds: 2400, bytes: 10 }], 10, {}, [3, 10], 7],
  ])('average %s', (_, changes, stored, how, points, whole) => {
    expect(averages(hours(2), changes, stored, how)).toEqual({ points, whole })
  })

  it('average what a look at every second gives, by hours and by days', () => {
    const change = fc.record({
      seconds: fc.integer({ min: 0, max: 4 * 86_400 }),
      bytes: fc.integer({ min: 0, max: 1e12 }),
    })
    const steps = fc.constantFrom<UsageStep>('hour', 'day')
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 12 }),
        steps,
        fc.integer({ min: 0, max: 1e12 }),
        fc.nat(200_000),
        (arrivals, step, before, elapsed) => {
          const each = stepMs[step] / 1000
          // What comes goes again at some time, maybe behind the range.
          const changes = arrivals.flatMap(({ seconds, bytes }) => [
            { seconds, bytes },
            { seconds: seconds + (bytes % 100_000), bytes: -bytes },
          ])
          const rangeSeconds = 2 * 86_400
          const nowSeconds = rangeSeconds - Math.min(elapsed % each, rangeSeconds)
          const happened = changes.filter(({ seconds }) => seconds < nowSeconds)
          const stored = before + happened.reduce((sum, { bytes }) => sum + bytes, 0)
          const range = { step, sinceMs, endMs: sinceMs + rangeSeconds * 1000 }
          const { points } = averages(range, happened, stored, { nowMs: sinceMs + nowSeconds * 1000 })
          points.forEach((average, n) => {
            const [from, to] = [n * each, Math.min((n + 1) * each, nowSeconds)]
            expect(Math.abs(average - slowAverage(before, happened, from, to))).toBeLessThanOrEqual(1)
          })
        },
      ),
    )
  })
})

/** Goes through the changes in their order. */
function slowAverage(before: number, changes: readonly Change[], from: number, to: number): number {
  const moments = [from, ...changes.map(({ seconds }) => seconds).filter((at) => at > from && at < to), to]
  const inOrder = moments.toSorted((a, b) => a - b)
  const storedAt = (at: number) =>
    changes.reduce((sum, { seconds, bytes }) => (seconds <= at ? sum + bytes : sum), before)
  if (to <= from) return storedAt(from)
  let area = 0
  for (let n = 1; n < inOrder.length; n++) area += storedAt(inOrder[n - 1]!) * (inOrder[n]! - inOrder[n - 1]!)
  return area / (to - from)
}
