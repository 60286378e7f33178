import type { Task } from '@backhaul/sdk'

export type State = Task['state']

const colours: Record<State, string> = {
  suspended: 'bg-zinc-200 text-zinc-800 dark:bg-zinc-700 dark:text-zinc-100',
  waiting: 'bg-amber-100 text-amber-900 dark:bg-amber-900 dark:text-amber-100',
  running: 'bg-blue-100 text-blue-900 dark:bg-blue-900 dark:text-blue-100',
  completed: 'bg-emerald-100 text-emerald-900 dark:bg-emerald-900 dark:text-emerald-100',
  failed: 'bg-red-100 text-red-900 dark:bg-red-900 dark:text-red-100',
  canceled: 'bg-zinc-200 text-zinc-800 dark:bg-zinc-700 dark:text-zinc-100',
}
export const states = Object.keys(colours) as State[]

export function StatePill({ state }: { state: State }) {
  return <span className={`rounded-full px-2 py-0.5 text-xs font-medium ${colours[state]}`}>{state}</span>
}
