import { expect, it } from 'vitest'
import { createTally, type Sample, summaryOf } from '../../../bench/retention-figures.ts'

const samples = (bytes: (n: number) => number, claimMs: (n: number) => number): Sample[] =>
  Array.from({ length: 30 }, (_, n) => ({ seconds: n, bytes: bytes(n), tasks: 1, claimMs: [claimMs(n)] }))
const flat = () => 100

it.each<[string, boolean, Sample[]]>([
  ['a size that grows in the first third only', true, samples((n) => (n < 10 ? n : 100), flat)],
  ['a size that goes up and down by nine per cent', true, samples((n) => (n % 2 ? 109 : 91), flat)],
  ['a size that grows by a third', false, samples((n) => 100 + n * 1.5, flat)],
  ['claims that become slower', false, samples(flat, (n) => (n < 15 ? 10 : 13))],
  ['claims of which one is slow', true, samples(flat, (n) => (n === 28 ? 100 : 10))],
])('%s: %s', (_, reached, given) => {
  expect(summaryOf(given).reached).toBe(reached)
})

it('all that several sweepers have forgotten is counted, also when they do so at the same time', async () => {
  const ends: ((count: number) => void)[] = []
  let ms = 0
  const tally = createTally(() => ms)
  const sweeps = [1, 2].map(() => tally.count(() => new Promise<number>((end) => ends.push(end))))
  ms = 30
  ends[0]!(400)
  ends[1]!(200)
  await Promise.all(sweeps)
  expect(tally.line()).toBe('600 tasks were forgotten, 100 ms for 1,000')
})
