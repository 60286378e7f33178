/** No timer can wait a month, and nobody means it. */
const longestMs = 86_400_000

/** The milliseconds that a Retry-After field asks for, as seconds or as a date (RFC 9110 §10.2.3); null: it says nothing, or nonsense. */
export function retryAfterMs(field: string | null, nowMs: number): number | null {
  const value = field?.trim()
  if (!value) return null
  // `Date.parse` would find a year in `-5`.
  const dateMs = / GMT$/.test(value) ? Date.parse(value) : Number.NaN
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : dateMs - nowMs
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(0, waitMs), longestMs)
}
