/**
 * Receivers refuse a timestamp that is five minutes off (Standard Webhooks, "verifying signatures", leaves the tolerance to
 * them; its libraries take five). A clock that is a minute off is broken, and has some way to go until they notice.
 */
const mostMs = 60_000

/** By how much (ms, positive: ahead) a clock is too far from the database's to sign by it; null: it is near enough. */
export function clockOffset(nowMs: number, databaseNowMs: number): number | null {
  const offsetMs = nowMs - databaseNowMs
  return Math.abs(offsetMs) > mostMs ? offsetMs : null
}
