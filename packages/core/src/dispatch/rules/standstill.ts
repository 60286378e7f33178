/** A round comes at least so often when nothing asks for one. */
export const pollMs = 1_000
/** Longer than a step takes whose statement times out (22 s, database/pool.ts): a database that hangs is no standstill. */
export const standstillMs = 30 * pollMs

/** Whether a dispatcher that last came round at `cameRoundAtMs` has ended, or hangs. Both in milliseconds of one clock. */
export function standsStill(cameRoundAtMs: number, nowMs: number): boolean {
  return nowMs - cameRoundAtMs > standstillMs
}
