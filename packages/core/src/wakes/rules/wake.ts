/*
 * From a session's first pending event to the end of the wake that tells of it:
 *
 * - Nothing is owed: the session has no pending events, or its client reads the feed, or its endpoint is disabled.
 * - Owed (`wake_due_at`): events are pending. The wake is due when the session has drained, or when its latency is over.
 * - Open: a dispatcher has raised the limiter, written `session.wake` and queued the pending events behind it. What the session
 *   writes from now on is delivered at once, as part of the wake.
 * - Finished: none of its deliveries is pending, and `session.events_finished` is written. Another event takes this back.
 * - Completed: the client said so, or its acknowledgement implied it. Files kept `untilReturn` are let go if the client
 *   acknowledged all about them; the others get their lease.
 * - Expired: the deadline came first. `wake.expired` goes out as part of it, and what was not acknowledged is sent again.
 *
 * A session has one open wake at most. In the foreground none is opened: events are delivered without one.
 */

/** Time (s) in which a client has to work on a wake and complete it. */
export const wakeDeadlineSeconds = 1800

/** Owed wakes opened before looking for more. */
export const wakesAtOnce = 50

/** A task that begins again within so many seconds, after a failed attempt or when its host may be asked, holds a wake back. */
export const drainedSeconds = 60

/** Stands for the time of a wake that is owed as soon as its session drains, and not before: later than anything else. */
export const whenDrainedMs = Date.UTC(9999, 0, 1)

/**
 * When the wake of a session with pending events is owed: at once when the session has drained (no task runs, is due,
 * or begins again within {@link drainedSeconds}), else `latencySeconds` after its first pending event; null: not before
 * it has drained. `dueAtMs`: when it was owed before, if it was.
 */
export function wakeDue(
  { drained, dueAtMs }: { drained: boolean; dueAtMs: number | null },
  latencySeconds: number | null,
  nowMs: number,
): number {
  const latest = dueAtMs ?? (latencySeconds === null ? whenDrainedMs : nowMs + latencySeconds * 1000)
  return drained ? Math.min(latest, nowMs) : latest
}

/** What the next wake of a session with pending events waits for. */
export interface NextWake {
  /** latency: it opens at `at` even if tasks are outstanding. */
  when: 'drained' | 'latency'
  at: Date | null
  /** Tasks that delay it. */
  outstanding: number
}

/** `dueAt`: when it is owed; null: no wake is. */
export function nextWake(dueAt: Date | null, outstanding: number): NextWake | null {
  if (dueAt === null) return null
  const byDraining = outstanding === 0 || dueAt.getTime() >= whenDrainedMs
  return { when: byDraining ? 'drained' : 'latency', at: byDraining ? null : dueAt, outstanding }
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

export interface Wake {
  id: string
  sessionIdentifier: string
  state: 'open' | 'completed' | 'expired'
  openedAt: Date
  deadline: Date
  /** When it was completed, or its expiry was written; null: it is open. */
  closedAt: Date | null
  eventCount: number
  delayAfterSeconds: number
}
