/** How much of a quota is left (draft-ietf-httpapi-ratelimit-headers). */
export interface RateLimit {
  /** The quota's name: token characters only. */
  name: string
  quota: number
  windowSeconds: number
  left: number
  /** Seconds until there is more; at most the window. */
  moreInSeconds: number
}

/** The largest integer of a structured field (RFC 9651 §3.3.1). */
const largest = 999_999_999_999_999

/** The fields of an answer that tell of them, each a list. */
export function rateLimitFields(...limits: readonly RateLimit[]) {
  return {
    'ratelimit-policy': limits
      .map(({ name, quota, windowSeconds }) => `"${name}";q=${Math.min(quota, largest)};w=${windowSeconds}`)
      .join(', '),
    ratelimit: limits
      .map(({ name, left, moreInSeconds }) => `"${name}";r=${Math.min(left, largest)};t=${moreInSeconds}`)
      .join(', '),
  }
}
