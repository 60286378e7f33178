import { type KeyboardEvent, useState } from 'react'

const steps: Record<string, (at: number, last: number) => number> = {
  ArrowLeft: (at) => Math.max(0, at - 1),
  ArrowRight: (at, last) => Math.min(last, at + 1),
  Home: () => 0,
  End: (_, last) => last,
}

/**
 * Many links as one stop of the Tab key: the arrow keys, Home and End go from one to the next. `ids` in their order; the last is the stop
 * until another one had the focus.
 */
export function useRoving(ids: readonly string[]) {
  const [visited, visit] = useState<string | null>(null)
  const stop = visited !== null && ids.includes(visited) ? visited : ids.at(-1)
  return {
    /** For the element around them. */
    group: { 'data-roving': '' },
    /** For each link. */
    stopOf: (id: string) => ({
      tabIndex: id === stop ? 0 : -1,
      onFocus: () => visit(id),
      onKeyDown(event: KeyboardEvent<Element>) {
        const step = steps[event.key]
        const around = event.currentTarget.closest('[data-roving]')
        if (!step || !around || event.ctrlKey || event.metaKey || event.altKey) return
        event.preventDefault()
        const links = [...around.querySelectorAll<HTMLElement | SVGElement>('a')]
        links[step(links.indexOf(event.currentTarget as HTMLElement), links.length - 1)]?.focus()
      },
    }),
  }
}
