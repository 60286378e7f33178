import type { TaskState } from '../../tasks/rules/task.ts'
import type { WaitingReason } from '../../tasks/rules/waiting-reason.ts'

/** Counts over all tenants. Whatever is zero may be absent. */
export interface FleetSample {
  /** Tasks that have not ended. */
  tasks: Partial<Record<TaskState, number>>
  /** A task that waits for two reasons counts for both. */
  waiting: Partial<Record<WaitingReason, number>>
  /** Seconds since the oldest task that waits was created. */
  oldestWaitingSeconds: number
  /** Seconds for which the oldest task that may begin has waited for its claim. */
  dispatchLagSeconds: number
  /** Connections to origins, of all workers. */
  connections: number
  /** Hosts that are left alone after failures or by their own wish. */
  hostsBlocked: number
  wakesOpen: number
  deliveriesPending: number
  /** Seconds since the oldest delivery that is due became so; those of suspended tenants are not. */
  oldestDeliverySeconds: number
  /** Tenants by the limiter's present delay: how many have at most so many seconds, for each of {@link delayBuckets}. */
  limiterDelays: number[]
  /** Tenants that have tasks, by their weight in dispatch. */
  weights: WeightBand[]
  workers: number
  /** Transfers that the workers can run at once. */
  slots: number
}

/** Tenants whose weight is at most `most` and beyond the band below. Of them all: what is in flight, and what may begin. */
export interface WeightBand {
  most: (typeof weightBands)[number]
  tenants: number
  inFlight: number
  due: number
}

/** Weights are any number of a range: bands, so that their number is bounded. */
export const weightBands = ['0.5', '1', '2', '5', '10', '+Inf'] as const

/** Upper bounds in seconds; the last one stands for all. */
export const delayBuckets = [0, 1, 10, 60, 600, 3_600, 21_600, 86_400, Number.POSITIVE_INFINITY] as const

const leastMs = 15_000
const mostMs = 600_000
/** Counting may take a twentieth of one of the database's processes: a million waiting tasks are counted more seldom. */
const share = 20

/** When to count again after a count that took so long. */
export function nextSampleInMs(tookMs: number): number {
  return Math.min(Math.max(tookMs * share, leastMs), mostMs)
}
