import type { SimulatedMoment, SimulationStep } from '@backhaul/sdk'

/** Ways to hand over the same files, which the limiter judges differently. */
export const patterns = {
  chain: { words: 'One after the other: the next task when the wake for the one before has come' },
  batch: { words: 'All at once' },
  nightly: { words: 'One a night, each with an earliest begin date' },
} as const
export type PatternName = keyof typeof patterns

export interface PatternOptions {
  name: PatternName
  tasks: number
  /** Between a wake and the next task. */
  thinkSeconds: number
  transferSeconds: number
}

const daySeconds = 86_400

export function patternSteps({ name, tasks, thinkSeconds, transferSeconds }: PatternOptions): SimulationStep[] {
  if (name === 'batch') return [{ do: 'create', at: 0, tasks, transferSeconds }]
  return Array.from({ length: tasks }, (_, n) => ({
    do: 'create' as const,
    transferSeconds,
    ...(n === 0 ? { at: 0 } : { afterPreviousWake: thinkSeconds }),
    ...(name === 'nightly' ? { earliestBeginDate: daySeconds * (n + 1) } : {}),
  }))
}

export interface DelayCurve {
  /** Seconds since the first step; the delay holds from each point to the next. */
  points: { at: number; delay: number }[]
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
