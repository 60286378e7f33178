import { useQuery } from '@tanstack/react-query'
import { Pause, Play } from 'lucide-react'
import { useState } from 'react'
import { useEventTail } from '../../event-tail.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Curl } from '../../parts/curl.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Choice, Search } from '../../parts/fields.tsx'
import { Page } from '../../parts/page.tsx'
import { type EventFilters, readEventFilters, storedEntry, type TailEntry } from '../../rules/event-tail.ts'
import { type EventType, eventTypeNames } from '../../rules/event-types.ts'
import { count } from '../../rules/format.ts'
import { useSearchFilters } from '../../search-filters.ts'
import { backhaul } from '../../service.ts'
import { EventList } from './event-list.tsx'
import { ShownEvent } from './shown-event.tsx'

const types = [...eventTypeNames, 'task.state', 'task.resumed_at_offset']
const pageSize = 200

export default function EventsPage() {
  const [search, set] = useSearchFilters()
  const filters = readEventFilters(search)
  return (
    <Page title="Events">
      <div className="mb-4 flex flex-wrap gap-3">
        <Choice
          name="Type"
          value={filters.type ?? ''}
          options={types.map((each) => [each, each])}
          choose={(value) => set('type', value)}
        />
        <Search
          name="Session"
          value={search.get('session') ?? ''}
          choose={(value) => set('session', value)}
          maxLength={128}
        />
        <Search name="Task" value={search.get('task') ?? ''} choose={(value) => set('task', value)} maxLength={30} />
      </div>
      {filters.before ? <Older filters={filters} /> : <Live filters={filters} />}
    </Page>
  )
}

function Live({ filters }: { filters: EventFilters }) {
  const [isPaused, pause] = useState(false)
  // Who reads further down wants the lines to stay where they are.
  const [isScrolled, setScrolled] = useState(false)
  const { entries, heldBack, isWhole, error } = useEventTail(filters, isPaused || isScrolled)
  return (
    <>
      {error ? (
        <div className="mb-4">
          <Failure error={error} />
        </div>
      ) : null}
      <Shown
        entries={entries}
        isWhole={isWhole}
        setScrolled={setScrolled}
        tools={
          <>
            <Button onClick={() => pause(!isPaused)} aria-pressed={isPaused}>
              {isPaused ? <Play aria-hidden size={14} /> : <Pause aria-hidden size={14} />}
              {isPaused ? 'Continue' : 'Pause'}
            </Button>
            <span className="text-(--quiet) tabular-nums">
              {isPaused || isScrolled ? `held: ${count(heldBack)} more have come` : 'live'}
            </span>
          </>
        }
      />
    </>
  )
}

function Older({ filters }: { filters: EventFilters }) {
  const [, set] = useSearchFilters()
  const { before, type, ...rest } = filters
  const stored = eventTypeNames.find((each): each is EventType => each === type)
  const found = useQuery({
    queryKey: ['events', filters],
    queryFn: async ({ signal }) => {
      // What only happens is in no feed.
      if (type !== undefined && stored === undefined) return []
      const query = { ...rest, ...(stored && { type: stored }), after: before!, limit: pageSize }
      const page = await backhaul.events.list({ ...query, order: 'newestFirst' }, { signal })
      return page.data.map(storedEntry)
    },
  })
  return (
    <>
      {found.error ? <Failure error={found.error} retry={found.refetch} /> : null}
      <Shown
        key={before}
        entries={found.data ?? []}
        isWhole={found.isSuccess}
        tools={
          <>
            <Button onClick={() => set('before', '')}>
              <Play aria-hidden size={14} /> To what happens now
            </Button>
            <span className="text-(--quiet)">older events</span>
          </>
        }
      />
    </>
  )
}

interface ShownOptions {
  entries: readonly TailEntry[]
  isWhole: boolean
  tools: React.ReactNode
  setScrolled?(isScrolled: boolean): void
}

/** The list, and one event beside it. */
function Shown({ entries, isWhole, tools, setScrolled }: ShownOptions) {
  const [search, set] = useSearchFilters()
  const chosen = search.get('event')
  const found = entries.find(({ key }) => key === chosen)
  // What is looked at stays, also when the list has gone on without it.
  const [kept, keep] = useState<TailEntry | null>(null)
  if (found && found !== kept) keep(found)
  const shown = chosen === null ? null : (found ?? (kept?.key === chosen ? kept : null))
  const oldest = entries.findLast(({ sequence }) => sequence !== null)
  return (
    <div className={`grid items-start gap-4 ${shown ? 'xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]' : ''}`}>
      <Card>
        <div className="mb-3 flex flex-wrap items-center gap-3">{tools}</div>
        {entries.length === 0 && isWhole ? <Nothing /> : null}
        <EventList
          entries={entries}
          chosen={shown?.key ?? null}
          choose={(key) => set('event', key)}
          {...(setScrolled && { setScrolled })}
        />
        {oldest && isWhole ? (
          <button type="button" onClick={() => set('before', oldest.key)} className="mt-3 cursor-pointer underline">
            Older events
          </button>
        ) : null}
      </Card>
      {shown ? <ShownEvent entry={shown} close={() => set('event', '')} /> : null}
    </div>
  )
}

function Nothing() {
  return (
    <div className="mb-2 text-(--quiet)">
      <p>No event fits. They are shown here as they happen, and can be read by programs:</p>
      <Curl path="/v1/events/stream" />
    </div>
  )
}
