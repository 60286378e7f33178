import type { Worker, WorkerLeases } from '@backhaul/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Actions } from '../parts/actions.tsx'
import { Card } from '../parts/card.tsx'
import { Meter } from '../parts/meter.tsx'
import { Page } from '../parts/page.tsx'
import { Pill } from '../parts/pill.tsx'
import { Time } from '../parts/time.tsx'
import { count, ofWhole, plural, usedOf } from '../rules/format.ts'
import { backhaul } from '../service.ts'

const everyMs = 5_000
const most = 1000

export default function WorkersPage() {
  const found = useQuery({
    queryKey: ['workers'],
    queryFn: ({ signal }) => backhaul.admin.workers.list({ limit: 200 }, { signal }).toArray(most),
    refetchInterval: everyMs,
  })
  const queue = useQuery({
    queryKey: ['queue'],
    queryFn: ({ signal }) => backhaul.admin.queue.get({ signal }),
    refetchInterval: everyMs,
  })
  const leases = new Map(queue.data?.workers.map((worker) => [worker.workerId, worker]))
  const workers = found.data ?? []
  const taking = workers.filter(({ state }) => state === 'running')
  return (
    <Page title="Workers" asked={[found, queue]}>
      {found.data ? (
        <>
          <p className="mb-4 text-(--quiet)">
            {workers.length === 0
              ? 'No worker has been seen lately: nothing begins until one starts (npm start, or the worker of your deployment).'
              : `Tasks are taken by ${plural(taking.length, 'worker')} with ${plural(
                  taking.reduce((sum, { slots }) => sum + slots, 0),
                  'place',
                )}.`}
          </p>
          <ul className="grid gap-4 xl:grid-cols-2">
            {workers.map((worker) => (
              <li key={worker.id}>
                <WorkerCard worker={worker} leases={leases.get(worker.id)} isLast={taking.length === 1} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </Page>
  )
}

interface Options {
  worker: Worker
  leases: WorkerLeases | undefined
  /** Of those that take tasks. */
  isLast: boolean
}

function WorkerCard({ worker, leases, isLast }: Options) {
  const queries = useQueryClient()
  const { id, host, version, state, slots, running, startedAt, lastSeenAt } = worker
  const drain = async () => {
    await backhaul.admin.workers.drain(id)
    await queries.invalidateQueries({ queryKey: ['workers'] })
  }
  const tells =
    state === 'running' ? null : running > 0 ? `${plural(running, 'transfer')} to end` : 'drained: it can be stopped'
  return (
    <Card>
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <span className="font-semibold wrap-anywhere">{host}</span>
        <Pill tone={state === 'running' ? 'good' : 'warning'}>{state}</Pill>
        {tells === null ? null : <span className="text-(--quiet)">{tells}</span>}
      </div>
      <p className="mb-2 font-mono text-xs text-(--quiet) wrap-anywhere">{id}</p>
      <p className="mb-1 tabular-nums">
        {slots > 0 ? `${ofWhole(running, slots)} slots` : `${count(running)} running, slots: none`}
      </p>
      <Meter name={`slots of ${host}`} fraction={usedOf(running, slots)} colour="#2563eb" />
      <p className="mt-2 mb-3 flex flex-wrap gap-x-4 gap-y-1 text-(--quiet)">
        <span>version {version}</span>
        <span>
          {count(leases?.leases ?? 0)} leases{leases && leases.late > 0 ? `, ${leases.late} late` : ''}
        </span>
        <span>
          started <Time at={startedAt} />
        </span>
        <span>
          seen <Time at={lastSeenAt} />
        </span>
      </p>
      {state === 'running' ? (
        <Actions
          on="this worker"
          actions={[
            {
              name: 'Drain',
              says: `It takes no more tasks, for as long as it lives. ${plural(running, 'transfer')} in hand ${running === 1 ? 'goes' : 'go'} on to the end; then it can be stopped without interrupting one. It goes on sending webhooks, and does not stop by itself.${isLast ? ' It is the last one that takes tasks: nothing begins until another one starts.' : ''}`,
              run: drain,
              isFinal: true,
            },
          ]}
        />
      ) : null}
    </Card>
  )
}
