/** How long the time is that statistics are of. Each is a row below. */
export const statsRanges = ['1h', '24h', '7d'] as const
export type StatsRangeName = (typeof statsRanges)[number]

const minuteSeconds = 60
const hourSeconds = 3_600

/** Steps of one length; the last of them is not over. */
export interface StatsSteps {
  stepSeconds: number
  points: number
}

export const statsSteps: Record<StatsRangeName, StatsSteps> = {
  '1h': { stepSeconds: minuteSeconds, points: 60 },
  '24h': { stepSeconds: hourSeconds, points: 24 },
  '7d': { stepSeconds: hourSeconds, points: 168 },
}

/** Whether the usage of hours is counted elsewhere (`usage_hour`), so that samples need not have it. */
export const isByHours = ({ stepSeconds }: Pick<StatsSteps, 'stepSeconds'>): boolean => stepSeconds === hourSeconds

/** Whole steps in UTC, Unix ms: the first begins at `sinceMs`, the last is the one that it is, and ends at `endMs`. */
export interface StatsRange {
  stepMs: number
  sinceMs: number
  endMs: number
}

export function statsRange({ stepSeconds, points }: StatsSteps, nowMs: number): StatsRange {
  const stepMs = stepSeconds * 1000
  const endMs = (Math.floor(nowMs / stepMs) + 1) * stepMs
  return { stepMs, sinceMs: endMs - points * stepMs, endMs }
}
