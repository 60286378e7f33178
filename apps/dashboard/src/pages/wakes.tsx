import { Link } from 'wouter'
import { Card } from '../parts/card.tsx'
import { Choice, Search } from '../parts/fields.tsx'
import { More } from '../parts/more.tsx'
import { Page } from '../parts/page.tsx'
import { WakeTable, wakeStates } from '../parts/wake-table.tsx'
import { readSessionName } from '../rules/session-filters.ts'
import { useSearchFilters } from '../search-filters.ts'
import { backhaul } from '../service.ts'
import { usePages } from '../use-pages.ts'

const pageSize = 50

export default function WakesPage() {
  const [search, set] = useSearchFilters()
  const state = wakeStates.find((each) => each === search.get('state'))
  const session = readSessionName(search, 'session')
  const found = usePages({
    queryKey: ['live', 'wakes', state, session],
    pageSize,
    read: (asked, signal) =>
      backhaul.wakes.list(
        { ...(state ? { state } : {}), ...(session ? { session } : {}), order: 'newestFirst', ...asked },
        { signal },
      ),
    keyOf: ({ id }) => id,
  })
  const isFiltered = state !== undefined || session !== null
  return (
    <Page
      title="Wakes"
      asked={[found]}
      aside={
        <Link href="/limiter" className="underline">
          What they cost: the limiter
        </Link>
      }
    >
      <div className="mb-4 flex flex-wrap gap-3">
        <Choice
          name="State"
          value={state ?? ''}
          options={wakeStates.map((each) => [each, each])}
          choose={(value) => set('state', value)}
        />
        <Search
          name="Session"
          value={search.get('session') ?? ''}
          choose={(value) => set('session', value)}
          maxLength={128}
        />
      </div>
      {found.rows ? (
        <Card>
          <WakeTable
            which="all"
            wakes={found.rows}
            empty={
              isFiltered
                ? 'No wake fits.'
                : 'No wake yet. A session whose delegate is an endpoint is woken when its tasks have ended.'
            }
          />
          <More list={found} />
        </Card>
      ) : null}
    </Page>
  )
}
