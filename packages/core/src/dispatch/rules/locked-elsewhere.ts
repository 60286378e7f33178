import type { QueueTurn } from './fair-share.ts'

/** A tenant queue that another dispatcher had locked, as a claim found it. */
export interface LockedQueue extends QueueTurn {
  tenantId: string
}

/** What a dispatcher remembers of it until its next claim. */
export interface Sighting extends LockedQueue {
  /** When it was first found locked since it was last found free, in milliseconds by the dispatcher's own clock. */
  sinceMs: number
}

/**
 * Longer than a claim takes: 10 to 50 ms, and 99 of 100 within 340 ms where eight dispatchers share two busy cores. If it
 * were longer, a dispatcher that has stopped would keep all others from their work for as long; if it were shorter, slow
 * claims would cost their tenants what their weights have earned.
 */
export const longestClaimMs = 500

/**
 * Since when each of the `locked` queues has been locked. `before` are the sightings of the dispatcher's last claim: a queue
 * that is not among them was free then, or had no task to give. One whose virtual time has changed was free in between:
 * a claim that served it was committed, and this is another one.
 */
export function sight(locked: readonly LockedQueue[], before: readonly Sighting[], nowMs: number): Sighting[] {
  const known = new Map(before.map((sighting) => [sighting.tenantId, sighting]))
  return locked.map((queue) => {
    const last = known.get(queue.tenantId)
    return { ...queue, sinceMs: last?.vtime === queue.vtime ? last.sinceMs : nowMs }
  })
}

/**
 * Whether the others still wait for it. If not, the process that has it has stopped, or its connection hangs, in the middle
 * of a claim: PostgreSQL ends that after 8 s, and until then the others would begin nothing more.
 */
export function isAwaited({ sinceMs }: Sighting, nowMs: number): boolean {
  return nowMs - sinceMs < longestClaimMs
}
