import { type RetryClass, type TaskErrorName, taskErrors } from './task-error.ts'

export interface RetryPolicy {
  baseMs: number
  capMs: number
  /** A suspect failure fails the task when it has come this often. */
  suspectAttempts: number
  /** Retry-After is honoured up to this. */
  retryAfterCapMs: number
}

export const defaultRetryPolicy: RetryPolicy = {
  baseMs: 1_000,
  capMs: 300_000,
  suspectAttempts: 5,
  retryAfterCapMs: 86_400_000,
}

/** The class of an HTTP error status: 408, 425, 429 and 5xx pass with time, the rest does not (RFC 9110 §15). */
export function statusClass(status: number): RetryClass {
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'transient'
  return 'permanent'
}

export interface FailedAttempt {
  errorName: TaskErrorName
  status?: number | undefined
  retryAfterSeconds?: number | undefined
  /** Attempts so far, this one included. */
  attempts: number
  /** Suspect failures before this one. */
  suspectFailures: number
  /** Whether the task was already started over for a checksum that did not fit. */
  restartedClean: boolean
}

/**
 * The reason for the time of the next attempt: the origin's Retry-After, our own back-off, or a clean start at once.
 */
export type RetryReason = 'retryAfter' | 'backoff' | 'startOver'

type RetryDecision =
  | { kind: 'retry'; atMs: number; startOver: boolean; suspect: boolean; because: RetryReason }
  | { kind: 'fail'; retriable: boolean }

export function classOf(errorName: TaskErrorName, status?: number): RetryClass {
  return status !== undefined && status >= 400 ? statusClass(status) : taskErrors[errorName].class
}

/**
 * The decision after a failed attempt. Exponential back-off with full jitter; `random` is in [0, 1). The resource
 * deadline is the caller's: a retry planned behind it becomes a failure there.
 */
export function afterFailure(
  policy: RetryPolicy,
  attempt: FailedAttempt,
  nowMs: number,
  random: number,
): RetryDecision {
  const mismatch = attempt.errorName === 'checksum_mismatch' || attempt.errorName === 'length_mismatch'
  if (mismatch && !attempt.restartedClean)
    return { kind: 'retry', atMs: nowMs, startOver: true, suspect: false, because: 'startOver' }
  const retryClass = classOf(attempt.errorName, attempt.status)
  if (retryClass === 'permanent') return { kind: 'fail', retriable: false }
  const suspect = retryClass === 'suspect'
  if (suspect && attempt.suspectFailures + 1 >= policy.suspectAttempts) return { kind: 'fail', retriable: true }
  const asked = Math.min(Math.max(attempt.retryAfterSeconds ?? 0, 0) * 1000, policy.retryAfterCapMs)
  const backoff = backoffMs(policy, attempt.attempts, random)
  const because = asked > backoff ? 'retryAfter' : 'backoff'
  return { kind: 'retry', atMs: nowMs + Math.max(backoff, asked), startOver: false, suspect, because }
}

/** Full jitter over an exponential ceiling, never under a tenth of it, so that a retry is never a tight loop. */
export function backoffMs(policy: RetryPolicy, attempts: number, random: number): number {
  const exponent = Math.min(Math.max(attempts - 1, 0), 30)
  const ceiling = Math.min(policy.baseMs * 2 ** exponent, policy.capMs)
  return Math.round(ceiling * (0.1 + 0.9 * random))
}
