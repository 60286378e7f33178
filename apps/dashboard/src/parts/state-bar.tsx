import type { TaskCounts } from '@backhaul/sdk'
import { count } from '../rules/format.ts'
import { wordFor } from '../rules/known.ts'
import { countedStates } from '../rules/task-counts.ts'
import type { State } from './task-state.tsx'

const stateColours: Record<State, string> = {
  running: 'bg-blue-600',
  waiting: 'bg-amber-500',
  suspended: 'bg-zinc-400',
  completed: 'bg-emerald-600',
  failed: 'bg-red-600',
  canceled: 'bg-zinc-500',
}

/** Tasks by state: a bar of their shares, and the numbers that are not 0. */
export function StateBar({ counts }: { counts: TaskCounts }) {
  const shown = countedStates(counts)
  const all = shown.reduce((sum, [, n]) => sum + n, 0)
  if (all === 0) return <span className="text-(--quiet)">none</span>
  return (
    <>
      <span className="flex h-2 overflow-hidden rounded-full bg-(--track)">
        {shown.map(([state, n]) => (
          <span
            key={state}
            className={wordFor<string>(stateColours, state, 'bg-zinc-400')}
            style={{ width: `${(n / all) * 100}%` }}
          />
        ))}
      </span>
      <span className="mt-1 block text-xs text-(--quiet) tabular-nums">
        {shown.map(([state, n]) => `${count(n)} ${state}`).join(' · ')}
      </span>
    </>
  )
}
