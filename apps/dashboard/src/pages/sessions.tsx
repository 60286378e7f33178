import type { Session } from '@backhaul/sdk'
import { Link } from 'wouter'
import { Card } from '../parts/card.tsx'
import { Choice, Search } from '../parts/fields.tsx'
import { FirstTask } from '../parts/first-task.tsx'
import { More } from '../parts/more.tsx'
import { Page } from '../parts/page.tsx'
import { SessionPill, sessionStates } from '../parts/session-state.tsx'
import { StateBar } from '../parts/state-bar.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { plural } from '../rules/format.ts'
import { readSessionName } from '../rules/session-filters.ts'
import { useSearchFilters } from '../search-filters.ts'
import { backhaul } from '../service.ts'
import { usePages } from '../use-pages.ts'

const pageSize = 50
const everyMs = 5_000
/** An identifier that was used again is there more than once. */
const keyOf = ({ identifier, createdAt }: Session) => `${identifier} ${createdAt}`

export default function SessionsPage() {
  const [search, set] = useSearchFilters()
  const state = sessionStates.find((each) => each === search.get('state'))
  const identifierPrefix = readSessionName(search, 'name')
  const found = usePages({
    queryKey: ['sessions', state, identifierPrefix],
    pageSize,
    read: (asked, signal) =>
      backhaul.sessions.list(
        {
          ...(state ? { state } : {}),
          ...(identifierPrefix ? { identifierPrefix } : {}),
          order: 'newestFirst',
          ...asked,
        },
        { signal },
      ),
    keyOf,
    // By the clock: the counts of a page of sessions cost too much for each event.
    everyMs,
  })
  const sessions = found.rows ?? []
  const isFiltered = state !== undefined || identifierPrefix !== null
  return (
    <Page title="Sessions" asked={[found]}>
      <div className="mb-4 flex flex-wrap gap-3">
        <Choice
          name="State"
          value={state ?? ''}
          options={sessionStates.map((each) => [each, each])}
          choose={(value) => set('state', value)}
        />
        <Search
          name="Begins with"
          value={search.get('name') ?? ''}
          choose={(value) => set('name', value)}
          maxLength={128}
        />
      </div>
      {found.rows && sessions.length === 0 && !isFiltered ? <FirstTask /> : null}
      {found.rows && (sessions.length > 0 || isFiltered) ? (
        <Card>
          <Table columns={columns} rows={sessions} keyOf={keyOf} empty="No session fits." />
          <More list={found} />
        </Card>
      ) : null}
    </Page>
  )
}

const columns: Column<Session>[] = [
  {
    name: 'Session',
    className: 'w-[34%]',
    cell: ({ identifier, createdAt }) => (
      <>
        <Link
          data-row
          href={`/sessions/${identifier}`}
          className="block truncate font-medium hover:underline"
          title={identifier}
        >
          {identifier}
        </Link>
        <span className="text-xs text-(--quiet)">
          <Time at={createdAt} />
        </span>
      </>
    ),
  },
  { name: 'State', className: 'w-24', cell: ({ state }) => <SessionPill state={state} /> },
  { name: 'Tasks', cell: ({ taskCounts }) => <StateBar counts={taskCounts} /> },
  {
    name: 'To tell',
    className: 'hidden w-48 md:table-cell',
    cell: (session) => <Told session={session} />,
  },
]

function Told({ session: { openWake, nextWake, heldEvents, undeliveredEvents } }: { session: Session }) {
  if (openWake)
    return (
      <Link href={`/wakes/${openWake.id}`} className="underline">
        a wake is open
      </Link>
    )
  if (heldEvents > 0)
    return `${plural(heldEvents, 'event')} held${nextWake?.when === 'drained' ? ' until it has drained' : ''}`
  return (
    <span className="text-(--quiet)">
      {undeliveredEvents > 0 ? `${plural(undeliveredEvents, 'event')} not acknowledged` : 'all told'}
    </span>
  )
}
