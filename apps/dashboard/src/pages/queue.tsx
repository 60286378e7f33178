import type { WorkerLeases } from '@backhaul/sdk'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Card, Figure } from '../parts/card.tsx'
import { Facts } from '../parts/facts.tsx'
import { Meter } from '../parts/meter.tsx'
import { Page } from '../parts/page.tsx'
import { Pill } from '../parts/pill.tsx'
import { ReasonBars } from '../parts/reason-bars.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { count, duration, ofWhole, plural, usedOf } from '../rules/format.ts'
import { backhaul } from '../service.ts'

const everyMs = 3_000

/** What is due, claimed, leased and late. Nothing can be changed here: the truth is in the tasks. */
export default function QueuePage() {
  const found = useQuery({
    queryKey: ['queue'],
    queryFn: ({ signal }) => backhaul.admin.queue.get({ signal }),
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  })
  const queue = found.data
  const sample = queue?.sample
  const sum = (name: 'leases' | 'late') => queue?.workers.reduce((all, each) => all + each[name], 0) ?? 0
  return (
    <Page title="Queue" asked={[found]}>
      {queue ? (
        <div className="space-y-4">
          <div className="grid grid-cols-2 gap-4 xl:grid-cols-4">
            <Figure
              name="Due"
              value={sample ? count(sample.due) : '–'}
              note={
                sample
                  ? sample.due > 0
                    ? `the oldest for ${duration(sample.dispatchLagSeconds)}`
                    : 'every task that may begin has a place'
                  : 'not counted yet'
              }
            />
            <Figure
              name="Claimed"
              value={count(queue.claimed.leases)}
              note={queue.claimed.late > 0 ? `${count(queue.claimed.late)} late` : 'no worker has begun them yet'}
            />
            <Figure
              name="Leased"
              value={count(sum('leases'))}
              note={sample ? `of ${plural(sample.slots, 'place')}` : null}
            />
            <Figure
              name="Late"
              value={count(sum('late') + queue.claimed.late)}
              note="their leases ended: they are taken back"
            />
          </div>
          <div className="grid items-start gap-4 xl:grid-cols-2">
            <Card title="Why tasks wait" aside={sample ? plural(sample.waiting, 'task') : null}>
              {sample ? <ReasonBars counts={sample.waitingFor} /> : <p className="text-(--quiet)">Not counted yet.</p>}
            </Card>
            <Card title="Webhooks and origins">
              <Facts
                facts={[
                  ['Lanes due', `${count(queue.deliveryLanes.due)}: something to send, and nobody at it`],
                  [
                    'Lanes leased',
                    `${count(queue.deliveryLanes.leased)}${queue.deliveryLanes.late > 0 ? `, ${count(queue.deliveryLanes.late)} of them late` : ''}`,
                  ],
                  ...(sample
                    ? ([
                        ['Deliveries', `${count(sample.deliveriesPending)} to be sent`],
                        [
                          'Oldest due',
                          sample.oldestDeliverySeconds > 0 ? `for ${duration(sample.oldestDeliverySeconds)}` : 'none',
                        ],
                        ['Connections', `${count(sample.connections)} to origins`],
                        ['Hosts', `${count(sample.hostsBlocked)} left alone`],
                        [
                          'Oldest task',
                          sample.waiting > 0 ? `waits for ${duration(sample.oldestWaitingSeconds)}` : 'none waits',
                        ],
                      ] as const)
                    : []),
                ]}
              />
              {sample ? (
                <p className="mt-3 text-(--quiet)">
                  What takes long is counted every 15 seconds or less often: <Time at={sample.at} />.
                </p>
              ) : null}
            </Card>
          </div>
          <Card title="Workers">
            <Table
              columns={columns}
              rows={queue.workers}
              keyOf={({ workerId }) => workerId}
              empty="No worker has been seen lately: nothing is claimed until one starts."
            />
          </Card>
        </div>
      ) : null}
    </Page>
  )
}

const columns: Column<WorkerLeases>[] = [
  {
    name: 'Worker',
    cell: ({ workerId, host }) => (
      <>
        <span className="block truncate">{host ?? 'gone'}</span>
        <span className="block truncate font-mono text-xs text-(--quiet)">{workerId}</span>
      </>
    ),
  },
  {
    name: 'State',
    className: 'w-24',
    cell: ({ state }) => (
      <Pill tone={state === 'running' ? 'good' : state === 'draining' ? 'warning' : 'bad'}>{state}</Pill>
    ),
  },
  {
    name: 'Leased',
    cell: ({ leases, slots }) => (
      <>
        <span className="block tabular-nums">{slots === null ? count(leases) : ofWhole(leases, slots)}</span>
        {slots === null ? null : <Meter name="leased" fraction={usedOf(leases, slots)} colour="#2563eb" />}
      </>
    ),
  },
  {
    name: 'Late',
    className: 'w-16 text-right',
    cell: ({ late }) => (late > 0 ? <Pill tone="bad">{late}</Pill> : <span className="text-(--quiet)">0</span>),
  },
  {
    name: 'Next lease ends',
    className: 'hidden w-36 text-right md:table-cell',
    cell: ({ nextEndAt }) => (nextEndAt === null ? '–' : <Time at={nextEndAt} />),
  },
]
