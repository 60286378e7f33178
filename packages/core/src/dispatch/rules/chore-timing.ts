/** When a chore comes round. */
export interface ChoreTiming {
  /** Milliseconds from the beginning of one run to the next; 0: in every round. */
  everyMs: number
  /** It takes leases away, which could not be renewed while the database was away; so it waits after an outage. */
  waitsAfterOutage?: true
}

/** After the database was away, leases could not be renewed: nothing is taken away for one full lease. Milliseconds. */
export const graceMs = 15_000

/** Whether a chore is due. `ranAtMs` undefined: it has not run yet; `outageAtMs` null: the database was always there. */
export function isChoreDue(
  { everyMs, waitsAfterOutage }: ChoreTiming,
  ranAtMs: number | undefined,
  outageAtMs: number | null,
  nowMs: number,
): boolean {
  if (waitsAfterOutage && outageAtMs !== null && nowMs < outageAtMs + graceMs) return false
  return ranAtMs === undefined || nowMs >= ranAtMs + everyMs
}
