import { standsStill } from './rules/standstill.ts'

/** Knows when a dispatcher could last claim tasks. */
export interface ClaimWatch {
  /** For {@link HandOutPorts.couldClaim}. */
  couldClaim(): void
  /** Whether it has ended, hangs, or is kept from claiming: tasks wait although the process lives. */
  standsStill(): boolean
}

/** `nowMs`: a clock that nobody sets. It counts from now on, so that a dispatcher that never begins is noticed too. */
export function createClaimWatch(nowMs: () => number = () => performance.now()): ClaimWatch {
  let couldClaimAtMs = nowMs()
  return {
    couldClaim() {
      couldClaimAtMs = nowMs()
    },
    standsStill: () => standsStill(couldClaimAtMs, nowMs()),
  }
}
