/** Seconds between attempts (Standard Webhooks, "deliverability"): 10 attempts over 75 h 35 min. */
export const attemptDelaysSeconds = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const
export const deliveryTimeoutMs = 20_000
export const maxAnswerBytes = 16_384

const jitter = 0.2
const retryAfterCapSeconds = 86_400

export type DeliveryOutcome =
  | { kind: 'succeeded' }
  | { kind: 'retry'; atMs: number }
  | { kind: 'failed' }
  /** 410: the receiver is gone for good. */
  | { kind: 'gone' }

/** What follows an attempt's answer. Success is 2xx only; `random` is in [0, 1). */
export function afterAttempt(
  answer: { status: number | null; retryAfterSeconds: number | null },
  attempts: number,
  nowMs: number,
  random: number,
): DeliveryOutcome {
  if (answer.status !== null && answer.status >= 200 && answer.status < 300) return { kind: 'succeeded' }
  if (answer.status === 410) return { kind: 'gone' }
  const planned = attemptDelaysSeconds[attempts]
  if (planned === undefined) return { kind: 'failed' }
  const jittered = planned * (1 - jitter + 2 * jitter * random)
  const asked = Math.min(Math.max(answer.retryAfterSeconds ?? 0, 0), retryAfterCapSeconds)
  return { kind: 'retry', atMs: nowMs + Math.round(Math.max(jittered, asked) * 1000) }
}
