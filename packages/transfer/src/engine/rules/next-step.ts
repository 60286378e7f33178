import { type AskedRun, furtherRun, isComplete, type RunState } from './run-state.ts'

/** The next action of a download in ranges. */
export type NextStep =
  /** To end: every part is stored. */
  | { do: 'end' }
  /** To open a connection for a run. */
  | { do: 'open'; run: AskedRun }
  /** To wait until work under way ends or the rate is measured again. */
  | { do: 'wait' }
  /** To give up: the last connection is lost, and no work is under way that could bring another. */
  | { do: 'giveUp' }

export interface Means {
  /** The number of connections that may be used at once. */
  allowed: number
  /** The number of runs, connections being opened, and parts that storage has not confirmed. */
  pending: number
}

/** `id` is the id for a run that is opened. */
export function nextStep(runs: RunState, id: number, { allowed, pending }: Means): NextStep {
  if (isComplete(runs)) return { do: 'end' }
  if (runs.isCutOff) return { do: pending === 0 ? 'giveUp' : 'wait' }
  if (runs.active.length + runs.asked.length >= allowed) return { do: 'wait' }
  const run = furtherRun(runs, id)
  return run ? { do: 'open', run } : { do: 'wait' }
}
