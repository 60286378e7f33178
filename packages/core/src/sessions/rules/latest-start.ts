import { nextOpening, type PreferredHours } from './preferred-hours.ts'

interface DurationPolicy {
  /**
   * Rate of a host that was never measured, bytes a second: slower than nearly all, so that a plan errs on the safe
   * side.
   */
  defaultRate: number
  /** Size of a task that does not say what it expects: larger than nearly all, for the same reason. */
  defaultBytes: number
  /** Kept for a second attempt: so long at least, and half as long as the transfer itself. */
  marginMs: number
}

export const defaultDurationPolicy: DurationPolicy = {
  defaultRate: 1_048_576,
  defaultBytes: 67_108_864,
  marginMs: 60_000,
}

/**
 * When a discretionary task begins whatever the conditions, so that it is done by its deadline: Unix milliseconds, never
 * before it is ready. `expectedBytes` and `rate` (bytes a second) are null when they are not known.
 */
export function latestStart(
  policy: DurationPolicy,
  task: { readyAtMs: number; deadlineMs: number; expectedBytes: number | null },
  rate: number | null,
): number {
  const bytes = task.expectedBytes ?? policy.defaultBytes
  const durationMs = (bytes * 1000) / (rate !== null && rate > 0 ? rate : policy.defaultRate)
  const marginMs = Math.max(policy.marginMs, durationMs / 2)
  return Math.max(task.readyAtMs, Math.floor(task.deadlineMs - durationMs - marginMs))
}

/**
 * When a discretionary task that is ready at `readyAtMs` may begin: at the next opening of its hours, but no later than
 * its latest start. Hours null: when it is ready.
 */
export function plannedStart(hours: PreferredHours | null, readyAtMs: number, latestStartMs: number | null): number {
  return hours === null ? readyAtMs : startAt(nextOpening(hours, readyAtMs), readyAtMs, latestStartMs)
}

/** The latest start with a known opening of the preferred hours, not before `readyAtMs`. */
export function startAt(openingMs: number, readyAtMs: number, latestStartMs: number | null): number {
  return Math.max(readyAtMs, Math.min(openingMs, latestStartMs ?? openingMs))
}
