import { isByHours, statsSteps } from './stats-range.ts'

/**
 * What samples count, in the order in which it is stored. A new counter comes last: older rows have none of it. Requests
 * are not among them, because a tenant of which nothing but reads come is at rest.
 */
export const sampledCounters = [
  'tasksCreated',
  'tasksCompleted',
  'tasksFailed',
  'tasksCanceled',
  'bytesReceived',
  'wakes',
  'deliveryAttempts',
  'deliveryAttemptsFailed',
] as const
export type SampledCounts = Record<(typeof sampledCounters)[number], number>

/** Slots by the length of a step, in seconds: as many as the longest range with such steps has points. */
export const ringSlots: ReadonlyMap<number, number> = Object.values(statsSteps).reduce(
  (slots, { stepSeconds, points }) => slots.set(stepSeconds, Math.max(points, slots.get(stepSeconds) ?? 0)),
  new Map<number, number>(),
)

/** Where a sample goes in one of the rings. */
export interface RingPlace {
  stepSeconds: number
  slot: number
  /** The step's beginning, Unix ms. */
  atMs: number
  /** Of hours, what is counted is elsewhere. */
  hasCounts: boolean
}

/** A sample tells of the time before it: one that is taken at the end of a step belongs to that step. */
export function ringPlaces(sampledAtMs: number): RingPlace[] {
  return [...ringSlots].map(([stepSeconds, slots]) => {
    const number = Math.ceil(sampledAtMs / (stepSeconds * 1000)) - 1
    return {
      stepSeconds,
      slot: number % slots,
      atMs: number * stepSeconds * 1000,
      hasCounts: !isByHours({ stepSeconds }),
    }
  })
}
