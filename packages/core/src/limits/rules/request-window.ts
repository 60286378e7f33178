/** Requests of one key, by the second in which they were taken. */
export interface RequestWindow {
  /** Of the last count, since 1970. */
  second: number
  /** Of the {@link countedSeconds} up to that second, the oldest first. */
  counts: readonly number[]
}

/** What a process asks for. */
export interface WantedRequests {
  /** requestsPerMinute. */
  quota: number
  /** Requests that it has already let through: they count, whatever is left. */
  owed: number
  /** Requests that it would like to let through without asking again. */
  wanted: number
}

export interface GivenRequests {
  given: number
  /** Of the quota, behind this. */
  left: number
  /** Until the oldest of the counted requests no longer counts; 0 when none does. */
  freeInMs: number
}

/**
 * A request counts for a whole minute: until this many seconds have begun, so that there are never more than the quota
 * within 60 s. A bucket that is refilled all the time would let through nearly twice as many in the first minute.
 */
export const countedSeconds = 61

export const emptyWindow: RequestWindow = { second: 0, counts: Array(countedSeconds).fill(0) }

/** Gives as many of the wanted requests as are left. The clock may go back: then nothing comes back sooner. */
export function takeRequests(
  window: RequestWindow,
  { quota, owed, wanted }: WantedRequests,
  nowMs: number,
): GivenRequests & { window: RequestWindow } {
  const second = Math.max(window.second, Math.floor(nowMs / 1000))
  const gone = Math.min(countedSeconds, second - window.second)
  const counts = [...window.counts.slice(gone), ...Array<number>(gone).fill(0)]
  const used = counts.reduce((sum, count) => sum + count, owed)
  const given = Math.max(0, Math.min(wanted, quota - used))
  counts[countedSeconds - 1] = counts[countedSeconds - 1]! + owed + given
  const oldest = counts.findIndex((count) => count > 0)
  return {
    window: { second, counts },
    given,
    left: Math.max(0, quota - used - given),
    freeInMs: oldest < 0 ? 0 : (second + oldest + 1) * 1000 - nowMs,
  }
}
