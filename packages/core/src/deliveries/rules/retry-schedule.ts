import type { DeliveryOrder } from './receiver-directive.ts'

/** Seconds between attempts (Standard Webhooks, "deliverability"): 10 attempts over 75 h 35 min. */
export const attemptDelaysSeconds = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const
/**
 * The delays when the endpoint has acknowledged something since the failure, so that it is known to be up: at once at
 * first, then ever later. A delivery that is never taken has its ten attempts in a day and a half then, not in a few
 * seconds.
 */
export const hastenedDelaysSeconds = [0, 0, 5, 15, 60, 300, 1800, 7200, 28_800, 86_400] as const
/** Longer than a batch of deliveries may take, so that two workers never send the same one. */
export const deliveryLaneLeaseSeconds = 30
export const deliveryTimeoutMs = 20_000
/**
 * So many attempts of a delivery whose outcome is not known, because their process ended or its database was away, are
 * charged to nobody. Beyond them they count as failed: the delivery may be what ends processes.
 */
export const mostUnansweredAttempts = 10
export const maxResponseBytes = 16_384
/**
 * Timeout for the body of a response whose status already decides. The body is only for the log, and the delivery lane
 * waits meanwhile; but a body that comes with its head, or a round trip later, saves the next connection.
 */
export const bodyTimeoutMs = 1_000

/** The note of a response whose body was read up to the limit only. */
export function bodyTooLong(maxBytes: number): string {
  return `The body is longer than ${maxBytes} bytes, and its rest was not read.`
}

const jitter = 0.2
const retryAfterCapSeconds = 86_400

export type DeliveryOutcome =
  | { kind: 'succeeded' }
  | DeliveryRetry
  | { kind: 'failed' }
  /** The endpoint is disabled: it is gone for good, or wants no more deliveries. */
  | { kind: 'gone' }

interface DeliveryRetry {
  kind: 'retry'
  atMs: number
  /** Earliest retry if the endpoint acknowledges something meanwhile; null: an acknowledgement changes nothing. */
  earliestMs: number | null
}

export interface AnswerToDelivery {
  status: number | null
  retryAfterSeconds: number | null
  order?: DeliveryOrder
}

/** The outcome of an attempt, by its status, whatever its body. Success is 2xx only; `random` is in [0, 1). */
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
  return planRetry(answer, planned, attempts, nowMs, random)
}

/**
 * Plans a retry so many seconds after the `attempts`-th attempt. A failure on the way to the receiver (no response) or
 * in it (5xx) may be over before that; a 4xx or a redirect says that this delivery is not wanted, so other
 * acknowledgements change nothing. Retry-After counts in any case.
 */
export function planRetry(
  { status, retryAfterSeconds }: AnswerToDelivery,
  plannedSeconds: number,
  attempts: number,
  nowMs: number,
  random: number,
): DeliveryRetry {
  const asked = Math.min(Math.max(retryAfterSeconds ?? 0, 0), retryAfterCapSeconds)
  const after = (seconds: number) =>
    nowMs + Math.round(Math.max(seconds * (1 - jitter + 2 * jitter * random), asked) * 1000)
  const hastened = Math.min(plannedSeconds, hastenedDelaysSeconds[attempts] ?? plannedSeconds)
  const mayBeOver = status === null || status >= 500
  return { kind: 'retry', atMs: after(plannedSeconds), earliestMs: mayBeOver ? after(hastened) : null }
}

/** The receiver has taken the delivery: 2xx only. */
export function isReceived({ status }: Pick<AnswerToDelivery, 'status'>): boolean {
  return status !== null && status >= 200 && status < 300
}

/** Why a response disables the endpoint at once, for people; null: it does not. */
export function reasonToDisable({ status, order }: AnswerToDelivery): string | null {
  if (status === 410) return 'the receiver answered 410 Gone'
  return order === 'disable' ? 'the receiver ordered it (webhook-delivery: disable)' : null
}

/** Retry time (Unix ms) after an internal error: soon, but not for all deliveries at once. `random` is in [0, 1). */
export function retryAfterInternalErrorMs(nowMs: number, random: number): number {
  return nowMs + Math.round(5_000 * (1 + random))
}
