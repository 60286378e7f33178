import { limiterAdvice } from './limiter-advice.ts'
import {
  effectiveDelay,
  gateUntil,
  isForeground,
  type LimiterPolicy,
  type LimiterState,
  quietUntil,
} from './wake-limiter.ts'

/** A tenant's limiter at one moment. Times are milliseconds. */
export interface LimiterReading {
  at: number
  state: LimiterState
  policy: LimiterPolicy
  foregroundUntil: number | null
  wakesLastHour: number
  /** How many of these wakes were for one task only. */
  singleTaskWakesLastHour: number
}

/** The limiter as clients see it. Gate and quiet period are null while there is no delay. */
export function limiterView(reading: LimiterReading) {
  const { at, state, policy, foregroundUntil, wakesLastHour } = reading
  const delaySeconds = effectiveDelay(state, at)
  const inForce = (time: number | null) => (delaySeconds === 0 ? null : text(time))
  return {
    state: isForeground(foregroundUntil, at) ? ('foreground' as const) : ('background' as const),
    delaySeconds,
    gateUntil: inForce(gateUntil(state)),
    quietUntil: inForce(quietUntil(state)),
    lastWakeAt: text(state.lastWakeAt),
    gatedTasks: state.gatedLive,
    wakesLastHour,
    policy: { baseSeconds: policy.baseSeconds, factor: policy.factor, capSeconds: policy.capSeconds },
    advice: limiterAdvice(reading),
  }
}

function text(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
