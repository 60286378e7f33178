import { type AnswerToDelivery, type DeliveryOutcome, reasonToDisable } from './delivery.ts'

/** Seconds between attempts to ask: quick, because a task waits for the answer; the last one repeats. */
export const askingDelaysSeconds = [0, 5, 15, 30, 60] as const

const jitter = 0.2

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
  const jittered = planned * (1 - jitter + 2 * jitter * random)
  const atMs = times.nowMs + Math.round(Math.max(jittered, answer.retryAfterSeconds ?? 0, 0) * 1000)
  return atMs < times.expiresAtMs ? { kind: 'retry', atMs } : { kind: 'failed' }
}
