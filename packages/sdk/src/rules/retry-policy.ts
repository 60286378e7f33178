const firstMs = 500
const capMs = 8_000
/**
 * Who is asked to stay away for longer is told so instead: the caller knows better what to do meanwhile. Not one that repeats a call for
 * ever, as `tasks.wait` does.
 */
const longestRetryAfterMs = 60_000

/** What is known of an attempt that has failed. */
export interface Failure {
  /** 0: there was no response. */
  status: number
  code: string
  retryAfterMs: number | null
}

/**
 * How long to wait before the next attempt, in milliseconds; null: there is none. `attempts` have been made, at least one; `random` is
 * in [0, 1). Every request may be repeated: those that create carry an Idempotency-Key, and the service's other verbs are harmless.
 */
export function retryDelayMs(failure: Failure, attempts: number, maxRetries: number, random: number): number | null {
  if (attempts > maxRetries || !mayPass(failure)) return null
  const backoffMs = Math.min(capMs, firstMs * 2 ** (attempts - 1))
  if (failure.retryAfterMs === null) return backoffMs * (1 - random / 2)
  // Never sooner than asked, and not all clients in the same moment.
  const isTooLong = failure.retryAfterMs > longestRetryAfterMs && maxRetries !== Number.POSITIVE_INFINITY
  return isTooLong ? null : failure.retryAfterMs + (backoffMs * random) / 2
}

/** A used-up quota does not come back by itself: it has no Retry-After then. 502 and 504 are those of a proxy in between. */
function mayPass({ status, code, retryAfterMs }: Failure): boolean {
  if (status === 429) return code !== 'quota_exceeded' || retryAfterMs !== null
  return [0, 502, 503, 504].includes(status) || code === 'idempotency_key_in_use'
}
