import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useSearchParams } from 'wouter'
import { Card } from '../parts/card.tsx'
import { Failure } from '../parts/failure.tsx'
import { useTitle } from '../parts/shell.tsx'
import { states } from '../parts/task-state.tsx'
import { TaskTable } from '../parts/task-table.tsx'
import { readFilters } from '../rules/task-filters.ts'
import { reasons } from '../rules/waiting-reasons.ts'
import { backhaul } from '../service.ts'

const pageSize = 50

export function TasksPage() {
  useTitle('Tasks')
  const [search, setSearch] = useSearchParams()
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
  const set = (name: string, value: string) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old)
        if (value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  const tasks = found.data?.pages.flatMap(({ data }) => data) ?? []
  return (
    <>
      <h1 className="mb-4 text-lg font-semibold">Tasks</h1>
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
        <label className="flex items-center gap-2">
          Host
          <input
            data-filter
            type="search"
            value={search.get('host') ?? ''}
            onChange={(event) => set('host', event.target.value.trim())}
            maxLength={253}
            className="rounded-lg border border-(--line) bg-(--card) px-2 py-1"
          />
        </label>
      </div>
      {found.error ? <Failure error={found.error} retry={found.refetch} /> : null}
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
    </>
  )
}

interface ChoiceOptions {
  name: string
  value: string
  options: [value: string, words: string][]
  choose(value: string): void
}

function Choice({ name, value, options, choose }: ChoiceOptions) {
  return (
    <label className="flex items-center gap-2">
      {name}
      <select
        data-filter
        value={value}
        onChange={(event) => choose(event.target.value)}
        className="rounded-lg border border-(--line) bg-(--card) px-2 py-1"
      >
        <option value="">any</option>
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
