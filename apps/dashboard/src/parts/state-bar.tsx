import type { TaskCounts } from '@backhaul/sdk'
import { count } from '../rules/format.ts'
import { type State, states } from './task-state.tsx'

export const stateColours: Record<State, string> = {
  running: 'bg-blue-600',
  waiting: 'bg-amber-500',
  suspended: 'bg-zinc-400',
  completed: 'bg-emerald-600',
  failed: 'bg-red-600',
  canceled: 'bg-zinc-500',
}

/** Tasks by state: a bar of their shares, and the numbers that are not 0. */
export function StateBar({ counts }: { counts: TaskCounts }) {
  const all = states.reduce((sum, state) => sum + counts[state], 0)
  if (all === 0) return <span className="text-(--quiet)">none</span>
  const shown = states.filter((state) => counts[state] > 0)
  return (
    <>
      <span className="flex h-2 overflow-hidden rounded-full bg-(--track)">
        {shown.map((state) => (
          <span key={state} className={stateColours[state]} style={{ width: `${(counts[state] / all) * 100}%` }} />
        ))}
      </span>
      <span className="mt-1 block text-xs text-(--quiet) tabular-nums">
        {shown.map((state) => `${count(counts[state])} ${state}`).join(' · ')}
      </span>
    </>
  )
}
