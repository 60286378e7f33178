import { type RefObject, useCallback, useLayoutEffect, useState } from 'react'
import { type RowWindow, rowWindow } from './rules/row-window.ts'

const before: RowWindow = { first: 0, last: 30 }

/** Which rows of a list that scrolls with the page are to be there. */
export function useRowWindow(list: RefObject<HTMLElement | null>, rowHeight: number, count: number): RowWindow {
  const [seen, see] = useState(before)
  const look = useCallback(() => {
    if (!list.current) return
    const next = rowWindow(-list.current.getBoundingClientRect().top, innerHeight, rowHeight, Math.max(1, count))
    see((old) => (old.first === next.first && old.last === next.last ? old : next))
  }, [list, rowHeight, count])
  useLayoutEffect(() => {
    look()
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look)
    return () => {
      removeEventListener('scroll', look)
      removeEventListener('resize', look)
    }
  }, [look])
  return seen
}
