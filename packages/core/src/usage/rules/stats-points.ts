import { type SampledCounts, sampledCounters } from './sample-rings.ts'
import type { StatsRange } from './stats-range.ts'

/** Tasks at a moment: what workers are at, and what has not ended and waits, suspended ones among it. */
export interface TaskLevels {
  running: number
  waiting: number
}

/** What happened in a step. The levels are the most that one of its samples has found; null: nobody sampled yet. */
export interface StatsPoint extends SampledCounts {
  at: Date
  running: number | null
  waiting: number | null
}

/** What is known of a step in which something changed. */
export interface TenantSample extends TaskLevels {
  /** Its beginning. */
  atMs: number
  /** The sample before: what is counted is of the time from then to the end of the step. */
  sinceMs: number
  runningBefore: number
  waitingBefore: number
  /** In the order of the counters; fewer: there is nothing more. */
  counts: readonly number[]
}

export interface TenantSamples {
  /** By the clock of those who sample (Unix ms). */
  nowMs: number
  /** The first and the newest sample of all tenants; null: there is none. */
  begunMs: number | null
  sampledMs: number | null
  now: TaskLevels
  /** What the newest sample found. */
  level: TaskLevels
  /** Counted since the newest sample, in the order of the counters. */
  pending: readonly number[]
  /** In the order of time. */
  samples: readonly TenantSample[]
}

/**
 * What was counted in each step. Between two samples that are further apart than a step, because nobody sampled meanwhile,
 * it is spread over the time, in whole numbers: what the steps have together is what was counted.
 */
export function sampledCounts(
  range: StatsRange,
  { samples, pending, sampledMs, nowMs }: TenantSamples,
): SampledCounts[] {
  const { stepMs, sinceMs, endMs } = range
  const points = Array.from({ length: (endMs - sinceMs) / stepMs }, noCounts)
  const spread = (counts: readonly number[], fromMs: number, untilMs: number) => {
    const share = (atMs: number) => Math.min(Math.max((atMs - fromMs) / (untilMs - fromMs), 0), 1)
    points.forEach((point, n) => {
      const [begins, ends] = [share(sinceMs + n * stepMs), share(sinceMs + (n + 1) * stepMs)]
      sampledCounters.forEach((name, counter) => {
        const count = counts[counter] ?? 0
        point[name] += Math.floor(count * ends) - Math.floor(count * begins)
      })
    })
  }
  for (const sample of samples) spread(sample.counts, sample.sinceMs, sample.atMs + stepMs)
  if (sampledMs !== null) spread(pending, sampledMs, Math.max(nowMs, sampledMs + 1))
  return points
}

/**
 * The tasks of each step. A step without a sample of its own is as what came behind it says it was before: nothing changed
 * in between.
 */
export function sampledLevels(range: StatsRange, counted: TenantSamples): (TaskLevels | null)[] {
  const { stepMs, sinceMs, endMs } = range
  const { samples, level, now, begunMs } = counted
  const known = new Map(samples.map((sample) => [sample.atMs, sample]))
  const ongoing = known.get(endMs - stepMs)
  const backwards: (TaskLevels | null)[] = [
    { running: Math.max(ongoing?.running ?? 0, now.running), waiting: Math.max(ongoing?.waiting ?? 0, now.waiting) },
  ]
  let held = ongoing === undefined ? level : before(ongoing)
  for (let atMs = endMs - 2 * stepMs; atMs >= sinceMs; atMs -= stepMs) {
    const sample = known.get(atMs)
    const { running, waiting } = sample ?? held
    backwards.push(begunMs !== null && atMs + stepMs >= begunMs ? { running, waiting } : null)
    if (sample !== undefined) held = before(sample)
  }
  return backwards.toReversed()
}

export function statsPoints(
  { stepMs, sinceMs }: StatsRange,
  counts: readonly SampledCounts[],
  levels: readonly (TaskLevels | null)[],
): StatsPoint[] {
  return levels.map((level, n) => ({
    at: new Date(sinceMs + n * stepMs),
    ...countsOf(counts[n]!),
    running: level?.running ?? null,
    waiting: level?.waiting ?? null,
  }))
}

function before({ runningBefore, waitingBefore }: TenantSample): TaskLevels {
  return { running: runningBefore, waiting: waitingBefore }
}

function noCounts(): SampledCounts {
  return Object.fromEntries(sampledCounters.map((name) => [name, 0])) as SampledCounts
}

/** No more than these: the usage of an hour has others. */
function countsOf(counts: SampledCounts): SampledCounts {
  return Object.fromEntries(sampledCounters.map((name) => [name, counts[name]])) as SampledCounts
}
