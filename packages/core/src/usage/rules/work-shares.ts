import { sampledCounts, sampledLevels, statsPoints, type TaskLevels, type TenantSamples } from './stats-points.ts'
import type { StatsRange } from './stats-range.ts'

/** How many tenants are told one by one; the rest is told together. */
export const tenantsTold = 10

/** Work is counted in tasks, as dispatch counts it: each has a place for a while. */
export interface WorkPoint {
  at: Date
  tasksEnded: number
  bytesReceived: number
  running: number | null
  waiting: number | null
}

/** What changed in a minute, for one tenant or for several together. */
export interface SampledChange {
  atMs: number
  sinceMs: number
  running: number
  waiting: number
  counts: readonly number[]
}

/** Of one tenant, or of several together: sums. */
export interface SampledWork extends Omit<TenantSamples, 'samples'> {
  /** In the order of time. */
  changes: readonly SampledChange[]
}

/** The steps of a range. Levels follow backwards from what the newest sample found. */
export function workPoints(range: StatsRange, { changes, ...known }: SampledWork): WorkPoint[] {
  const held: TaskLevels = { ...known.level }
  const backwards = changes.toReversed().map(({ running, waiting, ...change }) => {
    const after = { running: held.running, waiting: held.waiting }
    // A tenant that has gone took its levels along.
    held.running = Math.max(0, held.running - running)
    held.waiting = Math.max(0, held.waiting - waiting)
    return { ...change, ...after, runningBefore: held.running, waitingBefore: held.waiting }
  })
  const samples: TenantSamples = { ...known, samples: backwards.toReversed() }
  return statsPoints(range, sampledCounts(range, samples), sampledLevels(range, samples)).map(
    ({ at, tasksCompleted, tasksFailed, tasksCanceled, bytesReceived, running, waiting }) => ({
      at,
      tasksEnded: tasksCompleted + tasksFailed + tasksCanceled,
      bytesReceived,
      running,
      waiting,
    }),
  )
}
