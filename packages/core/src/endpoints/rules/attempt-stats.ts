/** An attempt that has ended. */
export interface EndedAttempt {
  startedAt: Date
  durationMs: number
  status: number | null
}

export interface AttemptStats {
  attempts: number
  /** Of them, those that were acknowledged. */
  succeeded: number
  /** Half of the attempts took this long at most; null: there were none. */
  medianMs: number | null
  /** 95 of a hundred took this long at most. */
  p95Ms: number | null
}

/** A receiver acknowledges with 2xx, and with nothing else. */
export const isAcknowledged = (status: number | null) => status !== null && status >= 200 && status < 300

export function attemptStats(attempts: readonly EndedAttempt[]): AttemptStats {
  const durations = attempts.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b)
  return {
    attempts: attempts.length,
    succeeded: attempts.filter(({ status }) => isAcknowledged(status)).length,
    medianMs: percentile(durations, 0.5),
    p95Ms: percentile(durations, 0.95),
  }
}

/** The nearest rank: one of the values itself, of few as of many. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}
