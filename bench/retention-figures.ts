/** What bench/retention.ts measures in one round, and what must come out of all. */
export interface Sample {
  /** Since the beginning. */
  seconds: number
  /** The whole database. */
  bytes: number
  tasks: number
  claimMs: readonly number[]
}

const sizeMayDiffer = 0.1
/** The claim may take so many times as long in the last tenth as in the first. Both are medians. */
const claimMayTake = 1.25

/** The size has to be flat after the first third, and a claim as quick at the end as at the beginning. */
export function summaryOf(samples: readonly Sample[]): { lines: string[]; reached: boolean } {
  const settled = samples.slice(Math.ceil(samples.length / 3))
  const sizes = settled.map(({ bytes }) => bytes)
  const mean = sizes.reduce((sum, bytes) => sum + bytes, 0) / sizes.length
  const off = Math.max(...sizes.map((bytes) => Math.abs(bytes / mean - 1)))
  const tenth = Math.ceil(samples.length / 10)
  const [first, last] = [samples.slice(0, tenth), samples.slice(-tenth)].map((some) =>
    median(some.flatMap(({ claimMs }) => claimMs)),
  ) as [number, number]
  const ratio = last / first
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1)
  return {
    lines: [
      `size after the first third: ${mebibytes(Math.min(...sizes))} to ${mebibytes(Math.max(...sizes))} MiB, at most ${(off * 100).toFixed(1)} % off the mean of ${mebibytes(mean)} MiB (≤ ${sizeMayDiffer * 100} %)`,
      `claim, median: ${first.toFixed(2)} ms in the first tenth, ${last.toFixed(2)} ms in the last: ${ratio.toFixed(2)} × (≤ ${claimMayTake} ×)`,
    ],
    reached: off <= sizeMayDiffer && ratio <= claimMayTake,
  }
}

/** How many tasks have been forgotten, by sweepers that overlap, and how long each took; together for the line. */
export function createTally(nowMs: () => number) {
  let tasks = 0
  let ms = 0
  return {
    async count(forget: () => Promise<number>): Promise<void> {
      const from = nowMs()
      // A `tasks += await …` would read the sum before it waits, and lose what others add meanwhile.
      const forgotten = await forget()
      tasks += forgotten
      ms += nowMs() - from
    },
    line: () => `${tasks} tasks were forgotten, ${((ms / tasks) * 1000).toFixed(0)} ms for 1,000`,
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}
