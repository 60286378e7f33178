import type { Host, Task } from '@backhaul/sdk'
import { plural } from './format.ts'

export const hostStates: Record<Host['state'], { words: string; rank: number }> = {
  circuitOpen: { words: 'down', rank: 0 },
  backingOff: { words: 'rests', rank: 1 },
  halfOpen: { words: 'is tried', rank: 2 },
  healthy: { words: 'well', rank: 3 },
}

/** The most troubled first, then where most waits, then where most runs. */
export function byTrouble(a: Host, b: Host): number {
  return (
    hostStates[a.state].rank - hostStates[b.state].rank ||
    b.waitingTasks - a.waitingTasks ||
    b.connections.yours - a.connections.yours ||
    (a.host < b.host ? -1 : 1)
  )
}

/** Why tasks do not begin there, and what will change it. */
export function hostSentence({ state, downSince }: Pick<Host, 'state' | 'downSince'>): string {
  if (state === 'backingOff') return 'It asked for time. Nobody begins there before it is over.'
  if (state === 'circuitOpen') return 'Nobody was there. One request tries it when the time is over.'
  if (state === 'halfOpen') return 'One request at a time tries it; any answer makes it well.'
  return downSince === null ? '' : 'The last connections failed. A few more, and it is left alone for a while.'
}

export type Outcome = 'completed' | 'failed' | 'canceled' | 'running' | 'waiting'
export const outcomeWords: Record<Outcome, string> = {
  completed: 'completed',
  failed: 'failed',
  canceled: 'canceled',
  running: 'under way',
  waiting: 'not begun',
}

export const outcomeOf = ({ state }: Pick<Task, 'state'>): Outcome => (state === 'suspended' ? 'waiting' : state)

/** `12 completed, 1 failed`. */
export function outcomeSummary(tasks: readonly Pick<Task, 'state'>[]): string {
  const counts = Object.groupBy(tasks.map(outcomeOf), (outcome) => outcome)
  const parts = (Object.keys(outcomeWords) as Outcome[])
    .filter((outcome) => counts[outcome])
    .map((outcome) => `${counts[outcome]!.length} ${outcomeWords[outcome]}`)
  return `The newest ${plural(tasks.length, 'task')}: ${parts.join(', ')}`
}
