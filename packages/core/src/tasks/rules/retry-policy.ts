import { type RetryClass, type TaskErrorName, taskErrors } from './task-error.ts'

export interface RetryPolicy {
  baseMs: number
  capMs: number
  /** A suspect failure fails the task when it has come this often. */
  suspectAttempts: number
  /** A body that is cut at the same byte so often in a row, with nothing gained, is suspect. */
  cutsToSuspect: number
  /** Retry-After is honoured up to this. */
  retryAfterCapMs: number
}

export const defaultRetryPolicy: RetryPolicy = {
  baseMs: 1_000,
  capMs: 300_000,
  suspectAttempts: 5,
  cutsToSuspect: 3,
  retryAfterCapMs: 86_400_000,
}

/** Below 500: not ready yet, or too much or too early for now (420 and 430 are widespread although nobody has registered them). */
const passingStatuses: ReadonlySet<number> = new Set([202, 408, 420, 425, 429, 430])
/** Not implemented, HTTP version not supported: time changes nothing. */
const lastingStatuses: ReadonlySet<number> = new Set([501, 505])

/**
 * The class of a status with which there is no file. 5xx pass with time, other 4xx do not (RFC 9110 §15). A status that is no answer to the
 * request is suspect: 206 and 304 that were not asked for, a redirect to nowhere, 600 and more.
 */
export function statusClass(status: number): RetryClass {
  if (passingStatuses.has(status)) return 'transient'
  if (status < 400 || status >= 600 || lastingStatuses.has(status)) return 'suspect'
  return status >= 500 ? 'transient' : 'permanent'
}

export interface FailedAttempt {
  errorName: TaskErrorName
  status?: number | undefined
  retryAfterSeconds?: number | undefined
  /** The statuses that the client wants retried, whatever their class. */
  retryStatuses?: readonly number[]
  /** How often in a row the body was cut there with nothing gained, this time included; 0: it was not cut. */
  sameCuts?: number
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
  const isOfStatus = status !== undefined && (status >= 400 || errorName === 'badServerResponse')
  return isOfStatus ? statusClass(status) : taskErrors[errorName].class
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
  const retryClass = classOfAttempt(policy, attempt)
  if (retryClass === 'permanent') return { kind: 'fail', retriable: false }
  const { suspectFailures, sameCuts = 0 } = attempt
  // Cuts have a count of their own, which ends with the row.
  const suspect = retryClass === 'suspect' && sameCuts === 0
  const count = suspect ? suspectFailures + 1 : sameCuts
  if (retryClass === 'suspect' && count >= policy.suspectAttempts) return { kind: 'fail', retriable: true }
  const asked = Math.min((retryAfterOf(attempt) ?? 0) * 1000, policy.retryAfterCapMs)
  // What cannot get better is to end soon, also in a task that has failed often for other reasons.
  const failures = suspect || sameCuts > 1 ? count : attempt.attempts
  const backoff = backoffMs(policy, failures, random)
  const because = asked > backoff ? 'retryAfter' : 'backoff'
  return { kind: 'retry', atMs: nowMs + Math.max(backoff, asked), startOver: false, suspect, because }
}

/** An origin that says when to come again says that it helps, whatever its error; so does a client of a status. */
function classOfAttempt(policy: RetryPolicy, attempt: FailedAttempt): RetryClass {
  const { errorName, status, retryStatuses = [], sameCuts = 0 } = attempt
  if (status !== undefined && retryStatuses.includes(status)) return 'transient'
  if (sameCuts >= policy.cutsToSuspect) return 'suspect'
  const retryClass = classOf(errorName, status)
  return retryClass === 'permanent' && retryAfterOf(attempt) !== null ? 'transient' : retryClass
}

/** In seconds. It has a meaning with 202 and error statuses only. Null: there is none. */
function retryAfterOf({ status, retryAfterSeconds }: FailedAttempt): number | null {
  if (status === undefined || retryAfterSeconds === undefined || !(retryAfterSeconds >= 0)) return null
  return status === 202 || (status >= 400 && status < 600) ? retryAfterSeconds : null
}

/** Full jitter over an exponential ceiling, never under a tenth of it, so that a retry is never a tight loop. */
export function backoffMs(policy: RetryPolicy, attempts: number, random: number): number {
  const exponent = Math.min(Math.max(attempts - 1, 0), 30)
  const ceiling = Math.min(policy.baseMs * 2 ** exponent, policy.capMs)
  return Math.round(ceiling * (0.1 + 0.9 * random))
}
