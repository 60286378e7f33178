import { standsStill } from './rules/standstill.ts'

/** Knows when a dispatcher last came round. */
export interface RoundWatch {
  /** For {@link DispatchPorts.cameRound}. */
  cameRound(): void
  /** Whether it has ended, or hangs: tasks wait although the process lives. */
  standsStill(): boolean
}

/** `nowMs`: a clock that nobody sets. It counts from now on, so that a dispatcher that never begins is noticed too. */
export function createRoundWatch(nowMs: () => number = () => performance.now()): RoundWatch {
  let cameRoundAtMs = nowMs()
  return {
    cameRound() {
      cameRoundAtMs = nowMs()
    },
    standsStill: () => standsStill(cameRoundAtMs, nowMs()),
  }
}
