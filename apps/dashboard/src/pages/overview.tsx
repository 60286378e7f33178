import type { Limit } from '@backhaul/sdk'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useThroughput } from '../live.ts'
import { AttentionList } from '../parts/attention.tsx'
import { Card, Figure } from '../parts/card.tsx'
import { FirstTask } from '../parts/first-task.tsx'
import { History } from '../parts/history.tsx'
import { Page } from '../parts/page.tsx'
import { ReasonBars } from '../parts/reason-bars.tsx'
import { TaskTable } from '../parts/task-table.tsx'
import { Time } from '../parts/time.tsx'
import { attention } from '../rules/attention.ts'
import { count, duration, plural, rate, share } from '../rules/format.ts'
import { readRange, sumOf, wordsOf } from '../rules/throughput.ts'
import { useSearchFilters } from '../search-filters.ts'
import { backhaul, serviceNowMs } from '../service.ts'

const shownRunning = 8
const everyMs = 30_000

export default function OverviewPage() {
  const [search, set] = useSearchFilters()
  const range = readRange(search)
  const summary = useQuery({
    queryKey: ['live', 'summary'],
    queryFn: ({ signal }) => backhaul.tasks.summary({ signal }),
  })
  const limiter = useQuery({
    queryKey: ['live', 'limiter'],
    queryFn: ({ signal }) => backhaul.limiter.get({ signal }),
    // The delay falls by time alone, too.
    refetchInterval: 15_000,
  })
  const running = useQuery({
    queryKey: ['live', 'running'],
    queryFn: async ({ signal }) => await backhaul.tasks.list({ state: 'running', limit: shownRunning }, { signal }),
  })
  const stats = useQuery({
    queryKey: ['stats', range],
    queryFn: ({ signal }) => backhaul.stats.get({ range }, { signal }),
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  })
  const endpoints = useQuery({
    queryKey: ['endpoints', 'first'],
    queryFn: async ({ signal }) => await backhaul.endpoints.list({ limit: 100 }, { signal }),
    refetchInterval: everyMs,
  })
  const limits = useQuery({
    queryKey: ['limits'],
    queryFn: ({ signal }) => backhaul.limits.list({ signal }),
    refetchInterval: everyMs,
  })
  const asked = [summary, limiter, running, stats, endpoints, limits]
  const counts = summary.data?.taskCounts
  const isNew = counts && Object.values(counts).every((tasks) => tasks === 0)
  const known =
    summary.data && stats.data && endpoints.data && limits.data
      ? { summary: summary.data, stats: stats.data, endpoints: endpoints.data.data, limits: limits.data.data }
      : null
  const attempts = stats.data ? sumOf(stats.data, 'deliveryAttempts') : 0
  const failed = stats.data ? sumOf(stats.data, 'deliveryAttemptsFailed') : 0
  return (
    <Page title="Overview" asked={asked}>
      {known ? <AttentionList items={attention(known, serviceNowMs())} /> : null}
      {isNew ? <FirstTask /> : null}
      {counts && limiter.data && stats.data ? (
        <div className="my-4 grid grid-cols-2 gap-4 xl:grid-cols-4">
          <Figure
            name="Running"
            value={<Running running={counts.running} limits={limits.data?.data ?? []} />}
            note={<Throughput />}
          />
          <Figure
            name="Waiting"
            value={count(counts.waiting)}
            note={<Waiting since={summary.data?.readySince ?? null} suspended={counts.suspended} />}
          />
          <Figure
            name="Webhooks"
            value={attempts === 0 ? '–' : share(attempts - failed, attempts)}
            note={`${count(failed)} of ${plural(attempts, 'attempt')} failed in the last ${wordsOf(range)}`}
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
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 xl:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
        {stats.data && !isNew ? (
          <History stats={stats.data} range={range} choose={(next) => set('range', next)} />
        ) : null}
        {summary.data && !isNew ? (
          <Card title="Why tasks wait" aside={plural(summary.data.taskCounts.waiting, 'task')}>
            <ReasonBars counts={summary.data.waitingFor} href={(reason) => `/tasks?waitingFor=${reason}`} />
          </Card>
        ) : null}
      </div>
      {running.data && !isNew ? (
        <div className="mt-4">
          <Card
            title="Running"
            aside={
              <Link href="/tasks?state=running" className="underline">
                all
              </Link>
            }
          >
            <TaskTable tasks={running.data.data} />
          </Card>
        </div>
      ) : null}
      {limiter.data?.advice.map((advice) => (
        <p key={advice} className="mt-4 text-(--quiet)">
          {advice}
        </p>
      ))}
    </Page>
  )
}

/** With how many of the tenant may be in flight, where that is known. */
function Running({ running, limits }: { running: number; limits: readonly Limit[] }) {
  const maximum = limits.find(({ name }) => name === 'maximumTasksInFlight')?.maximum ?? null
  return (
    <>
      {count(running)}
      {maximum === null ? null : <span className="text-base font-normal text-(--quiet)"> of {count(maximum)}</span>}
    </>
  )
}

function Throughput() {
  const sum = useThroughput()
  return <span className="tabular-nums">{sum > 0 ? rate(sum) : 'nothing is being received'}</span>
}

function Waiting({ since, suspended }: { since: string | null; suspended: number }): ReactNode {
  if (since === null) return suspended > 0 ? `and ${count(suspended)} suspended` : 'none is ready'
  return (
    <>
      the first was ready <Time at={since} />
    </>
  )
}
