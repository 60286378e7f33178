import type { Transaction } from '@backhaul/transfer/rules'

/** Less than this measures the way to a host rather than its rate. */
export const measuredFromBytes = 1_048_576

/** Bytes a second of one answer's body; null when it is too small, or too quick for the clock, to say. */
export function measuredRate(transaction: Transaction | undefined): number | null {
  if (!transaction?.responseStart || !transaction.responseEnd) return null
  const bytes = transaction.countOfResponseBodyBytesReceived
  const ms = Date.parse(transaction.responseEnd) - Date.parse(transaction.responseStart)
  return bytes < measuredFromBytes || ms <= 0 ? null : (bytes * 1000) / ms
}
