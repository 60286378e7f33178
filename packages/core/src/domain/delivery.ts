import type { DeliveryOrder } from './delivery-order.ts'

/** Seconds between attempts (Standard Webhooks, "deliverability"): 10 attempts over 75 h 35 min. */
export const attemptDelaysSeconds = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const
export const deliveryTimeoutMs = 20_000
export const maxAnswerBytes = 16_384
/**
 * So long the body of an answer is waited for that has said with its head what it has to say. It is only for the log, and
 * the lane stands still meanwhile; but one that comes with its head, or a round trip behind it, saves the next connection.
 */
export const bodyPatienceMs = 1_000

/** The note of an answer of which no more than so much was read. */
export function bodyTooLong(maxBytes: number): string {
  return `The body is longer than ${maxBytes} bytes, and its rest was not read.`
}

const jitter = 0.2
const retryAfterCapSeconds = 86_400

export type DeliveryOutcome =
  | { kind: 'succeeded' }
  | { kind: 'retry'; atMs: number }
  | { kind: 'failed' }
  /** The endpoint is disabled: it is gone for good, or wants to get nothing more. */
  | { kind: 'gone' }

export interface AnswerToDelivery {
  status: number | null
  retryAfterSeconds: number | null
  order?: DeliveryOrder
}

/** What follows an attempt's answer, which is its status, whatever becomes of its body. Success is 2xx only; `random` is in [0, 1). */
export function afterAttempt(
  answer: AnswerToDelivery,
  attempts: number,
  nowMs: number,
  random: number,
): DeliveryOutcome {
  if (isReceived(answer)) return { kind: 'succeeded' }
  if (reasonToDisable(answer) !== null) return { kind: 'gone' }
  if (answer.order === 'abort-message') return { kind: 'failed' }
  const planned = attemptDelaysSeconds[attempts]
  if (planned === undefined) return { kind: 'failed' }
  const jittered = planned * (1 - jitter + 2 * jitter * random)
  const asked = Math.min(Math.max(answer.retryAfterSeconds ?? 0, 0), retryAfterCapSeconds)
  return { kind: 'retry', atMs: nowMs + Math.round(Math.max(jittered, asked) * 1000) }
}

/** The receiver has taken the delivery: 2xx only. */
export function isReceived({ status }: Pick<AnswerToDelivery, 'status'>): boolean {
  return status !== null && status >= 200 && status < 300
}

/** Why an answer disables the endpoint at once, for people; null: it does not. */
export function reasonToDisable({ status, order }: AnswerToDelivery): string | null {
  if (status === 410) return 'the receiver answered 410 Gone'
  return order === 'disable' ? 'the receiver ordered it (webhook-delivery: disable)' : null
}

/** When what failed by our own fault is tried again: soon, but not by everybody at once. `random` is in [0, 1). */
export function afterOwnFault(nowMs: number, random: number): number {
  return nowMs + Math.round(5_000 * (1 + random))
}
