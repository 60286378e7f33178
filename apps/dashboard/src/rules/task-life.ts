import type { Bar, Life, LifeOf, Phase, Told } from './life.ts'
import { requestsOf } from './life-requests.ts'
import { statesOf } from './life-states.ts'
import { tellings } from './life-tellings.ts'
import type { Reason } from './waiting-reasons.ts'

/** A task's life as bars, from what its timeline and its requests tell. */
export function lifeOf(task: LifeOf, told: Told, nowMs: number): Life {
  const { waits, attempts, marks } = statesOf(task, told, nowMs)
  const lanes = [
    { name: 'Waiting', bars: waits, marks: [] },
    { name: 'Attempts', bars: attempts, marks },
    ...requestsOf(task, nowMs),
    ...tellings(told.entries, nowMs),
  ].filter(({ bars, marks }) => bars.length > 0 || marks.length > 0)
  const moments = lanes.flatMap(({ bars, marks }) => [
    ...bars.flatMap(({ from, to }) => [from, to]),
    ...marks.map(({ at }) => at),
  ])
  const created = Date.parse(task.createdAt)
  return { from: Math.min(created, ...moments), to: Math.max(created, ...moments), lanes }
}

/** The moments at which something begins or ends. */
export function momentsOf({ from, to, lanes }: Life): number[] {
  const all = lanes.flatMap(({ bars, marks }) => [
    ...bars.flatMap((bar) => [bar.from, bar.to]),
    ...marks.map(({ at }) => at),
  ])
  return [from, ...all, to]
}

export interface Share {
  phase: Phase
  reason: Reason | null
  ms: number
}

/** How long each kind of phase took in all, in the order of the lanes. Of connections beside each other: the time in which any was at it. */
export function sharesOf({ lanes }: Life): Share[] {
  const kinds = new Map<string, { phase: Phase; reason: Reason | null; bars: Bar[] }>()
  for (const bar of lanes.flatMap(({ bars }) => bars)) {
    if (bar.isPlanned || bar.phase === 'attempt' || bar.phase === 'interrupted') continue
    const key = `${bar.phase} ${bar.reason ?? ''}`
    const kind = kinds.get(key) ?? { phase: bar.phase, reason: bar.reason ?? null, bars: [] }
    kind.bars.push(bar)
    kinds.set(key, kind)
  }
  return [...kinds.values()].map(({ phase, reason, bars }) => ({ phase, reason, ms: covered(bars) }))
}

function covered(bars: readonly Bar[]): number {
  let [sum, until] = [0, Number.NEGATIVE_INFINITY]
  for (const { from, to } of bars.toSorted((a, b) => a.from - b.from)) {
    sum += Math.max(0, to - Math.max(from, until))
    until = Math.max(until, to)
  }
  return sum
}
