import { Choice, fieldStyle, Search } from '../../parts/fields.tsx'
import { states } from '../../parts/task-state.tsx'
import type { TaskFilters } from '../../rules/task-filters.ts'
import { reasons } from '../../rules/waiting-reasons.ts'

interface Options {
  filters: TaskFilters
  search: URLSearchParams
  set(name: string, value: string): void
}

export function Filters({ filters, search, set }: Options) {
  return (
    <search className="mb-4 flex flex-wrap gap-x-4 gap-y-2">
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
      <Search
        name="Session"
        value={search.get('session') ?? ''}
        choose={(value) => set('session', value)}
        maxLength={128}
      />
      <label className="flex min-w-0 items-center gap-2">
        Metadata
        <input
          data-filter
          type="search"
          // Not trimmed while it is typed: a value may have blanks in it.
          value={search.get('metadata') ?? ''}
          onChange={(event) => set('metadata', event.target.value)}
          placeholder="name=value, name=value"
          maxLength={2000}
          className={`min-w-0 ${fieldStyle}`}
        />
      </label>
    </search>
  )
}
