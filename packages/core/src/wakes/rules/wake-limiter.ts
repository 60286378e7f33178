/**
 * The wake limiter: the delay before a task created in the background may begin. It grows with every wake and falls back
 * to nothing when a delay passes without one. A pure function of its state and the clock; times are milliseconds.
 */
export interface LimiterPolicy {
  baseSeconds: number
  factor: number
  capSeconds: number
}

export interface LimiterState {
  delaySeconds: number
  lastWakeAt: number | null
  /**
   * When a gated task last ended, or was suspended after it had begun: the quiet period counts from there too, otherwise no
   * chain could escalate.
   */
  lastGatedEndAt: number | null
  /** Gated tasks that wait or run. */
  gatedLive: number
}

export const defaultLimiterPolicy: LimiterPolicy = { baseSeconds: 60, factor: 2, capSeconds: 21_600 }

export const freshLimiter: LimiterState = { delaySeconds: 0, lastWakeAt: null, lastGatedEndAt: null, gatedLive: 0 }

/** When a task that is gated now may begin; null before the first wake. */
export function gateUntil(state: LimiterState): number | null {
  return state.lastWakeAt === null ? null : state.lastWakeAt + state.delaySeconds * 1000
}

/** When the delay falls back to 0, unless a gated task is alive or a wake comes first. */
export function quietUntil(state: LimiterState): number | null {
  if (state.lastWakeAt === null) return null
  return Math.max(state.lastWakeAt, state.lastGatedEndAt ?? state.lastWakeAt) + state.delaySeconds * 1000
}

/** The delay in force at `at`, in seconds. */
export function effectiveDelay(state: LimiterState, at: number): number {
  const quiet = quietUntil(state)
  if (state.delaySeconds === 0 || quiet === null) return 0
  return state.gatedLive === 0 && at >= quiet ? 0 : state.delaySeconds
}

/** The client is woken in the background: the delay rises. */
export function wake(policy: LimiterPolicy, state: LimiterState, at: number): LimiterState {
  const delay = effectiveDelay(state, at)
  const raised = delay === 0 ? policy.baseSeconds : Math.min(delay * policy.factor, policy.capSeconds)
  return { ...state, delaySeconds: Math.min(raised, policy.capSeconds), lastWakeAt: at }
}

/**
 * `count` tasks that could begin at `beginAt` (not before `at`) are created, or resumed before they have ever begun, in the
 * background: gated until the returned time, or not gated (null). A task that could not begin before the gate anyway is no
 * habit that the delay has to break.
 */
export function admit(
  state: LimiterState,
  at: number,
  beginAt: number,
  count = 1,
): { state: LimiterState; gatedUntil: number | null } {
  const gate = gateUntil(state)
  if (gate === null || effectiveDelay(state, at) === 0 || Math.max(at, beginAt) >= gate)
    return { state, gatedUntil: null }
  return { state: { ...state, gatedLive: state.gatedLive + count }, gatedUntil: gate }
}

/**
 * Suspending a gated task ends its wake delay, so that no delay belongs to a task that is never resumed. One that has
 * not begun is admitted anew when it is resumed. One that has begun never is; its suspension counts like its end.
 */
export function suspendGated(state: LimiterState, at: number, hasBegun: boolean, count = 1): LimiterState {
  const ended = gatedEnd(state, at, count)
  return hasBegun ? ended : { ...ended, lastGatedEndAt: state.lastGatedEndAt }
}

/** The client has come to the foreground: there is no delay, and nothing is gated any more. */
export function foreground(state: LimiterState): LimiterState {
  return { ...state, delaySeconds: 0, gatedLive: 0 }
}

/** Whether a foreground lease until `until` (null: there is none) holds at `at`: it ends by itself. */
export function isForeground(until: number | null, at: number): boolean {
  return until !== null && at < until
}

/** A gated task has ended; called before the wake that its end may cause. */
export function gatedEnd(state: LimiterState, at: number, count = 1): LimiterState {
  return { ...state, gatedLive: Math.max(0, state.gatedLive - count), lastGatedEndAt: at }
}
