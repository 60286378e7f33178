import { type StatsPoint, sampledCounts, sampledLevels, statsPoints, type TaskLevels } from './rules/stats-points.ts'
import { isByHours, type StatsRangeName, statsRange, statsSteps } from './rules/stats-range.ts'
import { usagePoints } from './rules/usage-points.ts'
import type { SampleStore } from './sample-store.ts'
import type { UsageStore } from './usage-store.ts'

interface StatsPorts {
  stores: { usage: Pick<SampleStore, 'readSamples'> & Pick<UsageStore, 'readUsage'> }
}

export interface Stats {
  range: StatsRangeName
  stepSeconds: number
  /** The first step's beginning and the last one's end. */
  from: Date
  until: Date
  /** When tenants were sampled last; null: never. */
  sampledAt: Date | null
  data: StatsPoint[]
  now: TaskLevels & { at: Date }
}

/** What a tenant's tasks did in each step of a range, by the clock of the database, which counts. */
export async function readStats({ stores }: StatsPorts, tenantId: string, name: StatsRangeName): Promise<Stats> {
  const steps = statsSteps[name]
  const samples = await stores.usage.readSamples(tenantId, steps)
  const range = statsRange(steps, samples.nowMs)
  const counts = isByHours(steps) ? await countsOfHours() : sampledCounts(range, samples)
  return {
    range: name,
    stepSeconds: steps.stepSeconds,
    from: new Date(range.sinceMs),
    until: new Date(range.endMs),
    sampledAt: samples.sampledMs === null ? null : new Date(samples.sampledMs),
    data: statsPoints(range, counts, sampledLevels(range, samples)),
    now: { ...samples.now, at: new Date(samples.nowMs) },
  }

  /** The hours' own counts are exact also where nobody sampled. */
  async function countsOfHours() {
    const hours = { step: 'hour', sinceMs: range.sinceMs, endMs: range.endMs } as const
    return usagePoints(hours, await stores.usage.readUsage(tenantId, hours)).data
  }
}
