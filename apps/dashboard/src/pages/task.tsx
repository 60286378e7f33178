import type { Task } from '@backhaul/sdk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useProgress } from '../live.ts'
import { Card } from '../parts/card.tsx'
import { Failure } from '../parts/failure.tsx'
import { ProgressBar } from '../parts/progress-bar.tsx'
import { useTitle } from '../parts/shell.tsx'
import { StatePill } from '../parts/task-state.tsx'
import { Time } from '../parts/time.tsx'
import { bytes, duration, rate } from '../rules/format.ts'
import { reasons } from '../rules/waiting-reasons.ts'
import { backhaul } from '../service.ts'

export function TaskPage({ id, canWrite }: { id: string; canWrite: boolean }) {
  useTitle(id)
  const task = useQuery({
    queryKey: ['live', 'task', id],
    queryFn: ({ signal }) => backhaul.tasks.get(id, {}, { signal }),
  })
  const timeline = useQuery({
    queryKey: ['live', 'timeline', id],
    queryFn: async ({ signal }) => await backhaul.tasks.timeline(id, {}, { signal }),
  })
  const error = task.error ?? timeline.error
  return (
    <>
      <h1 className="mb-1 font-mono text-lg font-semibold wrap-anywhere">{id}</h1>
      {task.data ? <p className="mb-4 text-(--quiet) wrap-anywhere">{task.data.originalRequest.url}</p> : null}
      {error ? <Failure error={error} retry={() => Promise.all([task.refetch(), timeline.refetch()])} /> : null}
      {task.data ? (
        <div className="grid items-start gap-4 xl:grid-cols-2">
          <State task={task.data} canWrite={canWrite} />
          <Facts task={task.data} />
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
    </>
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
  const queries = useQueryClient()
  const [asked, ask] = useState<Verb | null>(null)
  const act = useMutation({
    mutationFn: async (verb: Verb) => void (await backhaul.tasks[verb](task.id)),
    onSettled: () => {
      ask(null)
      return queries.invalidateQueries({ queryKey: ['live'] })
    },
  })
  const possible = (Object.keys(verbs) as Verb[]).filter((verb) =>
    (verbs[verb].from as readonly string[]).includes(task.state),
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
      {act.error ? <Failure error={act.error} /> : null}
      {canWrite ? (
        <div className="mt-3 flex flex-wrap gap-2">
          {possible.map((verb) => (
            <Button key={verb} onClick={() => ask(verb)}>
              {verbs[verb].words}
            </Button>
          ))}
        </div>
      ) : null}
      {asked ? (
        <fieldset aria-label={verbs[asked].words} className="mt-3 rounded-lg bg-(--track) p-3">
          <p className="mb-2">{verbs[asked].says}</p>
          <div className="flex gap-2">
            <Button onClick={() => act.mutate(asked)} disabled={act.isPending}>
              {verbs[asked].words} this task
            </Button>
            <Button onClick={() => ask(null)}>Leave it</Button>
          </div>
        </fieldset>
      ) : null}
    </Card>
  )
}

function Button({ children, ...rest }: { children: ReactNode; onClick(): void; disabled?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      className="cursor-pointer rounded-lg border border-(--line) bg-(--card) px-3 py-1.5 hover:bg-(--track) disabled:opacity-60"
    >
      {children}
    </button>
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

function Facts({ task }: { task: Task }) {
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
      <dl className="grid grid-cols-[9rem_minmax(0,1fr)] gap-x-3 gap-y-1.5">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-(--quiet) wrap-anywhere">{name}</dt>
            <dd className="wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
