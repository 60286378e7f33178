/** A round comes at least so often when nothing asks for one. */
export const pollMs = 1_000
/** Longer than a claim takes whose statement times out (22 s, database/pool.ts): a database that hangs once is no standstill. */
export const standstillMs = 30 * pollMs

/** Whether a dispatcher that could last claim at `couldClaimAtMs` claims nothing any more. Both in milliseconds of one clock. */
export function standsStill(couldClaimAtMs: number, nowMs: number): boolean {
  return nowMs - couldClaimAtMs > standstillMs
}
