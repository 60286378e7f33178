import type { Task } from '@backhaul/sdk'
import { Link } from 'wouter'
import { useProgress } from '../live.ts'
import { bytes, percent, rate } from '../rules/format.ts'
import { lookOfReason } from '../rules/waiting-reasons.ts'
import { ProgressBar } from './progress-bar.tsx'
import { StatePill } from './task-state.tsx'
import { Time } from './time.tsx'

export function TaskTable({ tasks }: { tasks: readonly Task[] }) {
  return (
    <table className="w-full table-fixed border-collapse text-left">
      <thead className="text-(--quiet)">
        <tr>
          <th className="w-[42%] py-1 pr-3 font-normal">File</th>
          <th className="w-24 py-1 pr-3 font-normal">State</th>
          <th className="py-1 pr-3 font-normal">Progress</th>
          <th className="hidden w-28 py-1 text-right font-normal md:table-cell">Created</th>
        </tr>
      </thead>
      <tbody>
        {tasks.map((task) => (
          <Row key={task.id} task={task} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ task }: { task: Task }) {
  return (
    <tr className="border-t border-(--line) align-top">
      <td className="py-2 pr-3">
        <Link
          data-row
          href={`/tasks/${task.id}`}
          className="block truncate hover:underline"
          title={task.originalRequest.url}
        >
          {shortUrl(task.originalRequest.url)}
        </Link>
        <span className="block truncate text-xs text-(--quiet)">{task.sessionIdentifier}</span>
      </td>
      <td className="py-2 pr-3">
        <StatePill state={task.state} />
      </td>
      <td className="py-2 pr-3">
        <Progress task={task} />
      </td>
      <td className="hidden py-2 text-right text-(--quiet) md:table-cell">
        <Time at={task.createdAt} />
      </td>
    </tr>
  )
}

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
