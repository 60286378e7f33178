import { describe, expect, test } from 'vitest'
import { GiB } from '../../../bench/test-files.ts'
import { type Contender, figures, judge, type Measured, rowsOf, type Variant } from '../../../bench/transfer-figures.ts'

const runs = (
  size: number,
  variant: Variant,
  contender: Contender,
  ...usages: [wall: number, cpu: number][]
): Measured => ({
  size,
  variant,
  contender,
  runs: usages.map(([wallSeconds, cpuSeconds]) => ({
    wallSeconds,
    cpuSeconds,
    peakBytes: 1,
    digest: () => Promise.reject(new Error('nothing is stored')),
  })),
})
const missed = (measured: Measured[]) =>
  judge(rowsOf(measured))
    .filter(({ reached }) => reached === false)
    .map(({ what }) => what)

describe('the figures of bench/transfer.ts', () => {
  const rclone = runs(GiB, 's3', 'rclone', [9, 10], [90, 99], [8, 9])

  test('are ratios of medians: one disturbed run changes nothing', () => {
    const [, engine] = rowsOf([rclone, runs(GiB, 's3', 'engine', [5, 3], [4.5, 2], [50, 30])])
    expect(engine).toMatchObject({ wallSeconds: 5, cpuSeconds: 3, speed: 9 / 5, cpu: 3 / 10 })
  })

  test.each([
    ['just reached', [5, 3], []],
    ['too slow', [5.1, 3], [expect.stringContaining('throughput 1.76 (≥ 1.8 × rclone')]],
    ['too dear', [5, 3.1], [expect.stringContaining('CPU 0.31 (≤ 0.3 × rclone')]],
  ] as const)('%s', (_, [wall, cpu], expected) => {
    expect(missed([rclone, runs(GiB, 's3', 'engine', [wall, cpu])])).toEqual(expected)
  })

  test('with SHA-256 is compared with rclone, which checks none', () => {
    expect(rowsOf([rclone, runs(GiB, 'sha256', 'engine', [6, 5])])[1]).toMatchObject({ speed: 1.5, cpu: 0.5 })
  })

  test('are not reached, and not missed either, by what was not measured', () => {
    const verdicts = judge(rowsOf([runs(64, 's3', 'rclone', [1, 1]), runs(GiB, 's3', 'engine', [1, 1])]))
    expect(verdicts.length).toBeGreaterThan(figures.length)
    expect(verdicts.every(({ reached }) => reached === null)).toBe(true)
  })
})
