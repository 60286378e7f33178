const firstMs = 500
const capMs = 15_000

/** The delay before a stream is opened again after so many failures in a row, in milliseconds. `random` is in [0, 1). */
export function reconnectDelayMs(failures: number, retryAfterMs: number | null, random: number): number {
  const backoffMs = Math.min(capMs, firstMs * 2 ** Math.max(0, failures - 1))
  return Math.max(retryAfterMs ?? 0, backoffMs * (1 - random / 2))
}
