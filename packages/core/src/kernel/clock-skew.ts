import type { Log } from './log.ts'

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

/** What a process knows of its own clock, compared with the database's. */
export interface ClockWatch {
  /** Compares the two; false: nothing can be signed by this one. Says so at most once a minute. */
  agrees(nowMs: number, databaseNowMs: number): boolean
  /** It was off a moment ago: others had better do what needs it. */
  isOff(nowMs: number): boolean
}

const forgetMs = 10_000
const logEveryMs = 60_000

export function createClockWatch(log: Log): ClockWatch {
  let offAtMs: number | null = null
  let saidAtMs: number | null = null
  // A clock that is put right may jump back.
  const isWithin = (nowMs: number, sinceMs: number | null, ms: number) =>
    sinceMs !== null && nowMs >= sinceMs && nowMs < sinceMs + ms
  return {
    agrees(nowMs, databaseNowMs) {
      const offsetMs = clockOffset(nowMs, databaseNowMs)
      offAtMs = offsetMs === null ? null : nowMs
      if (offsetMs === null) return true
      if (!isWithin(nowMs, saidAtMs, logEveryMs)) {
        saidAtMs = nowMs
        log.error(
          { event: 'clock.off', offsetMs: Math.round(offsetMs) },
          "no webhooks from here: this clock is off from the database's",
        )
      }
      return false
    },
    isOff: (nowMs) => isWithin(nowMs, offAtMs, forgetMs),
  }
}
