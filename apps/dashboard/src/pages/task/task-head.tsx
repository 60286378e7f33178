import type { Task } from '@backhaul/sdk'
import { Link, useLocation } from 'wouter'
import { useProgress } from '../../live.ts'
import { type Action, Actions } from '../../parts/actions.tsx'
import { Card } from '../../parts/card.tsx'
import { ProgressBar } from '../../parts/progress-bar.tsx'
import { StatePill } from '../../parts/task-state.tsx'
import { Time } from '../../parts/time.tsx'
import { bytes, duration, percent, rate } from '../../rules/format.ts'
import { canBe, verbNames, verbs } from '../../rules/task-verbs.ts'
import { lookOfReason } from '../../rules/waiting-reasons.ts'
import { act } from '../../task-verbs.ts'

/** What it is, how it is, and what can be done with it. */
export function TaskHead({ task, canWrite }: { task: Task; canWrite: boolean }) {
  const [, go] = useLocation()
  const actions = verbNames
    .filter((verb) => canBe(verb, task.state))
    .map((verb): Action => {
      const { words: name, says, isFinal } = verbs[verb]
      const run = async () => {
        const { id } = await act(verb, task.id)
        // Unless the reader has gone on meanwhile.
        if (id !== task.id && location.pathname === `/tasks/${task.id}`) go(`/tasks/${id}`)
      }
      return { name, says, isFinal, run }
    })
  return (
    <Card>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-80">
          <p className="mb-1 flex flex-wrap items-center gap-x-3 gap-y-1">
            <StatePill state={task.state} />
            <span className="text-(--quiet)">
              task {task.taskIdentifier} of{' '}
              <Link
                href={`/tasks?session=${encodeURIComponent(task.sessionIdentifier)}`}
                className="wrap-anywhere underline"
              >
                {task.sessionIdentifier}
              </Link>
              , created <Time at={task.createdAt} />
            </span>
          </p>
          <p className="text-base wrap-anywhere">{task.originalRequest.url}</p>
          {task.taskDescription ? <p className="text-(--quiet) wrap-anywhere">{task.taskDescription}</p> : null}
        </div>
        {canWrite && actions.length > 0 ? (
          <div className="max-w-full">
            <Actions actions={actions} on="this task" />
          </div>
        ) : null}
      </div>
      <Received task={task} />
      <Waiting task={task} />
      {task.error ? (
        <p className="mt-3 border-l-4 border-red-600 pl-3 wrap-anywhere">
          {task.error.detail}
          <span className="block text-(--quiet)">
            {task.error.name} ({task.error.domain} {task.error.code}),{' '}
            {task.error.retriable ? 'the same request may succeed later' : 'the same request would fail again'}
          </span>
        </p>
      ) : null}
    </Card>
  )
}

function Received({ task }: { task: Task }) {
  const told = useProgress(task.id)
  const progress = (task.state === 'running' ? told : undefined) ?? task.progress
  const { countOfBytesReceived, countOfBytesExpectedToReceive, fractionCompleted } = progress
  const { bytesPerSecond, estimatedSecondsRemaining } = progress
  if (task.state !== 'running' && countOfBytesReceived === 0) return null
  return (
    <div className="mt-4">
      {task.state === 'completed' ? null : <ProgressBar fraction={fractionCompleted} name="received" />}
      <p className="mt-1.5 flex flex-wrap justify-between gap-x-4 tabular-nums">
        <span>
          {bytes(countOfBytesReceived)}
          {countOfBytesExpectedToReceive === null ? '' : ` of ${bytes(countOfBytesExpectedToReceive)}`}
          {fractionCompleted === null || task.state === 'completed' ? '' : ` · ${percent(fractionCompleted)}`}
        </span>
        {task.state === 'running' ? (
          <span className="text-(--quiet)">
            {rate(bytesPerSecond)}
            {estimatedSecondsRemaining === null ? '' : ` · ${duration(estimatedSecondsRemaining)} left`}
          </span>
        ) : null}
      </p>
    </div>
  )
}

function Waiting({ task }: { task: Task }) {
  if (task.waitingFor.length === 0) return null
  return (
    <ul className="mt-3 space-y-2">
      {task.waitingFor.map(({ reason, until, detail }) => (
        <li key={reason} className="border-l-4 pl-3" style={{ borderColor: lookOfReason(reason).colour }}>
          <p className="wrap-anywhere">{detail}</p>
          <p className="text-(--quiet)">
            {lookOfReason(reason).words}
            {until ? (
              <>
                , <Time at={until} />
              </>
            ) : null}
          </p>
        </li>
      ))}
    </ul>
  )
}
