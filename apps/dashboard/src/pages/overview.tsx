import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { Card, Figure } from '../parts/card.tsx'
import { FirstTask } from '../parts/first-task.tsx'
import { History } from '../parts/history.tsx'
import { Page } from '../parts/page.tsx'
import { TaskTable } from '../parts/task-table.tsx'
import { Time } from '../parts/time.tsx'
import { count, duration, plural } from '../rules/format.ts'
import { heldBy, reasons } from '../rules/waiting-reasons.ts'
import { backhaul } from '../service.ts'

const shownRunning = 8

export default function OverviewPage() {
  const summary = useQuery({
    queryKey: ['live', 'summary'],
    queryFn: ({ signal }) => backhaul.tasks.summary({ signal }),
  })
  const limiter = useQuery({ queryKey: ['live', 'limiter'], queryFn: ({ signal }) => backhaul.limiter.get({ signal }) })
  const running = useQuery({
    queryKey: ['live', 'running'],
    queryFn: async ({ signal }) => await backhaul.tasks.list({ state: 'running', limit: shownRunning }, { signal }),
  })
  const counts = summary.data?.taskCounts
  const isNew = counts && Object.values(counts).every((tasks) => tasks === 0)
  return (
    <Page title="Overview" asked={[summary, limiter, running]}>
      {isNew ? <FirstTask /> : null}
      {counts && limiter.data ? (
        <div className="my-4 grid grid-cols-2 gap-4 xl:grid-cols-4">
          <Figure name="Running" value={count(counts.running)} />
          <Figure
            name="Waiting"
            value={count(counts.waiting)}
            note={counts.suspended ? `and ${count(counts.suspended)} suspended` : null}
          />
          <Figure
            name="Ended"
            value={count(counts.completed)}
            note={`${count(counts.failed)} failed, ${count(counts.canceled)} canceled`}
          />
          <Figure
            name="Wake delay"
            value={duration(limiter.data.delaySeconds)}
            note={
              limiter.data.gateUntil ? (
                <>
                  the gate opens <Time at={limiter.data.gateUntil} />
                </>
              ) : (
                `you are in the ${limiter.data.state}`
              )
            }
          />
        </div>
      ) : null}
      {isNew ? null : (
        <div className="mb-4">
          <History />
        </div>
      )}
      <div className="grid gap-4 xl:grid-cols-[2fr_3fr]">
        {summary.data ? <Held counts={summary.data.waitingFor} waiting={summary.data.taskCounts.waiting} /> : null}
        {running.data ? (
          <Card
            title="Running"
            aside={
              <Link href="/tasks?state=running" className="underline">
                all
              </Link>
            }
          >
            {running.data.data.length === 0 ? (
              <p className="text-(--quiet)">Nothing is running.</p>
            ) : (
              <TaskTable tasks={running.data.data} />
            )}
          </Card>
        ) : null}
      </div>
      {limiter.data?.advice.map((advice) => (
        <p key={advice} className="mt-4 text-(--quiet)">
          {advice}
        </p>
      ))}
    </Page>
  )
}

function Held({ counts, waiting }: { counts: Parameters<typeof heldBy>[0]; waiting: number }) {
  const held = heldBy(counts)
  const most = held[0]?.tasks ?? 1
  return (
    <Card title="Why tasks wait" aside={plural(waiting, 'task')}>
      {held.length === 0 ? <p className="text-(--quiet)">Nothing waits.</p> : null}
      <ul className="space-y-3">
        {held.map(({ reason, tasks }) => (
          <li key={reason}>
            <Link href={`/tasks?waitingFor=${reason}`} className="block hover:underline">
              <span className="flex justify-between gap-4">
                <span>{reasons[reason].words}</span>
                <span className="tabular-nums">{count(tasks)}</span>
              </span>
              <span className="mt-1 block h-2 rounded-full bg-(--track)">
                <span
                  className="block h-2 rounded-full"
                  style={{ width: `${(tasks / most) * 100}%`, background: reasons[reason].colour }}
                />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  )
}
