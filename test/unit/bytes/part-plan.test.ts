import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { firstGap, isOnGrid, nextRun, type PartState, planParts } from '#transfer/bytes/rules/part-plan.ts'

const MiB = 1024 * 1024
const totals = fc.oneof(
  fc.integer({ min: 1, max: 200 * MiB }),
  fc.integer({ min: 1, max: 2 ** 30 }).map((n) => n * 1024),
)
/** m: missing, u: underway, s: stored. */
const statesOf = (letters: string) =>
  [...letters].map((letter): PartState => ({ m: 'missing', u: 'underway', s: 'stored' })[letter] as PartState)

describe('the grid of a file', () => {
  it('covers every byte once, in parts of one size, only the last shorter', () => {
    fc.assert(
      fc.property(totals, (total) => {
        const plan = planParts(total)
        expect(plan.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(total)
        expect(plan.length).toBeLessThanOrEqual(10_000)
        const size = plan[0]!.bytes
        const odd = plan.find(
          ({ number, offset, bytes }, index) =>
            number !== index + 1 ||
            offset !== index * size ||
            (index < plan.length - 1 ? bytes !== size : bytes > size),
        )
        expect(odd).toBeUndefined()
        expect(plan.at(-1)!.bytes).toBeGreaterThan(0)
      }),
      { numRuns: 50 },
    )
  })

  it('knows its own parts, and no others', () => {
    fc.assert(
      fc.property(totals, fc.nat(), fc.integer({ min: -2, max: 2 }), fc.nat(2), (total, at, by, what) => {
        const plan = planParts(total)
        const part = plan[at % plan.length]!
        expect(isOnGrid(total, part)).toBe(true)
        const name = (['number', 'offset', 'bytes'] as const)[what]!
        expect(isOnGrid(total, { ...part, [name]: part[name] + by })).toBe(by === 0)
      }),
    )
  })

  it('has no part behind the last', () => {
    expect(isOnGrid(10 * MiB, { number: 3, offset: 10 * MiB, bytes: 0 })).toBe(false)
    expect(isOnGrid(10 * MiB, { number: 3, offset: 10 * MiB, bytes: 5 * MiB })).toBe(false)
  })
})

describe('the first gap', () => {
  test.each([
    ['', null],
    ['s', null],
    ['us', null],
    ['m', [0, 1]],
    ['mmm', [0, 3]],
    ['smmu', [1, 3]],
    ['smsm', [1, 2]],
    ['uusm', [3, 4]],
  ])('of %j is %j', (letters, wanted) => {
    const gap = firstGap(statesOf(letters))
    expect(gap && [gap.next, gap.end]).toEqual(wanted)
  })
})

describe('what an idle connection takes', () => {
  test.each<[string, [number, number][], { run: [number, number]; from: number | null } | null]>([
    ['mm', [], { run: [0, 2], from: null }],
    // A gap comes before anybody's half.
    ['uuuums', [[0, 4]], { run: [4, 5], from: null }],
    // The one at which the run is stays its own; of the others the rear half.
    ['uu', [[0, 2]], { run: [1, 2], from: 0 }],
    ['uuuu', [[0, 4]], { run: [2, 4], from: 0 }],
    ['uuuuu', [[0, 5]], { run: [3, 5], from: 0 }],
    ['suuuu', [[1, 5]], { run: [3, 5], from: 0 }],
    [
      'uuuuuuu',
      [
        [0, 2],
        [2, 7],
      ],
      { run: [5, 7], from: 1 },
    ],
    ['u', [[0, 1]], null],
    [
      'uu',
      [
        [0, 1],
        [1, 2],
      ],
      null,
    ],
    ['sss', [], null],
  ])('in %s with runs %j is %j', (letters, given, wanted) => {
    const runs = given.map(([next, end]) => ({ next, end }))
    const found = nextRun(statesOf(letters), runs)
    expect(found && { run: [found.run.next, found.run.end], from: found.from && runs.indexOf(found.from) }).toEqual(
      wanted === null ? null : { run: wanted.run, from: wanted.from },
    )
  })

  it('leaves every part with one run, until all parts have been taken', () => {
    const sequences = fc.record({
      parts: fc.integer({ min: 1, max: 60 }),
      picks: fc.array(fc.nat(), { maxLength: 200 }),
    })
    fc.assert(
      fc.property(sequences, ({ parts, picks }) => {
        const states = statesOf('m'.repeat(parts))
        const runs: { next: number; end: number }[] = []
        const fetched = new Array<number>(parts).fill(0)
        const advance = (run: { next: number; end: number }) => {
          fetched[run.next]! += 1
          states[run.next] = 'stored'
          run.next += 1
          if (run.next >= run.end) runs.splice(runs.indexOf(run), 1)
        }
        const join = () => {
          const next = nextRun(states, runs)
          if (!next) return
          if (next.from) {
            expect(next.run.next).toBeGreaterThan(next.from.next)
            expect(next.run.end).toBe(next.from.end)
            next.from.end = next.run.next
          }
          for (let index = next.run.next; index < next.run.end; index++) states[index] = 'underway'
          runs.push({ ...next.run })
        }
        for (const pick of picks) {
          if (runs.length === 0 || (pick % 3 === 0 && runs.length < 6)) join()
          else advance(runs[pick % runs.length]!)
        }
        while (states.includes('missing') || runs.length > 0) {
          if (runs.length === 0) join()
          else advance(runs[0]!)
        }
        expect(fetched).toEqual(new Array<number>(parts).fill(1))
      }),
    )
  })
})
