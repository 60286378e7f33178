import type { Task } from '@backhaul/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { Time } from '../../parts/time.tsx'
import { type Outcome, outcomeOf, outcomeSummary, outcomeWordsOf } from '../../rules/hosts.ts'
import { wordFor } from '../../rules/known.ts'
import { backhaul } from '../../service.ts'
import { useRoving } from '../../use-roving.ts'

const shown = 30
const staleMs = 10_000

const colours: Record<Outcome, string> = {
  completed: 'bg-emerald-600',
  failed: 'bg-red-600',
  canceled: 'bg-zinc-500',
  running: 'bg-blue-600',
  waiting: 'bg-(--track) border border-(--line)',
}

/** How the newest tasks there went, the newest at the right. */
export function Outcomes({ host }: { host: string }) {
  const tasks = useQuery({
    queryKey: ['outcomes', host],
    queryFn: async ({ signal }) => await backhaul.tasks.list({ host, order: 'newestFirst', limit: shown }, { signal }),
    refetchInterval: staleMs,
    staleTime: staleMs,
  })
  if (!tasks.data) return null
  return <Shown host={host} data={tasks.data.data} />
}

/** One stop of the Tab key: there may be many hosts, and each has so many tasks. */
function Shown({ host, data }: { host: string; data: readonly Task[] }) {
  const inOrder = data.toReversed()
  const { group, stopOf } = useRoving(inOrder.map(({ id }) => id))
  const failed = data.find(({ error }) => error !== null)
  return (
    <div className="min-w-0">
      <ol {...group} aria-label={`The newest tasks for ${host}`} className="flex flex-wrap gap-1">
        {inOrder.map((task) => {
          const words = `${outcomeWordsOf(outcomeOf(task))}${task.error ? `: ${task.error.name}` : ''}`
          return (
            <li key={task.id}>
              <Link
                href={`/tasks/${task.id}`}
                {...stopOf(task.id)}
                aria-label={`${task.id}, ${words}`}
                title={words}
                className={`block h-6 w-2.5 rounded-sm hover:opacity-70 ${wordFor(colours, outcomeOf(task), colours.waiting)}`}
              />
            </li>
          )
        })}
      </ol>
      <p className="mt-1 text-xs text-(--quiet)">{outcomeSummary(data)}.</p>
      {failed?.error ? (
        <p className="mt-2 text-(--quiet) wrap-anywhere">
          {failed.error.name}: {failed.error.detail}{' '}
          {failed.endedAt ? (
            <>
              (<Time at={failed.endedAt} />)
            </>
          ) : null}
        </p>
      ) : null}
    </div>
  )
}
