const mostMs = 50

/**
 * How long (ms) to wait for more before the next of work that is cheaper together, when the last took `tookMs`: as long as
 * that, but `leastMs` at least and 50 ms at most. A busy machine does it in fewer and larger batches; an idle one hardly waits.
 */
export function batchDelayMs(tookMs: number, leastMs: number): number {
  return Math.min(Math.max(tookMs, leastMs), mostMs)
}
