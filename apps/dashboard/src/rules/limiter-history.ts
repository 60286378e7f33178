import type { Limiter, Wake } from '@backhaul/sdk'
import type { StepPoint } from './limiter-patterns.ts'

export const historyRanges = { '1h': 3_600, '24h': 86_400, '7d': 604_800 } as const
export type HistoryRange = keyof typeof historyRanges
export const historyWords: Record<HistoryRange, string> = { '1h': 'hour', '24h': 'day', '7d': 'week' }

/** What an address says; a day when it says nothing that is known. */
export function readHistoryRange(search: URLSearchParams): HistoryRange {
  const range = search.get('range') ?? ''
  return Object.hasOwn(historyRanges, range) ? (range as HistoryRange) : '24h'
}

export interface LimiterHistory {
  /** Seconds since the beginning of the range; the delay holds from each point to the next. */
  points: StepPoint[]
  wakes: { id: string; at: number; delay: number; session: string }[]
  now: number
  /** When what begins in the background now may begin at the earliest; null: at once. */
  gate: { from: number; to: number } | null
  /** When the delay is 0 again unless a wake comes first; null: it is 0, or a task that it holds is still to end. */
  quiet: number | null
  lastAt: number
  highest: number
}

/**
 * The delay as it was, from the wakes that opened (newest first) and the limiter as it is. A wake's delay is told; when it fell
 * back to 0 is not: that it did is seen from the next wake, which began at the base again, and it is drawn at the earliest
 * moment at which it can have been.
 */
export function limiterHistory(
  wakes: readonly Wake[],
  limiter: Limiter,
  fromMs: number,
  nowMs: number,
): LimiterHistory {
  const at = (time: string | number) => (typeof time === 'string' ? Date.parse(time) - fromMs : time - fromMs) / 1000
  const now = at(nowMs)
  const told = wakes
    .map(({ id, openedAt, delayAfterSeconds, sessionIdentifier }) => ({
      id,
      at: at(openedAt),
      delay: delayAfterSeconds,
      session: sessionIdentifier,
    }))
    .toSorted((a, b) => a.at - b.at)
  const points: StepPoint[] = [{ at: Number.NEGATIVE_INFINITY, delay: 0 }]
  for (const [index, wake] of told.entries()) {
    const next = told[index + 1]
    add(points, wake.at, wake.delay)
    if (next ? next.delay <= limiter.policy.baseSeconds : limiter.delaySeconds === 0)
      add(points, Math.min(wake.at + wake.delay, next?.at ?? now), 0)
  }
  // A lease of the foreground ends a delay at once, and no wake tells of that.
  if (points.at(-1)!.delay !== limiter.delaySeconds) add(points, now, limiter.delaySeconds)
  const last = limiter.lastWakeAt
  const gate =
    limiter.gateUntil !== null && last !== null && Date.parse(limiter.gateUntil) > nowMs
      ? { from: at(last), to: at(limiter.gateUntil) }
      : null
  const quiet = limiter.quietUntil === null || limiter.gatedTasks > 0 ? null : at(limiter.quietUntil)
  return {
    points: visible(points),
    wakes: told.filter((wake) => wake.at >= 0),
    now,
    gate,
    quiet,
    lastAt: Math.max(now, gate?.to ?? 0, quiet ?? 0),
    highest: Math.max(0, ...visible(points).map(({ delay }) => delay)),
  }
}

function add(points: StepPoint[], at: number, delay: number): void {
  if (points.at(-1)!.delay !== delay) points.push({ at, delay })
}

/** What came before the range counts by the delay that it begins with. */
function visible(points: readonly StepPoint[]): StepPoint[] {
  const before = points.filter(({ at }) => at <= 0).at(-1)
  return [{ at: 0, delay: before?.delay ?? 0 }, ...points.filter(({ at }) => at > 0)]
}
