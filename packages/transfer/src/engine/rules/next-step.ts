import { type AskedRun, furtherRun, isComplete, type RunState } from './run-state.ts'

/** What a download in ranges does next. */
export type NextStep =
  /** Every part is stored. */
  | { do: 'end' }
  /** A connection is opened for a run. */
  | { do: 'open'; run: AskedRun }
  /** Until work that is under way ends, or the rate is measured again. */
  | { do: 'wait' }
  /** The last connection is lost, and nothing is under way that could still bring one. */
  | { do: 'giveUp' }

export interface Means {
  /** Connections that may be used at once. */
  allowed: number
  /** Runs, connections being opened, and parts that storage has not confirmed. */
  pending: number
}

/** `id` is that of the run that may be opened. */
export function nextStep(runs: RunState, id: number, { allowed, pending }: Means): NextStep {
  if (isComplete(runs)) return { do: 'end' }
  if (runs.isCutOff) return { do: pending === 0 ? 'giveUp' : 'wait' }
  if (runs.active.length + runs.asked.length >= allowed) return { do: 'wait' }
  const run = furtherRun(runs, id)
  return run ? { do: 'open', run } : { do: 'wait' }
}
