/** The milliseconds that a Retry-After field asks for, as seconds or as a date (RFC 9110 §10.2.3); null: it says nothing. */
export function retryAfterMs(field: string | null, nowMs: number): number | null {
  const value = field?.trim()
  if (!value) return null
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs)
}
