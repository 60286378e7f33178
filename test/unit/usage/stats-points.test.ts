import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampledCounters } from '#core/usage/rules/sample-rings.ts'
import {
  sampledCounts,
  sampledLevels,
  statsPoints,
  type TenantSample,
  type TenantSamples,
} from '#core/usage/rules/stats-points.ts'
import { statsRange } from '#core/usage/rules/stats-range.ts'

const minute = 60_000
const startMs = Date.parse('2026-06-01T10:00:00Z')
/** Five steps of a minute, of which the last is not over. */
const nowMs = startMs + 4.5 * minute
const range = statsRange({ stepSeconds: 60, points: 5 }, nowMs)
const none: TenantSamples = {
  nowMs,
  begunMs: 0,
  sampledMs: startMs + 4 * minute,
  now: { running: 0, waiting: 0 },
  level: { running: 0, waiting: 0 },
  pending: [],
  samples: [],
}

/** A row of the minute `n`; `since`: so many minutes before its beginning was the sample before. */
function sample(n: number, changes: Partial<TenantSample> & { late?: number } = {}): TenantSample {
  const { late = 0, ...given } = changes
  const atMs = startMs + n * minute
  const levels = { running: 0, waiting: 0, runningBefore: 0, waitingBefore: 0 }
  return { atMs, sinceMs: atMs - late * minute, ...levels, counts: [], ...given }
}
const created = (samples: TenantSamples) => sampledCounts(range, samples).map(({ tasksCreated }) => tasksCreated)

describe('what was counted', () => {
  it('is zero where nothing changed', () => {
    const zero = Object.fromEntries(sampledCounters.map((name) => [name, 0]))
    expect(sampledCounts(range, none)).toEqual([zero, zero, zero, zero, zero])
  })

  it.each<[string, Partial<TenantSamples>, number[]]>([
    ['stands in its minute', { samples: [sample(1, { counts: [7] })] }, [0, 7, 0, 0, 0]],
    [
      'is spread over the time for which nobody sampled',
      { samples: [sample(3, { counts: [8], late: 2 })] },
      [0, 2, 3, 3, 0],
    ],
    ['is left out where it was before the range', { samples: [sample(1, { counts: [8], late: 2 })] }, [3, 3, 0, 0, 0]],
    ['since the newest sample stands in the minute that is not over', { pending: [5] }, [0, 0, 0, 0, 5]],
    ['since a sample of long ago is spread up to now', { pending: [9], sampledMs: startMs }, [2, 2, 2, 2, 1]],
    ['is not told before the first sample', { pending: [9], sampledMs: null, begunMs: null }, [0, 0, 0, 0, 0]],
  ])('%s', (_, changes, expected) => {
    expect(created({ ...none, ...changes })).toEqual(expected)
  })

  it('is neither more nor less for being spread', () => {
    const counts = fc.array(fc.nat({ max: 1e12 }), { maxLength: sampledCounters.length })
    const rows = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 3 }), counts), { selector: ([n]) => n })
    fc.assert(
      fc.property(rows, counts, fc.nat({ max: 4 * minute }), (given, pending, agoMs) => {
        const samples = given.map(([n, counted]) => sample(n, { counts: counted, late: n }))
        const points = sampledCounts(range, { ...none, samples, pending, sampledMs: nowMs - agoMs })
        sampledCounters.forEach((name, n) => {
          const sum = [...samples.map((row) => row.counts), pending].reduce((all, row) => all + (row[n] ?? 0), 0)
          expect(points.reduce((all, point) => all + point[name], 0)).toBe(sum)
          expect(points.every((point) => point[name] >= 0)).toBe(true)
        })
      }),
    )
  })
})

describe('tasks that run and wait', () => {
  const waiting = (changes: Partial<TenantSamples>) =>
    sampledLevels(range, { ...none, ...changes }).map((level) => level?.waiting ?? null)
  const level = (count: number) => ({ running: 0, waiting: count })

  it.each<[string, Partial<TenantSamples>, (number | null)[]]>([
    ['are as the newest sample has them while nothing changes', { level: level(4), now: level(4) }, [4, 4, 4, 4, 4]],
    [
      'are before a change as it says they were, and behind it as the newest sample has them',
      { samples: [sample(2, { waiting: 9, waitingBefore: 3 })], level: level(9), now: level(8) },
      [3, 3, 9, 9, 8],
    ],
    [
      'keep to each change of several',
      {
        samples: [sample(0, { waiting: 1, waitingBefore: 7 }), sample(3, { waiting: 5, waitingBefore: 1 })],
        level: level(5),
        now: level(5),
      },
      [1, 1, 1, 5, 5],
    ],
    [
      'are in the step that is not over the most of its samples and of now',
      { samples: [sample(4, { waiting: 6, waitingBefore: 2 })], level: level(0), now: level(1) },
      [2, 2, 2, 2, 6],
    ],
    [
      'are not known before the first sample',
      { begunMs: startMs + 3 * minute, level: level(4), now: level(4) },
      [null, null, 4, 4, 4],
    ],
    ['are known of now only where nobody has sampled', { begunMs: null, now: level(4) }, [null, null, null, null, 4]],
  ])('%s', (_, changes, expected) => {
    expect(waiting(changes)).toEqual(expected)
  })
})

it('the points have their times, what was counted and the tasks', () => {
  const samples = { ...none, samples: [sample(0, { counts: [1, 2], running: 3, waiting: 4 })], begunMs: startMs }
  const points = statsPoints(range, sampledCounts(range, samples), sampledLevels(range, samples))
  expect(points.map(({ at }) => at.getTime() - startMs)).toEqual([0, 1, 2, 3, 4].map((n) => n * minute))
  expect(points[0]).toMatchObject({ tasksCreated: 1, tasksCompleted: 2, running: 3, waiting: 4 })
})
