import { seconds } from '../../kernel/rules/duration-text.ts'

/** Until when the wake limiter holds a task back, and the delay that it met. */
export interface Gate {
  gatedUntil: Date | null
  gateDelaySeconds: number | null
}

/** Why a task is gated at `at`: when its client was woken, and the delay. A task of an older release may not know its delay. */
export function gateDetail(at: Date, { gatedUntil, gateDelaySeconds: delaySeconds }: Gate): string {
  if (gatedUntil === null || delaySeconds === null) return 'the delay since the client was last woken has not elapsed'
  const wokenAtMs = gatedUntil.getTime() - delaySeconds * 1000
  return `the client was woken ${seconds(at.getTime() - wokenAtMs)} ago; the delay is ${delaySeconds} s`
}
