import type { Task } from '@backhaul/sdk'
import { useQueries } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { RowWindow } from './rules/row-window.ts'
import type { TaskFilters } from './rules/task-filters.ts'
import { limitFor, placeOfTask, type Segment, segmentsIn, unread, withPage } from './rules/task-pages.ts'
import { backhaul } from './service.ts'

interface TaskList {
  tasks: readonly Task[]
  /** All of them are there. */
  isWhole: boolean
  isFirstRead: boolean
  error: unknown
  refetch(): unknown
}

/** The tasks that fit, newest first: read further as one scrolls, and read again while they are looked at, and only those. */
export function useTaskList(filters: TaskFilters, seen: RowWindow): TaskList {
  const [segments, setSegments] = useState<readonly Segment<Task>[]>(unread)
  const latest = useRef(segments)
  const take = (next: readonly Segment<Task>[]) => {
    latest.current = next
    setSegments(next)
  }
  const place = placeOfTask(filters.session !== undefined)
  const asked = useQueries({
    queries: segmentsIn(segments, seen.first, seen.last).map(({ cursor }) => ({
      queryKey: ['live', 'tasks', filters, cursor],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const segment = latest.current.find((each) => each.cursor === cursor) ?? unread[0]!
        const asking = { ...filters, order: 'newestFirst' as const, limit: limitFor(segment) }
        const page = await backhaul.tasks.list({ ...asking, ...(cursor === null ? {} : { cursor }) }, { signal })
        take(withPage(latest.current, cursor, page, place))
        return page.data.length
      },
      // The pages are kept here, not there.
      gcTime: 0,
    })),
  })
  const failed = asked.find(({ error }) => error)
  return {
    tasks: segments.flatMap(({ rows }) => rows),
    isWhole: segments.every(({ isRead }) => isRead),
    isFirstRead: segments[0]!.isRead,
    error: failed?.error ?? null,
    refetch: () => Promise.all(asked.map((each) => each.refetch())),
  }
}
