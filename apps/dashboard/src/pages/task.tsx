import type { Task } from '@backhaul/sdk'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useProgress } from '../live.ts'
import type { PageProps } from '../pages.ts'
import { type Action, Actions } from '../parts/actions.tsx'
import { Card } from '../parts/card.tsx'
import { Facts } from '../parts/facts.tsx'
import { Page } from '../parts/page.tsx'
import { ProgressBar } from '../parts/progress-bar.tsx'
import { StatePill } from '../parts/task-state.tsx'
import { Time } from '../parts/time.tsx'
import { bytes, duration, rate } from '../rules/format.ts'
import { reasons } from '../rules/waiting-reasons.ts'
import { backhaul } from '../service.ts'

export default function TaskPage({ who, params }: PageProps) {
  const id = params.id!
  const task = useQuery({
    queryKey: ['live', 'task', id],
    queryFn: ({ signal }) => backhaul.tasks.get(id, {}, { signal }),
  })
  const timeline = useQuery({
    queryKey: ['live', 'timeline', id],
    queryFn: async ({ signal }) => await backhaul.tasks.timeline(id, {}, { signal }),
  })
  return (
    <Page title={id} heading={<span className="font-mono">{id}</span>} asked={[task, timeline]}>
      {task.data ? <p className="mb-4 text-(--quiet) wrap-anywhere">{task.data.originalRequest.url}</p> : null}
      {task.data ? (
        <div className="grid items-start gap-4 xl:grid-cols-2">
          <State task={task.data} canWrite={who.scopes.includes('write')} />
          <TaskFacts task={task.data} />
        </div>
      ) : null}
      {timeline.data ? (
        <div className="mt-4">
          <Card title="Timeline">
            <ol className="space-y-2">
              {timeline.data.data.map((entry) => (
                <li
                  key={`${entry.at} ${entry.kind} ${entry.eventId ?? ''}${entry.deliveryId ?? ''}`}
                  className="grid grid-cols-[8rem_minmax(0,1fr)] gap-3"
                >
                  <span className="text-(--quiet)">
                    <Time at={entry.at} />
                  </span>
                  <span className="wrap-anywhere">{entry.detail}</span>
                </li>
              ))}
            </ol>
            {timeline.data.omittedSteps > 0 ? (
              <p className="mt-2 text-(--quiet)">{timeline.data.omittedSteps} steps were not kept.</p>
            ) : null}
          </Card>
        </div>
      ) : null}
    </Page>
  )
}

const verbs = {
  suspend: {
    words: 'Suspend',
    says: 'It keeps what it has received, and goes on when it is resumed.',
    from: ['waiting', 'running'],
  },
  resume: { words: 'Resume', says: 'It waits for its turn.', from: ['suspended'] },
  cancel: {
    words: 'Cancel',
    says: 'It ends. What was received can be taken up again with resume data, if the server allows it.',
    from: ['suspended', 'waiting', 'running'],
  },
  retry: { words: 'Retry', says: 'A new task fetches the same file.', from: ['failed', 'canceled'] },
} as const
type Verb = keyof typeof verbs

function State({ task, canWrite }: { task: Task; canWrite: boolean }) {
  const actions = (Object.keys(verbs) as Verb[])
    .filter((verb) => (verbs[verb].from as readonly string[]).includes(task.state))
    .map(
      (verb): Action => ({ name: verbs[verb].words, says: verbs[verb].says, run: () => backhaul.tasks[verb](task.id) }),
    )
  return (
    <Card title="State" aside={<StatePill state={task.state} />}>
      <Received task={task} />
      <ul className="my-3 space-y-2">
        {task.waitingFor.map(({ reason, until, detail }) => (
          <li key={reason} className="border-l-4 pl-3" style={{ borderColor: reasons[reason].colour }}>
            <p>{detail}</p>
            <p className="text-(--quiet)">
              {reasons[reason].words}
              {until ? (
                <>
                  , <Time at={until} />
                </>
              ) : null}
            </p>
          </li>
        ))}
      </ul>
      {task.error ? <p className="my-3 wrap-anywhere">{task.error.detail}</p> : null}
      {task.warnings.map(({ detail }) => (
        <p key={detail} className="my-2 text-(--quiet) wrap-anywhere">
          {detail}
        </p>
      ))}
      {canWrite ? <Actions actions={actions} on="this task" /> : null}
    </Card>
  )
}

function Received({ task }: { task: Task }) {
  const progress = useProgress(task.id) ?? task.progress
  const { countOfBytesReceived, countOfBytesExpectedToReceive, bytesPerSecond, estimatedSecondsRemaining } = progress
  return (
    <>
      {task.state === 'running' ? <ProgressBar fraction={progress.fractionCompleted} name="received" /> : null}
      <p className="mt-2 tabular-nums">
        {bytes(countOfBytesReceived)}
        {countOfBytesExpectedToReceive === null ? '' : ` of ${bytes(countOfBytesExpectedToReceive)}`}
        {task.state === 'running' ? ` · ${rate(bytesPerSecond)}` : ''}
        {estimatedSecondsRemaining === null ? '' : ` · ${duration(estimatedSecondsRemaining)} left`}
      </p>
    </>
  )
}

function TaskFacts({ task }: { task: Task }) {
  const facts: [string, ReactNode][] = [
    ['Session', task.sessionIdentifier],
    ['Created', <Time key="at" at={task.createdAt} />],
    ['Began', task.beganAt ? <Time key="at" at={task.beganAt} /> : '–'],
    ['Ended', task.endedAt ? <Time key="at" at={task.endedAt} /> : '–'],
    ['Attempts', task.attempts],
    ['Created in', task.createdIn],
    ['Discretionary', task.effectiveDiscretionary ? 'yes' : 'no'],
    ['Response', task.response ? `${task.response.status} ${task.response.mimeType ?? ''}` : '–'],
    ['File', task.file ? `${task.file.key} (${task.file.state}, ${bytes(task.file.bytes)})` : '–'],
    ...Object.entries(task.file?.checksums ?? {}).map(([name, value]): [string, ReactNode] => [name, String(value)]),
    ...Object.entries(task.metadata ?? {}).map(([name, value]): [string, ReactNode] => [
      `metadata.${name}`,
      String(value),
    ]),
  ]
  return (
    <Card title="Facts">
      <Facts facts={facts} />
    </Card>
  )
}
