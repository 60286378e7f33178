/*
 * How much of a key's requests one process takes ahead. What it holds and does not use is lost to others for a while, and
 * what it lets through before it has asked comes on top: both stay below 10 % of the quota with eight processes.
 */

const mostAhead = 10_000
/** Taken at least, where the quota allows: a key that is used now and then does not ask for every request. */
const leastAhead = 10
/** What was taken and not used within this time is given up. */
export const heldMs = 10_000

/** Requests that a process may hold; 1: it asks for every request. */
export function holdable(quota: number): number {
  return Math.max(1, Math.min(mostAhead, Math.floor(quota / 100)))
}

/** Requests that it may let through while it asks. */
export function onCredit(quota: number): number {
  return Math.floor(holdable(quota) / 2)
}

/** Requests to ask for: what the key uses in half a second; for all that wait, if they are more. */
export function askedFor(quota: number, { perSecond, waiting }: { perSecond: number; waiting: number }): number {
  return Math.max(waiting, Math.min(holdable(quota), Math.max(leastAhead, Math.ceil(perSecond / 2))))
}
