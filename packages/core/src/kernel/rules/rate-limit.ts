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

/** The fields of an answer that tell of it. */
export function rateLimitFields({ name, quota, windowSeconds, left, moreInSeconds }: RateLimit) {
  return {
    'ratelimit-policy': `"${name}";q=${quota};w=${windowSeconds}`,
    ratelimit: `"${name}";r=${left};t=${moreInSeconds}`,
  }
}
