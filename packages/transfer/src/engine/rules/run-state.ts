import { firstGap, nextRun, type PartState, type Run } from '../../bytes/rules/part-plan.ts'

/* Which part of a file is where while it is fetched over several connections. Each change is an event; nothing is mutated. */

/** A run whose bytes are coming. */
interface ActiveRun extends Run {
  id: number
}

/** A run that has been requested, before the origin's response. */
export interface AskedRun extends Run {
  id: number
  /** The active run of which it takes the rear half; null: it fills a gap. */
  from: number | null
}

export interface RunState {
  /** States by the index of the part in the plan. */
  parts: readonly PartState[]
  active: readonly ActiveRun[]
  asked: readonly AskedRun[]
  /** True: the last connection was lost or refused, and none has begun since. Then no other is opened. */
  isCutOff: boolean
}

export type RunEvent =
  /** A connection is opened for a run. */
  | { type: 'ask'; run: AskedRun }
  /** The origin does not grant what was asked for. */
  | { type: 'refuse'; id: number }
  /** The origin's response has come, and the run's bytes follow. */
  | { type: 'start'; id: number }
  /** All bytes of the run's part have been handed to storage. */
  | { type: 'advance'; id: number }
  /** The run has come to its end. */
  | { type: 'finish'; id: number }
  /** The connection is lost, with the part that was coming and those behind it. */
  | { type: 'break'; id: number }
  /** Only `allowed` connections may be used. The runs with most parts left end behind their present part. */
  | { type: 'shrink'; allowed: number }
  /** Storage has confirmed a part, or has lost it. */
  | { type: 'store' | 'lose'; index: number }

/** The state before anything is fetched. `stored` are the indexes of the parts that are stored already. */
export function startRuns(parts: number, stored: readonly number[]): RunState {
  const there = new Set(stored)
  return {
    parts: Array.from({ length: parts }, (_, index) => (there.has(index) ? 'stored' : 'missing')),
    active: [],
    asked: [],
    isCutOff: false,
  }
}

export function isComplete({ parts }: RunState): boolean {
  return parts.every((part) => part === 'stored')
}

/** The run of the first connection. At least one part must be missing. */
export function firstRun({ parts }: RunState, id: number): AskedRun {
  return { id, ...firstGap(parts)!, from: null }
}

/** The run of a further connection; null: none is worth it. */
export function furtherRun({ parts, active }: RunState, id: number): AskedRun | null {
  const found = nextRun(parts, active)
  if (!found) return null
  const from = active.find((run) => run === found.from)
  return { id, ...found.run, from: from?.id ?? null }
}

export function activeRun({ active }: RunState, id: number): ActiveRun {
  return find(active, id)
}

export function changeRuns(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'ask': {
      const { run } = event
      return {
        ...state,
        parts: withParts(state.parts, run.next, run.end, 'underway'),
        active: changed(state.active, run.from, () => ({ end: run.next })),
        asked: [...state.asked, run],
      }
    }
    case 'refuse':
      return cutOffIfIdle(giveBack(state, find(state.asked, event.id)))
    case 'start': {
      const { id, next, end } = find(state.asked, event.id)
      const active = [...state.active, { id, next, end }]
      return { ...state, active, asked: without(state.asked, id), isCutOff: false }
    }
    case 'advance':
      return { ...state, active: changed(state.active, event.id, ({ next }) => ({ next: next + 1 })) }
    case 'finish':
      return { ...state, active: without(state.active, event.id) }
    case 'break': {
      const { next, end } = find(state.active, event.id)
      return cutOffIfIdle({
        ...state,
        parts: withParts(state.parts, next, end, 'missing'),
        active: without(state.active, event.id),
      })
    }
    case 'shrink':
      return shrink(state, event.allowed)
    case 'store':
      return { ...state, parts: state.parts.with(event.index, 'stored') }
    case 'lose':
      return { ...state, parts: state.parts.with(event.index, 'missing') }
  }
}

/** Gives the parts back to the run from which they were taken, unless that run has broken or ended. Then they are missing. */
function giveBack(state: RunState, { id, from, next, end }: AskedRun): RunState {
  const asked = without(state.asked, id)
  const giver = state.active.find((run) => run.id === from)
  if (giver && giver.next < giver.end && giver.end === next)
    return { ...state, asked, active: changed(state.active, giver.id, () => ({ end })) }
  return { ...state, asked, parts: withParts(state.parts, next, end, 'missing') }
}

function cutOffIfIdle(state: RunState): RunState {
  return { ...state, isCutOff: state.active.length === 0 }
}

function shrink(state: RunState, allowed: number): RunState {
  const surplus = Math.max(0, state.active.length - allowed)
  const ended = state.active.toSorted((a, b) => b.end - b.next - (a.end - a.next)).slice(0, surplus)
  let { parts, active } = state
  for (const { id, next, end } of ended) {
    parts = withParts(parts, next + 1, end, 'missing')
    active = changed(active, id, () => ({ end: Math.min(end, next + 1) }))
  }
  return { ...state, parts, active }
}

function withParts(parts: readonly PartState[], from: number, to: number, state: PartState): readonly PartState[] {
  return from < to ? parts.toSpliced(from, to - from, ...Array<PartState>(to - from).fill(state)) : parts
}

function changed(
  runs: readonly ActiveRun[],
  id: number | null,
  change: (run: ActiveRun) => Partial<Run>,
): readonly ActiveRun[] {
  return id === null ? runs : runs.map((run) => (run.id === id ? { ...run, ...change(run) } : run))
}

function without<T extends { id: number }>(runs: readonly T[], id: number): readonly T[] {
  return runs.filter((run) => run.id !== id)
}

function find<T extends { id: number }>(runs: readonly T[], id: number): T {
  const found = runs.find((run) => run.id === id)
  if (!found) throw new RangeError('there is no such run')
  return found
}
