import type { Task } from '@backhaul/sdk'
import { Link } from 'wouter'
import { useProgress } from '../live.ts'
import { bytes, percent, rate } from '../rules/format.ts'
import { lookOfReason } from '../rules/waiting-reasons.ts'
import { ProgressBar } from './progress-bar.tsx'
import { type Column, Table } from './table.tsx'
import { StatePill } from './task-state.tsx'
import { Time } from './time.tsx'

export function TaskTable({ tasks }: { tasks: readonly Task[] }) {
  return <Table columns={columns} rows={tasks} keyOf={({ id }) => id} empty="Nothing is running." />
}

const columns: Column<Task>[] = [
  {
    name: 'File',
    className: 'w-[42%]',
    cell: ({ id, originalRequest: { url }, sessionIdentifier }) => (
      <>
        <Link data-row href={`/tasks/${id}`} className="block truncate hover:underline" title={url}>
          {shortUrl(url)}
        </Link>
        <span className="block truncate text-xs text-(--quiet)">{sessionIdentifier}</span>
      </>
    ),
  },
  { name: 'State', className: 'w-24', cell: ({ state }) => <StatePill state={state} /> },
  { name: 'Progress', cell: (task) => <Progress task={task} /> },
  {
    name: 'Created',
    className: 'hidden w-28 text-right text-(--quiet) md:table-cell',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
]

/** How far it is, why it waits, or how it ended. */
export function Progress({ task }: { task: Task }) {
  const told = useProgress(task.id)
  const progress = (task.state === 'running' ? told : undefined) ?? task.progress
  if (task.state === 'waiting') return <Waits task={task} />
  if (task.error && task.state !== 'running')
    return <span className="text-(--quiet) wrap-anywhere">{task.error.detail}</span>
  if (task.state !== 'running') return <span className="text-(--quiet)">{bytes(progress.countOfBytesReceived)}</span>
  const { fractionCompleted, countOfBytesReceived, bytesPerSecond } = progress
  return (
    <>
      <ProgressBar fraction={fractionCompleted} name="received" />
      <span className="mt-1 block text-xs text-(--quiet) tabular-nums">
        {fractionCompleted === null ? bytes(countOfBytesReceived) : percent(fractionCompleted)} · {rate(bytesPerSecond)}
      </span>
    </>
  )
}

function Waits({ task: { waitingFor } }: { task: Task }) {
  const [first] = waitingFor
  if (!first) return <span className="text-(--quiet)">next</span>
  return (
    <span className="text-(--quiet)" title={waitingFor.map(({ detail }) => detail).join('\n')}>
      <span
        aria-hidden
        className="mr-1.5 inline-block size-2 rounded-full"
        style={{ background: lookOfReason(first.reason).colour }}
      />
      {first.detail}
    </span>
  )
}

/** Host and path: the scheme says little, and the query may hold secrets. */
export function shortUrl(url: string): string {
  const found = URL.parse(url)
  return found ? found.host + found.pathname : url
}
