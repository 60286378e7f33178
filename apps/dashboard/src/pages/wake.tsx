import type { Delivery, Wake } from '@backhaul/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { PageProps } from '../page-props.ts'
import { type Action, Actions } from '../parts/actions.tsx'
import { Card } from '../parts/card.tsx'
import { DeliveryPill } from '../parts/delivery-state.tsx'
import { Facts } from '../parts/facts.tsx'
import { More } from '../parts/more.tsx'
import { Page } from '../parts/page.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { WakePill } from '../parts/wake-table.tsx'
import { count, duration } from '../rules/format.ts'
import { wordFor } from '../rules/known.ts'
import { backhaul } from '../service.ts'
import { usePages } from '../use-pages.ts'

const pageSize = 50
const keyOf = ({ id }: Delivery) => id

export default function WakePage({ who, params }: PageProps) {
  const id = params.id!
  const wake = useQuery({
    queryKey: ['live', 'wake', id],
    queryFn: ({ signal }) => backhaul.wakes.get(id, { signal }),
  })
  const deliveries = usePages({
    queryKey: ['live', 'deliveries', 'of wake', id],
    pageSize,
    read: (asked, signal) => backhaul.deliveries.list({ wake: id, ...asked }, { signal }),
    keyOf,
    growsAtEnd: true,
  })
  const delivered = deliveries.rows ?? []
  return (
    <Page title={id} heading={<span className="font-mono">{id}</span>} asked={[wake, deliveries]}>
      {wake.data ? (
        <div className="grid items-start gap-4 xl:grid-cols-[2fr_3fr]">
          <State wake={wake.data} deliveries={delivered} canWrite={who.scopes.includes('write')} />
          <Card title="What was delivered" aside={<EventsLink wake={wake.data} />}>
            <Table
              columns={columns}
              rows={delivered}
              keyOf={keyOf}
              empty="Nothing yet. What the session writes while the wake is open goes into it."
            />
            <More list={deliveries} />
          </Card>
        </div>
      ) : null}
    </Page>
  )
}

function EventsLink({ wake: { sessionIdentifier } }: { wake: Wake }) {
  return (
    <Link href={`/events?session=${sessionIdentifier}`} className="underline">
      the session’s events
    </Link>
  )
}

interface StateOptions {
  wake: Wake
  deliveries: readonly Delivery[]
  canWrite: boolean
}

function State({ wake, deliveries, canWrite }: StateOptions) {
  const { id, sessionIdentifier, state, openedAt, deadline, closedAt, eventCount, delayAfterSeconds } = wake
  const actions: Action[] = [
    {
      name: 'Extend',
      says: 'It is open for 30 minutes from now, unless its deadline is later; 12 hours after its opening is the last.',
      run: () => backhaul.wakes.extend(id, { seconds: 1_800 }),
    },
    {
      name: 'Complete',
      says: 'You say in the client’s place that it has done what it was woken for. Files that live until the wake completes are let go, if all about them was acknowledged.',
      isFinal: true,
      run: async () => {
        const completionToken = await tokenOf(wake, deliveries)
        return backhaul.wakes.complete(id, { completionToken })
      },
    },
  ]
  return (
    <Card title="State" aside={<WakePill state={state} />}>
      <Facts
        facts={[
          [
            'Session',
            <Link key="link" href={`/sessions/${sessionIdentifier}`} className="underline">
              {sessionIdentifier}
            </Link>,
          ],
          ['Opened', <Time key="at" at={openedAt} />],
          state === 'open'
            ? ['Deadline', <Time key="at" at={deadline} />]
            : ['Closed', closedAt ? <Time key="at" at={closedAt} /> : '–'],
          ['Events', count(eventCount)],
          [
            'Delay after it',
            <Link key="link" href="/limiter" className="underline">
              {duration(delayAfterSeconds)}
            </Link>,
          ],
        ]}
      />
      <p className="my-3 text-(--quiet)">
        {wordFor<string>(stateSentences, state, 'This page does not know this state: the service is newer than it.')}
      </p>
      {canWrite && state === 'open' ? <Actions actions={actions} on="this wake" /> : null}
    </Card>
  )
}

const stateSentences: Record<Wake['state'], string> = {
  open: 'The client works on it. What its session writes meanwhile is delivered at once, as part of it.',
  completed: 'The client has said that it is done, or its acknowledgement of the last event implied it.',
  expired: 'The client did not complete it in time. What it had not acknowledged was delivered again.',
}

/**
 * The token is in the event session.wake, which follows the events that were held for it. Looked for from one of these on, so
 * that not all wakes of the session are read.
 */
async function tokenOf({ id, sessionIdentifier }: Wake, deliveries: readonly Delivery[]): Promise<string> {
  const held = deliveries.find(({ eventType }) => eventType.startsWith('task.'))
  const events = backhaul.events.list({
    session: sessionIdentifier,
    type: 'session.wake',
    ...(held ? { after: held.eventId } : {}),
  })
  for await (const { data } of events) {
    const { wakeId, completionToken } = data as { wakeId?: string; completionToken?: string }
    if (wakeId === id && completionToken !== undefined) return completionToken
  }
  throw new Error('its event is not kept any more')
}

const columns: Column<Delivery>[] = [
  {
    name: 'Event',
    cell: ({ id, eventType }) => (
      <Link data-row href={`/deliveries/${id}`} className="block truncate hover:underline" title={eventType}>
        {eventType}
      </Link>
    ),
  },
  { name: 'Delivery', className: 'w-28', cell: ({ state }) => <DeliveryPill state={state} /> },
  { name: 'Attempts', className: 'w-20 text-right', cell: ({ attempts }) => count(attempts) },
  {
    name: 'When',
    className: 'hidden w-32 text-right sm:table-cell',
    cell: ({ endedAt, nextAttemptAt }) =>
      endedAt ? (
        <Time at={endedAt} />
      ) : nextAttemptAt ? (
        <span className="text-(--quiet)">
          next <Time at={nextAttemptAt} />
        </span>
      ) : (
        <span className="text-(--quiet)">behind others</span>
      ),
  },
]
