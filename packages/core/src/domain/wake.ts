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
