import type { SignIn } from '@backhaul/sdk'
import { Plus } from 'lucide-react'
import { Button } from '../parts/button.tsx'
import { Page } from '../parts/page.tsx'
import { readFilters, unappliedFilters } from '../rules/task-filters.ts'
import { useSearchFilters } from '../search-filters.ts'
import { Filters } from './tasks/filters.tsx'
import { FoundTasks } from './tasks/found-tasks.tsx'
import { NewTask } from './tasks/new-task.tsx'

export default function TasksPage({ who }: { who: SignIn }) {
  const [search, set] = useSearchFilters()
  const filters = readFilters(search)
  const unapplied = unappliedFilters(search)
  const canWrite = who.scopes.includes('write')
  const isNew = canWrite && search.has('new')
  return (
    <Page
      title="Tasks"
      aside={
        canWrite && !isNew ? (
          <Button kind="main" onClick={() => set('new', 'task')}>
            <Plus aria-hidden size={16} /> New task
          </Button>
        ) : null
      }
    >
      {isNew ? <NewTask close={() => set('new', '')} /> : null}
      <Filters filters={filters} search={search} set={set} />
      {unapplied.length > 0 ? (
        <p role="status" className="mb-3 text-red-700 dark:text-red-300">
          Not applied, because it can be no such filter: {unapplied.join(', ')}.
        </p>
      ) : null}
      {/* Nothing is done to many while they are more than were asked for. Other filters are another list, from its top. */}
      <FoundTasks key={JSON.stringify(filters)} filters={filters} canWrite={canWrite && unapplied.length === 0} />
    </Page>
  )
}
