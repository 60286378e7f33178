import type { Task } from '@backhaul/sdk'
import { memo, type RefObject, useLayoutEffect, useRef } from 'react'
import { Link } from 'wouter'
import { StatePill } from '../../parts/task-state.tsx'
import { Progress, shortUrl } from '../../parts/task-table.tsx'
import { Time } from '../../parts/time.tsx'
import type { RowWindow } from '../../rules/row-window.ts'

/** All rows have it, so that those which are not there have their room. */
export const rowHeight = 56

interface Options {
  tasks: readonly Task[]
  seen: RowWindow
  list: RefObject<HTMLTableSectionElement | null>
  /** Null: this key may change nothing. */
  selected: ReadonlySet<string> | null
  select(ids: readonly string[], isSelected: boolean): void
}

/** As many rows as are seen, of as many as there are. */
export function Rows({ tasks, seen, list, selected, select }: Options) {
  useAnchor(tasks, seen, list)
  const all = tasks.map(({ id }) => id)
  const isAll = selected !== null && all.length > 0 && all.every((id) => selected.has(id))
  const below = Math.max(0, tasks.length - 1 - seen.last)
  return (
    <table aria-rowcount={-1} className="w-full table-fixed border-collapse text-left">
      <thead className="text-(--quiet)">
        <tr>
          {selected ? (
            <th className="w-8 py-1">
              <input
                type="checkbox"
                aria-label="All shown"
                checked={isAll}
                onChange={() => select(all, !isAll)}
                className={checkbox}
              />
            </th>
          ) : null}
          <th className="w-[34%] py-1 pr-3 font-normal md:w-[42%]">File</th>
          <th className="w-[5.75rem] py-1 pr-2 md:w-24 font-normal">State</th>
          <th className="py-1 pr-3 font-normal">Progress</th>
          <th className="hidden w-32 py-1 text-right font-normal md:table-cell">Created</th>
        </tr>
      </thead>
      <tbody ref={list}>
        <Room rows={Math.min(seen.first, tasks.length)} />
        {tasks.slice(seen.first, seen.last + 1).map((task, n) => (
          <Row
            key={task.id}
            task={task}
            n={seen.first + n}
            isSelected={selected ? selected.has(task.id) : null}
            select={select}
          />
        ))}
        <Room rows={below} />
      </tbody>
    </table>
  )
}

const checkbox = 'size-4 align-middle accent-blue-700'

/** In the place of rows that are not there. */
const Room = ({ rows }: { rows: number }) =>
  rows === 0 ? null : (
    <tr aria-hidden>
      <td className="p-0" style={{ height: rows * rowHeight }} />
    </tr>
  )

interface RowOptions {
  task: Task
  n: number
  isSelected: boolean | null
  select: Options['select']
}

const Row = memo(function Row({ task, n, isSelected, select }: RowOptions) {
  const { id, originalRequest, sessionIdentifier, metadata } = task
  const notes = Object.entries(metadata).map(([name, value]) => `${name}=${value}`)
  return (
    <tr
      aria-rowindex={n + 2}
      className={`border-t border-(--line) ${isSelected ? 'bg-(--track)' : ''}`}
      style={{ height: rowHeight }}
    >
      {isSelected === null ? null : (
        <td>
          <input
            type="checkbox"
            aria-label={`Select ${id}`}
            checked={isSelected}
            onChange={() => select([id], !isSelected)}
            className={checkbox}
          />
        </td>
      )}
      <td className="pr-3">
        <Link data-row href={`/tasks/${id}`} className="block truncate hover:underline" title={originalRequest.url}>
          {shortUrl(originalRequest.url)}
        </Link>
        <span className="block truncate text-xs text-(--quiet)">
          {[sessionIdentifier, ...notes].join(' · ').slice(0, 300)}
        </span>
      </td>
      <td className="pr-2">
        <StatePill state={task.state} />
      </td>
      <td className="pr-3">
        <div className="line-clamp-2 max-h-10 text-xs leading-5 wrap-anywhere md:text-sm">
          <Progress task={task} />
        </div>
      </td>
      <td className="hidden text-right text-(--quiet) md:table-cell">
        <Time at={task.createdAt} />
      </td>
    </tr>
  )
})

/** When rows come above what is looked at, it stays where it is. At the top the new ones are seen. */
function useAnchor(tasks: readonly Task[], seen: RowWindow, list: RefObject<HTMLTableSectionElement | null>): void {
  const anchor = useRef<{ id: string; n: number } | null>(null)
  useLayoutEffect(() => {
    const old = anchor.current
    const above = list.current ? -list.current.getBoundingClientRect().top : 0
    if (old && above > rowHeight && tasks[old.n]?.id !== old.id) {
      const n = tasks.findIndex(({ id }) => id === old.id)
      if (n !== -1) scrollBy(0, (n - old.n) * rowHeight)
    }
    const at = Math.min(tasks.length - 1, Math.max(seen.first, Math.floor(above / rowHeight)))
    const task = tasks[at]
    anchor.current = task ? { id: task.id, n: at } : null
  }, [tasks, seen, list])
}
