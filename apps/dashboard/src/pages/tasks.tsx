import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Card } from '../parts/card.tsx'
import { Choice, Search } from '../parts/fields.tsx'
import { Page } from '../parts/page.tsx'
import { states } from '../parts/task-state.tsx'
import { TaskTable } from '../parts/task-table.tsx'
import { readFilters } from '../rules/task-filters.ts'
import { reasons } from '../rules/waiting-reasons.ts'
import { useSearchFilters } from '../search-filters.ts'
import { backhaul } from '../service.ts'

const pageSize = 50

export default function TasksPage() {
  const [search, set] = useSearchFilters()
  const filters = readFilters(search)
  const found = useInfiniteQuery({
    queryKey: ['live', 'tasks', filters],
    queryFn: async ({ pageParam, signal }) =>
      await backhaul.tasks.list(
        { ...filters, order: 'newestFirst', limit: pageSize, ...(pageParam === null ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
  })
  const tasks = found.data?.pages.flatMap(({ data }) => data) ?? []
  return (
    <Page title="Tasks" asked={[found]}>
      <div className="mb-4 flex flex-wrap gap-3">
        <Choice
          name="State"
          value={filters.state ?? ''}
          options={states.map((each) => [each, each])}
          choose={(value) => set('state', value)}
        />
        <Choice
          name="Waits for"
          value={filters.waitingFor ?? ''}
          options={Object.entries(reasons).map(([reason, { words }]) => [reason, words])}
          choose={(value) => set('waitingFor', value)}
        />
        <Search name="Host" value={search.get('host') ?? ''} choose={(value) => set('host', value)} />
      </div>
      {found.data ? (
        <Card>
          {tasks.length === 0 ? <p className="text-(--quiet)">No task fits.</p> : <TaskTable tasks={tasks} />}
          {found.hasNextPage ? (
            <button type="button" onClick={() => found.fetchNextPage()} className="mt-3 cursor-pointer underline">
              More
            </button>
          ) : null}
        </Card>
      ) : null}
    </Page>
  )
}
