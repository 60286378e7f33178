const firstMs = 500
const capMs = 15_000
const jitter = 0.5

/** The delay before a reconnect after so many failures in a row. `random` is in [0, 1). */
export function reconnectDelayMs(failures: number, random: number): number {
  const doubled = Math.min(capMs, firstMs * 2 ** Math.max(0, failures - 1))
  return Math.round(doubled * (1 - jitter * random))
}
