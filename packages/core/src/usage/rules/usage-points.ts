import { stepMs, type UsageRange } from './usage-range.ts'

/** What is counted, in the order in which it is shown. */
export const usageCounters = [
  'tasksCreated',
  'tasksCompleted',
  'tasksFailed',
  'tasksCanceled',
  'bytesReceived',
  'bytesSent',
  'wakes',
  'deliveryAttempts',
  'deliveryAttemptsFailed',
  'requests',
] as const
type UsageCounts = Record<(typeof usageCounters)[number], number>

/** Usage in some time. `bytesStoredAverage`: of all moments of it, in bytes. */
export interface Usage extends UsageCounts {
  bytesStoredAverage: number
}

/** Usage in an hour or a day that begins at `at`. */
export interface UsagePoint extends Usage {
  at: Date
}

/** What was counted in a point in which something happened. */
export interface CountedPoint extends UsageCounts {
  atMs: number
  /** Stored bytes at its end less those at its beginning. */
  storedDelta: number
  /** Each change of the stored bytes times the seconds from it to the point's end. */
  storedByteSeconds: number
}

/** What is known of a tenant in a range: points in the order of time, those without activity left out. */
export interface CountedUsage {
  /** By the clock of those who counted (Unix ms). */
  nowMs: number
  /** Stored now. */
  storedBytes: number
  /** How much of it came after the range's end. */
  storedLater: number
  points: readonly CountedPoint[]
}

const nothing = Object.fromEntries(usageCounters.map((name) => [name, 0])) as UsageCounts
const idle = { ...nothing, storedDelta: 0, storedByteSeconds: 0 }

/**
 * Every point of the range, and the whole of it. What was stored follows backwards from what is stored now: a point's
 * beginning is its end less what changed in between. So nothing has to be written for a tenant that only keeps files. The
 * point that is not over is averaged up to now.
 */
export function usagePoints(
  { step, sinceMs, endMs }: UsageRange,
  { nowMs, storedBytes, storedLater, points }: CountedUsage,
): { data: UsagePoint[]; totals: Usage } {
  const each = stepMs[step]
  const counted = new Map(points.map((point) => [point.atMs, point]))
  const backwards: UsagePoint[] = []
  const totals: Usage = { ...nothing, bytesStoredAverage: 0 }
  let atEnd = storedBytes - storedLater
  let wholeSeconds = 0
  let wholeByteSeconds = 0
  for (let atMs = endMs - each; atMs >= sinceMs; atMs -= each) {
    const { storedDelta, storedByteSeconds, ...point } = { ...idle, ...counted.get(atMs), atMs }
    const atBeginning = atEnd - storedDelta
    const seconds = Math.min(Math.max(nowMs - atMs, 0), each) / 1000
    // What has changed is stored for the rest of the point too, which may not be over.
    const byteSeconds = atBeginning * seconds + storedByteSeconds - storedDelta * (each / 1000 - seconds)
    const counts = countsOf(point)
    for (const name of usageCounters) totals[name] += counts[name]
    wholeSeconds += seconds
    wholeByteSeconds += byteSeconds
    backwards.push({ at: new Date(atMs), ...counts, bytesStoredAverage: average(byteSeconds, seconds, atEnd) })
    atEnd = atBeginning
  }
  totals.bytesStoredAverage = average(wholeByteSeconds, wholeSeconds, atEnd)
  return { data: backwards.toReversed(), totals }
}

function countsOf(point: UsageCounts): UsageCounts {
  return Object.fromEntries(usageCounters.map((name) => [name, point[name]])) as UsageCounts
}

/** Whole bytes. Of no time: what was stored then. Fractions of the sum may leave a hair less than nothing. */
function average(byteSeconds: number, seconds: number, stored: number): number {
  return Math.max(0, Math.round(seconds > 0 ? byteSeconds / seconds : stored))
}
