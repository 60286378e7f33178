import type { Host, Task } from '@backhaul/sdk'
import { plural } from './format.ts'
import { wordFor } from './known.ts'

export const hostStates: Record<Host['state'], { words: string; rank: number }> = {
  circuitOpen: { words: 'down', rank: 0 },
  backingOff: { words: 'rests', rank: 1 },
  halfOpen: { words: 'is tried', rank: 2 },
  healthy: { words: 'well', rank: 3 },
}

/** A state that a newer service has is its own word. */
export const hostWords = (state: string): string =>
  wordFor<{ words: string }>(hostStates, state, { words: state }).words

/** Between those that are troubled and those that are well: nobody knows here what it means. */
const rankOf = (state: string) => wordFor<{ rank: number }>(hostStates, state, { rank: 2.5 }).rank

/** The most troubled first, then where most waits, then where most runs. */
export function byTrouble(a: Host, b: Host): number {
  return (
    rankOf(a.state) - rankOf(b.state) ||
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

/** Of one that a newer service has, its own word. */
export const outcomeWordsOf = (outcome: string): string => wordFor<string>(outcomeWords, outcome, outcome)

export const outcomeOf = ({ state }: Pick<Task, 'state'>): Outcome => (state === 'suspended' ? 'waiting' : state)

/** `12 completed, 1 failed`. */
export function outcomeSummary(tasks: readonly Pick<Task, 'state'>[]): string {
  const counts = new Map<string, number>(Object.keys(outcomeWords).map((outcome) => [outcome, 0]))
  for (const task of tasks) counts.set(outcomeOf(task), (counts.get(outcomeOf(task)) ?? 0) + 1)
  const parts = [...counts]
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcomeWordsOf(outcome)}`)
  return `The newest ${plural(tasks.length, 'task')}: ${parts.join(', ')}`
}
