import { memo, useRef, useState } from 'react'
import type { TailEntry } from '../../rules/event-tail.ts'
import { eventColour } from '../../rules/event-types.ts'

const rowHeight = 30
/** Rows beside those in sight, so that scrolling by keyboard finds the next one. */
const spare = 6

interface Options {
  entries: readonly TailEntry[]
  chosen: string | null
  choose(key: string): void
  setScrolled?(isScrolled: boolean): void
}

/** Only the rows in sight are in the document: a list of a thousand that changes with each frame costs as little as one of twenty. */
export function EventList({ entries, chosen, choose, setScrolled }: Options) {
  const box = useRef<HTMLElement>(null)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(600)
  const scrolled = () => {
    const { scrollTop, clientHeight } = box.current!
    setTop(scrollTop)
    setHeight(clientHeight)
    setScrolled?.(scrollTop >= rowHeight)
  }
  const first = Math.max(0, Math.floor(top / rowHeight) - spare)
  const rows = entries.slice(first, Math.ceil((top + height) / rowHeight) + spare)
  if (entries.length === 0) return null
  return (
    <section
      ref={box}
      onScroll={scrolled}
      // It scrolls, and what scrolls is reached by keyboard.
      // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
      tabIndex={0}
      aria-label="Events"
      className="max-h-[62vh] overflow-y-auto [overflow-anchor:none]"
    >
      <ol className="relative" style={{ height: entries.length * rowHeight }}>
        {rows.map((entry, n) => (
          <Row
            key={entry.key}
            entry={entry}
            top={(first + n) * rowHeight}
            isChosen={entry.key === chosen}
            choose={choose}
          />
        ))}
      </ol>
    </section>
  )
}

interface RowOptions {
  entry: TailEntry
  top: number
  isChosen: boolean
  choose(key: string): void
}

const Row = memo(function Row({ entry, top, isChosen, choose }: RowOptions) {
  return (
    <li className="absolute inset-x-0 contain-strict" style={{ top, height: rowHeight }}>
      <button
        type="button"
        data-row
        aria-pressed={isChosen}
        onClick={() => choose(entry.key)}
        className={`grid h-full w-full cursor-pointer grid-cols-[5.5rem_minmax(0,3fr)_minmax(0,2fr)] items-center gap-3 px-1 text-left hover:bg-(--track) md:grid-cols-[6.5rem_minmax(0,3fr)_minmax(0,2fr)_minmax(0,2fr)] ${isChosen ? 'bg-(--track)' : ''}`}
      >
        <span className="font-mono text-xs text-(--quiet)">{clock(entry.atMs)}</span>
        <span className="flex min-w-0 items-center gap-2">
          <span className="size-2 shrink-0 rounded-full" style={{ background: eventColour(entry.type) }} />
          <span className="truncate">{entry.type}</span>
        </span>
        <span className="truncate text-(--quiet)">{entry.session ?? '–'}</span>
        <span className="hidden truncate font-mono text-xs text-(--quiet) md:block">{entry.task ?? ''}</span>
      </button>
    </li>
  )
})

/** `14:03:07.120`, where the reader is. */
function clock(ms: number): string {
  const at = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`
}
