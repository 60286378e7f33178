/** How long a client has to collect what it was woken for, in seconds. */
export const wakeDeadlineSeconds = 1800

/**
 * When the wake of a session that holds events is owed: at once when the session has drained (no task running, due or
 * retrying), else `latencySeconds` after the first event was held. `dueAtMs`: when it was owed before, if it was.
 */
export function wakeDue(
  { drained, dueAtMs }: { drained: boolean; dueAtMs: number | null },
  latencySeconds: number,
  nowMs: number,
): number {
  const latest = dueAtMs ?? nowMs + latencySeconds * 1000
  return drained ? Math.min(latest, nowMs) : latest
}

/** A wake may be extended, but not beyond so many seconds after it was opened. */
export const wakeMaximumSeconds = 43_200

/** The deadline of a wake whose client asked for `seconds` more at `nowMs`: never an earlier one, and never beyond the maximum. */
export function extendedDeadlineMs(
  { openedAtMs, deadlineMs }: { openedAtMs: number; deadlineMs: number },
  seconds: number,
  nowMs: number,
): number {
  return Math.max(deadlineMs, Math.min(nowMs + seconds * 1000, openedAtMs + wakeMaximumSeconds * 1000))
}
