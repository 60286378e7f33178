import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { progressLines, type Transfer, totalLine, transferLine } from '#cli/rules/progress.ts'
import { rateOf, type Sample, withSample } from '#cli/rules/rate.ts'

const MiB = 1024 ** 2
const transfer = (more: Partial<Transfer> = {}): Transfer => ({
  name: 'data.tar.gz',
  phase: 'fetching',
  received: 42 * MiB,
  total: 100 * MiB,
  bytesPerSecond: 2 * MiB,
  ...more,
})

describe('the line of a file', () => {
  it.each<[string, Transfer, number, string]>([
    [
      'all that is known',
      transfer(),
      120,
      'data.tar.gz  fetching  [========            ]  42 %  42 MiB of 100 MiB  2.0 MiB/s  29 s left',
    ],
    ['what matters most, in 40 columns', transfer(), 40, 'data.tar.gz  fetching  42 %  2.0 MiB/s'],
    ['no total', transfer({ total: null }), 120, 'data.tar.gz  fetching  42 MiB  2.0 MiB/s'],
    ['an empty file', transfer({ received: 0, total: 0, phase: 'done' }), 120, 'data.tar.gz  done  0 B'],
    [
      'what it waits for',
      transfer({ phase: 'waiting', note: 'ready; waiting for a free worker' }),
      80,
      'data.tar.gz  waiting  ready; waiting for a free worker',
    ],
    [
      'more than was announced',
      transfer({ received: 200 * MiB, bytesPerSecond: null }),
      80,
      'data.tar.gz  fetching  [====================]  100 %  200 MiB of 100 MiB',
    ],
  ])('has %s', (_what, one, columns, line) => {
    expect(transferLine(one, columns)).toBe(line)
  })
})

describe('many files', () => {
  const many = [
    ...Array.from({ length: 40 }, (_, n) => transfer({ name: `f${n}`, received: MiB, total: 2 * MiB })),
    transfer({ name: 'near', phase: 'saving', received: MiB, total: 2 * MiB }),
    transfer({ phase: 'done', received: 8 * MiB, total: 8 * MiB }),
  ]
  it('begin with the total by bytes, then those that are nearest their end, and say how many more there are', () => {
    const lines = progressLines(many, 80, 10)
    expect(lines).toHaveLength(9)
    expect(lines[0]).toBe('1 of 42 files · 49 MiB of 90 MiB · 82 MiB/s · 40 fetching · 1 saving')
    expect(lines[1]).toMatch(/^near +saving/)
    expect(lines.at(-1)).toBe('and 34 more')
  })
  it('have no sum as long as one of them has no size', () => {
    expect(totalLine([transfer({ total: null }), transfer({ phase: 'failed' })])).toBe(
      '1 of 2 files · 84 MiB · 2.0 MiB/s · 1 failed · 1 fetching',
    )
  })
  it('fit every terminal', () => {
    const any = fc.record({
      name: fc.string({ maxLength: 80 }),
      phase: fc.constantFrom('waiting', 'fetching', 'saving', 'done', 'failed'),
      received: fc.nat(),
      total: fc.option(fc.nat()),
      bytesPerSecond: fc.option(fc.nat()),
      note: fc.string(),
    }) as fc.Arbitrary<Transfer>
    fc.assert(
      fc.property(
        fc.array(any, { minLength: 1 }),
        fc.integer({ min: 39, max: 200 }),
        fc.integer({ min: 5, max: 50 }),
        (all, columns, rows) => {
          const lines = progressLines(all, columns, rows)
          expect(lines.length).toBeLessThan(rows)
          for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns)
        },
      ),
    )
  })
})

describe('a rate', () => {
  const samplesOf = (...samples: [atMs: number, bytes: number][]) =>
    samples.reduce<Sample[]>((list, [atMs, bytes]) => withSample(list, { atMs, bytes }), [])
  it.each<[string, [number, number][], number | null]>([
    ['is not known at first', [[0, 0]], null],
    [
      'is that of all samples at the beginning',
      [
        [0, 0],
        [1_000, 500],
        [2_000, 1_000],
      ],
      500,
    ],
    [
      'forgets what was long ago',
      [
        [0, 0],
        [10_000, 100],
        [14_000, 4_100],
      ],
      1_000,
    ],
    [
      'falls when nothing comes',
      [
        [0, 0],
        [4_000, 4_000],
        [8_000, 4_000],
        [12_000, 4_000],
      ],
      0,
    ],
    [
      'begins anew behind a step back',
      [
        [0, 5_000],
        [1_000, 0],
        [2_000, 300],
      ],
      300,
    ],
  ])('%s', (_what, samples, rate) => {
    expect(rateOf(samplesOf(...samples))).toBe(rate)
  })

  it('needs few samples, however many chunks there are', () => {
    const chunks = Array.from({ length: 20_000 }, (_, n): [number, number] => [n / 2, n * 1_000])
    const samples = samplesOf(...chunks)
    expect(samples.length).toBeLessThan(60)
    expect(rateOf(samples)).toBeCloseTo(2_000_000, 0)
  })
})
