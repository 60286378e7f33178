import type { SimulatedMoment, SimulationStep } from '@backhaul/sdk'
import { type DrawnStep, readDrawn } from './drawn-pattern.ts'

/** Ways to hand over the same files, which the limiter judges differently. */
export const patterns = {
  chain: { name: 'Chain', words: 'One after the other: the next task when the wake for the one before has come' },
  batch: { name: 'Batch', words: 'All at once' },
  nightly: { name: 'Nightly', words: 'One a night, each with an earliest begin date' },
  mixed: { name: 'Mixed', words: 'The first half at once, the others one after the other' },
  drawn: { name: 'Drawn', words: 'As drawn on the time line' },
} as const
export type PatternName = keyof typeof patterns

export interface PatternOptions {
  name: PatternName
  tasks: number
  /** Between a wake and the next task. */
  thinkSeconds: number
  transferSeconds: number
  drawn: readonly DrawnStep[]
}

const daySeconds = 86_400
export const amounts = {
  tasks: { least: 1, most: 50, usual: 8 },
  thinkSeconds: { least: 0, most: daySeconds, usual: 5 },
  transferSeconds: { least: 0, most: daySeconds, usual: 11 },
} as const

/** What an address says; what is no pattern, or no amount of its range, is as usual. */
export function readPattern(search: URLSearchParams): PatternOptions {
  const name = search.get('pattern') ?? ''
  const amount = (of: keyof typeof amounts) => {
    const { least, most, usual } = amounts[of]
    const value = Number(search.get(of) ?? Number.NaN)
    return value >= least && value <= most && (of !== 'tasks' || Number.isInteger(value)) ? value : usual
  }
  return {
    name: Object.hasOwn(patterns, name) ? (name as PatternName) : 'chain',
    tasks: amount('tasks'),
    thinkSeconds: amount('thinkSeconds'),
    transferSeconds: amount('transferSeconds'),
    drawn: readDrawn(search.get('drawn')),
  }
}

export function patternSteps(options: PatternOptions): SimulationStep[] {
  const { name, tasks, thinkSeconds, transferSeconds, drawn } = options
  if (name === 'batch') return [{ do: 'create', at: 0, tasks, transferSeconds }]
  if (name === 'drawn') return drawn.toSorted((a, b) => a.at - b.at).map((step) => ({ do: 'create' as const, ...step }))
  if (name === 'mixed') {
    const together = Math.ceil(tasks / 2)
    return [
      { do: 'create', at: 0, tasks: together, transferSeconds },
      ...Array.from({ length: tasks - together }, () => ({
        do: 'create' as const,
        afterPreviousWake: thinkSeconds,
        transferSeconds,
      })),
    ]
  }
  return Array.from({ length: tasks }, (_, n) => ({
    do: 'create' as const,
    transferSeconds,
    ...(n === 0 ? { at: 0 } : { afterPreviousWake: thinkSeconds }),
    ...(name === 'nightly' ? { earliestBeginDate: daySeconds * (n + 1) } : {}),
  }))
}

export interface StepPoint {
  at: number
  delay: number
}

export interface DelayCurve {
  /** Seconds since the first step; the delay holds from each point to the next. */
  points: StepPoint[]
  wakes: number[]
  lastAt: number
  highest: number
}

export function delayCurve(timeline: readonly SimulatedMoment[]): DelayCurve {
  const points = [{ at: 0, delay: 0 }]
  for (const { at, delaySeconds } of timeline)
    if (points.at(-1)!.delay !== delaySeconds) points.push({ at, delay: delaySeconds })
  return {
    points,
    wakes: timeline.filter(({ what }) => what === 'wake').map(({ at }) => at),
    lastAt: timeline.at(-1)?.at ?? 0,
    highest: Math.max(...points.map(({ delay }) => delay)),
  }
}

/** What a pattern costs beside handing over everything at once; null: nothing, or nothing to compare with. */
export function patternAdvice(chosen: DelayCurve, batch: DelayCurve): string[] {
  const advice: string[] = []
  const more = chosen.wakes.length - batch.wakes.length
  if (more > 0) advice.push(`Handed over at once, the same tasks need ${more} fewer ${more === 1 ? 'wake' : 'wakes'}.`)
  if (chosen.highest > batch.highest)
    advice.push(
      'Each wake that comes before the delay has passed raises it: leave it one quiet time, and it is 0 again.',
    )
  if (chosen.wakes.length > 1 && chosen.highest <= batch.highest)
    advice.push('The delay never rises above its base, because it has passed before each wake.')
  return advice
}
