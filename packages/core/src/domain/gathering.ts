const mostMs = 50

/**
 * How long (ms) to wait for more before the next of work that is cheaper together, when the last took `tookMs`: as long as
 * that, so that a busy machine does less and larger work, and an idle one loses no time. `leastMs`: where more may come at once.
 */
export function gatheringMs(tookMs: number, leastMs: number): number {
  return Math.min(Math.max(tookMs, leastMs), mostMs)
}
