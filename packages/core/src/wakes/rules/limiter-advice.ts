import { effectiveDelay, type LimiterPolicy, type LimiterState } from './wake-limiter.ts'

/** Wakes for one task each that are no habit yet. */
const toleratedSingleTaskWakes = 5

/** How the client could work better with the limiter, with the figures that say so. Empty when it works well. */
export function limiterAdvice(facts: {
  at: number
  state: LimiterState
  policy: LimiterPolicy
  wakesLastHour: number
  singleTaskWakesLastHour: number
}): string[] {
  const { at, state, policy, wakesLastHour, singleTaskWakesLastHour: single } = facts
  const advice: string[] = []
  if (single > toleratedSingleTaskWakes)
    advice.push(
      `${single} of ${wakesLastHour} wakes in the last hour told of a single task: create tasks in batches, so that one wake tells of all of them.`,
    )
  const delay = effectiveDelay(state, at)
  if (delay > 0 && delay === policy.capSeconds && policy.capSeconds > policy.baseSeconds)
    advice.push(
      `The delay has reached its cap of ${policy.capSeconds} s: let it pass once without a wake and without a waiting task, and it falls back to 0.`,
    )
  return advice
}
