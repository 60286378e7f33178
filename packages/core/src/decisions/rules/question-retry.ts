import {
  type AnswerToDelivery,
  type DeliveryOutcome,
  planRetry,
  reasonToDisable,
} from '../../deliveries/rules/retry-schedule.ts'

/** Seconds between attempts to ask: quick, because a task waits for the answer; the last one repeats. */
export const askingDelaysSeconds = [0, 5, 15, 30, 60] as const

/**
 * What follows an attempt to ask for a decision: it has succeeded only with an answer that can be used. It is repeated as
 * long as there is time before the fallback. `random` is in [0, 1).
 */
export function afterAsking(
  answer: AnswerToDelivery,
  isUsable: boolean,
  attempts: number,
  times: { nowMs: number; expiresAtMs: number },
  random: number,
): DeliveryOutcome {
  if (isUsable) return { kind: 'succeeded' }
  if (reasonToDisable(answer) !== null) return { kind: 'gone' }
  if (answer.order === 'abort-message') return { kind: 'failed' }
  const planned = askingDelaysSeconds[Math.min(attempts, askingDelaysSeconds.length - 1)]!
  const retry = planRetry(answer, planned, attempts, times.nowMs, random)
  return retry.atMs < times.expiresAtMs ? retry : { kind: 'failed' }
}
