import { BackhaulError } from '@backhaul/sdk'
import { useCallback, useRef, useState } from 'react'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { FirstTask } from '../../parts/first-task.tsx'
import { plural } from '../../rules/format.ts'
import type { TaskFilters } from '../../rules/task-filters.ts'
import { useTaskList } from '../../task-list.ts'
import { useRowWindow } from '../../use-row-window.ts'
import { Bulk } from './bulk.tsx'
import { Rows, rowHeight } from './rows.tsx'

/** The tasks that fit, as far as one has scrolled, and what can be done with those that are selected. */
export function FoundTasks({ filters, canWrite }: { filters: TaskFilters; canWrite: boolean }) {
  const list = useRef<HTMLTableSectionElement>(null)
  const [loaded, setLoaded] = useState(0)
  const seen = useRowWindow(list, rowHeight, loaded)
  const { tasks, isWhole, isFirstRead, error, refetch } = useTaskList(filters, seen)
  if (loaded !== tasks.length) setLoaded(tasks.length)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const select = useCallback((ids: readonly string[], isSelected: boolean) => {
    setSelected((old) => {
      const next = new Set(old)
      for (const id of ids) isSelected ? next.add(id) : next.delete(id)
      return next
    })
  }, [])
  const clear = () => setSelected(new Set())
  const isUnfiltered = Object.keys(filters).length === 0
  const hasNoSession = error instanceof BackhaulError && error.status === 404 && filters.session !== undefined
  return (
    <>
      {error && !hasNoSession ? (
        <div className="mb-4">
          <Failure error={error} retry={refetch} />
        </div>
      ) : null}
      {canWrite ? <Bulk tasks={tasks.filter(({ id }) => selected.has(id))} clear={clear} /> : null}
      {hasNoSession ? (
        <Card>
          <p className="text-(--quiet)">There is no session of this name.</p>
        </Card>
      ) : isFirstRead && tasks.length === 0 ? (
        isUnfiltered ? (
          <FirstTask />
        ) : (
          <Card>
            <p className="text-(--quiet)">No task fits.</p>
          </Card>
        )
      ) : isFirstRead ? (
        <Card>
          <Rows tasks={tasks} seen={seen} list={list} selected={canWrite ? selected : null} select={select} />
          <p role="status" className="mt-3 border-t border-(--line) pt-3 text-(--quiet) tabular-nums">
            {plural(tasks.length, 'task')}
            {isWhole ? '' : ' so far; more are read as you scroll'}
          </p>
        </Card>
      ) : null}
    </>
  )
}
