import { BackhaulError, type Progress, type StreamedEvent } from '@backhaul/sdk'
import type { QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { backhaul } from './service.ts'

/** What has changed is asked for again at most so often, however many events come. */
const refreshEveryMs = 1_000
/** Progress of tasks that are not told of any more is forgotten. */
const mostProgress = 5_000
/**
 * A browser has six connections at most to one service (HTTP/1.1), for all of its tabs together, and a stream takes one for itself: a tab that
 * nobody looks at for so long lets its stream go.
 */
const letGoMs = 5_000
/** A stream that was refused is asked for again: another tab may have let its own go. */
const refusedAgainMs = 10_000

export type LiveState = 'connecting' | 'live' | 'away' | 'refused'

const progress = new Map<string, Progress>()
const listeners = new Set<() => void>()
let state: LiveState = 'connecting'
let painting = false

/** Listeners hear once a frame, not once an event: a thousand events a second must not be a thousand renders. */
function changed(): void {
  if (painting) return
  painting = true
  requestAnimationFrame(() => {
    painting = false
    for (const listener of listeners) listener()
  })
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function become(next: LiveState): void {
  if (state === next) return
  state = next
  changed()
}

export const useLiveState = () => useSyncExternalStore(listen, () => state)

const taps = new Set<(event: StreamedEvent) => void>()
/** Tells of each change of what taps the stream, and of whether the page is shown. */
const wishes = new EventTarget()
document.addEventListener('visibilitychange', () => wishes.dispatchEvent(new Event('change')))

/** Whoever hears each event keeps the stream, also when nobody looks at the page. */
const isWanted = () => !document.hidden || taps.size > 0

/** Hears every event of the stream as it comes, until the function that is returned is called. It must be quick. */
export function onStreamed(tap: (event: StreamedEvent) => void): () => void {
  taps.add(tap)
  wishes.dispatchEvent(new Event('change'))
  return () => {
    taps.delete(tap)
    wishes.dispatchEvent(new Event('change'))
  }
}

/** What was last told of a running task; undefined before anything was. */
export const useProgress = (taskId: string) => useSyncExternalStore(listen, () => progress.get(taskId))

/** Bytes a second of all tasks that were told of. */
export const useThroughput = () =>
  useSyncExternalStore(listen, () => {
    let sum = 0
    for (const { bytesPerSecond } of progress.values()) sum += bytesPerSecond ?? 0
    return sum
  })

/** Follows the events of the tenant until the signal ends it: one stream for the whole page, while it is wanted. It connects again by itself. */
export async function followEvents(queries: QueryClient, signal: AbortSignal): Promise<void> {
  const refresh = createRefresh(queries, signal)
  become('connecting')
  while (await untilWanted(signal)) {
    const wanted = whileWanted(signal)
    // Their ends may be missed: states are not told again.
    progress.clear()
    const onReconnect = () => {
      become('away')
      progress.clear()
    }
    const onConnect = () => {
      // The stream begins with what happens now, and what is shown was asked for before.
      refresh(null)
      become('live')
    }
    try {
      const options = { signal: wanted, onConnect, onReconnect }
      for await (const event of backhaul.events.stream(options)) take(event, refresh)
    } catch (error) {
      if (!wanted.aborted) {
        become(error instanceof BackhaulError ? 'refused' : 'away')
        // Signed out, or over the limit of streams: the queries say which.
        refresh(null)
        await passed(refusedAgainMs, wanted)
      }
    }
    // It was let go, which is no fault: it is connected again when somebody looks.
    if (wanted.aborted) become('connecting')
  }
}

/** Whether the stream is wanted now; false: it is over. */
async function untilWanted(signal: AbortSignal): Promise<boolean> {
  while (!isWanted() && !signal.aborted)
    await new Promise<void>((resolve) => {
      const heard = new AbortController()
      const settle = () => {
        heard.abort()
        resolve()
      }
      wishes.addEventListener('change', settle, { signal: heard.signal })
      signal.addEventListener('abort', settle, { signal: heard.signal })
    })
  return !signal.aborted
}

/** Aborted when the stream has not been wanted for some time. */
function whileWanted(signal: AbortSignal): AbortSignal {
  const over = new AbortController()
  const wanted = AbortSignal.any([signal, over.signal])
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = () => {
    clearTimeout(timer)
    if (!isWanted()) timer = setTimeout(() => over.abort(), letGoMs)
  }
  wishes.addEventListener('change', look, { signal: wanted })
  wanted.addEventListener('abort', () => clearTimeout(timer), { once: true })
  // It may have been given up before it listened.
  look()
  return wanted
}

/** Resolves after that time, or when the signal ends it. */
function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}

function take(event: StreamedEvent, refresh: Refresh): void {
  for (const tap of taps) tap(event)
  if (event.type === 'task.progress') {
    progress.delete(event.data.taskId)
    progress.set(event.data.taskId, event.data.progress)
    if (progress.size > mostProgress) progress.delete(progress.keys().next().value!)
    changed()
    return
  }
  const taskId = taskOf(event)
  if (event.type === 'task.state' && event.data.state !== 'running') progress.delete(event.data.taskId)
  refresh(taskId)
}

/** Which task it tells of; null: of something else, or of many. */
function taskOf({ data }: StreamedEvent): string | null {
  if ('taskId' in data) return data.taskId
  // A newer service may tell of what has none.
  const about: object | undefined = data.data
  if (!about) return null
  const { task, taskId } = about as { task?: { id: string }; taskId?: string }
  return task?.id ?? taskId ?? null
}

/** Asks again for what has changed. Questions about one task (`['live', 'task', id, …]`) are asked when it was told of that one. */
function createRefresh(queries: QueryClient, signal: AbortSignal): Refresh {
  let timer: ReturnType<typeof setTimeout> | undefined
  let told = new Set<string | null>()
  signal.addEventListener('abort', () => clearTimeout(timer))
  const ask = async () => {
    const those = told
    told = new Set()
    const isToldOf = ({ queryKey: [, kind, id] }: { queryKey: readonly unknown[] }) =>
      kind !== 'task' || those.has(null) || those.has(id as string)
    await queries.invalidateQueries({ queryKey: ['live'], predicate: isToldOf })
    // Not sooner than the service has answered: one that is slow would be asked again and again, and never be heard.
    timer = undefined
    if (told.size > 0 && !signal.aborted) begin()
  }
  // A page that nobody looks at asks when somebody does.
  const begin = () => {
    if (!document.hidden) timer ??= setTimeout(ask, refreshEveryMs)
  }
  document.addEventListener('visibilitychange', () => told.size > 0 && begin(), { signal })
  return (taskId) => {
    told.add(taskId)
    begin()
  }
}

type Refresh = (taskId: string | null) => void
