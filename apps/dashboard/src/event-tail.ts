import type { StreamedEvent } from '@backhaul/sdk'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { onStreamed } from './live.ts'
import {
  type EventFilters,
  fits,
  storedEntry,
  streamedEntry,
  type TailEntry,
  withNewer,
  withPage,
} from './rules/event-tail.ts'
import { eventTypeNames } from './rules/event-types.ts'
import { backhaul, serviceNowMs } from './service.ts'

/** So many are kept to be scrolled through; what is older is read from the feed. */
const mostEntries = 1_000
const pageSize = 100

export interface Shown {
  entries: readonly TailEntry[]
  /** How many have come while it was held. */
  heldBack: number
  /** The newest page of the feed is there, so nothing is missing. */
  isWhole: boolean
  /** Why it is not. */
  error: unknown
}

interface Tail {
  subscribe(listener: () => void): () => void
  shown(): Shown
  hold(isHeld: boolean): void
  /** Listens and reads the newest page, until the function that is returned is called. */
  open(): () => void
}

/** What fits the filters, the newest first. What comes is shown once a frame; while it is held it waits. */
export function useEventTail(filters: EventFilters, isHeld: boolean): Shown {
  const { type, session, task } = filters
  const key = JSON.stringify([type, session, task])
  const [tail, setTail] = useState(() => ({ key, ...createTail(filters) }))
  if (tail.key !== key) setTail({ key, ...createTail(filters) })
  useEffect(() => tail.open(), [tail])
  useEffect(() => tail.hold(isHeld), [tail, isHeld])
  return useSyncExternalStore(tail.subscribe, tail.shown)
}

let entriesMade = 0

function createTail(filters: EventFilters): Tail {
  const listeners = new Set<() => void>()
  let shown: Shown = { entries: [], heldBack: 0, isWhole: false, error: null }
  /** The newest last. */
  let waiting: TailEntry[] = []
  let isHeld = false
  let frame: number | undefined

  const become = (next: Partial<Shown>) => {
    shown = { ...shown, ...next }
    for (const listener of listeners) listener()
  }
  const show = () => {
    frame = undefined
    if (isHeld) return become({ heldBack: waiting.length })
    const newer = waiting.toReversed()
    waiting = []
    become({ entries: withNewer(shown.entries, newer, mostEntries), heldBack: 0 })
  }
  const showSoon = () => {
    frame ??= requestAnimationFrame(show)
  }
  const take = (event: StreamedEvent) => {
    const entry = streamedEntry(event, serviceNowMs(), ++entriesMade)
    if (entry === null || !fits(entry, filters)) return
    waiting.push(entry)
    // A tab that nobody looks at has no frames.
    if (waiting.length > 2 * mostEntries) waiting = waiting.slice(-mostEntries)
    showSoon()
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    shown: () => shown,
    hold: (next) => {
      isHeld = next
      if (!isHeld && waiting.length > 0) showSoon()
    },
    open() {
      const over = new AbortController()
      // Listened first, then read: what comes in between comes twice, and is told once.
      const stop = onStreamed(take)
      readNewest(filters, over.signal).then(
        (page) => {
          const there = [...waiting.toReversed(), ...shown.entries]
          waiting = []
          become({ entries: withPage(there, page, mostEntries), heldBack: 0, isWhole: true, error: null })
        },
        (error) => {
          if (!over.signal.aborted) become({ error })
        },
      )
      return () => {
        over.abort()
        stop()
        if (frame !== undefined) cancelAnimationFrame(frame)
        frame = undefined
      }
    },
  }
}

async function readNewest({ type, session, task }: EventFilters, signal: AbortSignal): Promise<TailEntry[]> {
  const stored = eventTypeNames.find((each) => each === type)
  // What only happens is in no feed.
  if (type !== undefined && stored === undefined) return []
  const query = { ...(stored && { type: stored }), ...(session && { session }), ...(task && { task }) }
  const page = await backhaul.events.list({ ...query, order: 'newestFirst', limit: pageSize }, { signal })
  return page.data.map(storedEntry)
}
