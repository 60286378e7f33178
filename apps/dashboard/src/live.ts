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

/** Hears every event of the stream as it comes, until the function that is returned is called. It must be quick. */
export function onStreamed(tap: (event: StreamedEvent) => void): () => void {
  taps.add(tap)
  return () => taps.delete(tap)
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

/** Follows the events of the tenant until the signal ends it: one stream for the whole page, while it is shown. It connects again by itself. */
export async function followEvents(queries: QueryClient, signal: AbortSignal): Promise<void> {
  const refresh = createRefresh(queries, signal)
  become('connecting')
  while (await untilShown(signal)) {
    const shown = whileShown(signal)
    // Their ends may be missed: states are not told again.
    progress.clear()
    const onReconnect = () => {
      become('away')
      progress.clear()
    }
    const onConnect = () => {
      if (state === 'away') refresh(null)
      become('live')
    }
    try {
      const options = { signal: shown, onConnect, onReconnect }
      for await (const event of backhaul.events.stream(options)) take(event, refresh)
    } catch (error) {
      if (!shown.aborted) {
        become(error instanceof BackhaulError ? 'refused' : 'away')
        // Signed out, or over the limit of streams: the queries say which.
        return refresh(null)
      }
    }
    become('away')
  }
}

/** Whether the page is shown now; false: it is over. */
async function untilShown(signal: AbortSignal): Promise<boolean> {
  while (document.hidden && !signal.aborted)
    await new Promise<void>((resolve) => {
      document.addEventListener('visibilitychange', () => resolve(), { once: true, signal })
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  return !signal.aborted
}

/** Aborted when nobody has looked at the page for some time. Whoever hears each event keeps it. */
function whileShown(signal: AbortSignal): AbortSignal {
  const hidden = new AbortController()
  const shown = AbortSignal.any([signal, hidden.signal])
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = () => {
    clearTimeout(timer)
    if (document.hidden && taps.size === 0) timer = setTimeout(() => hidden.abort(), letGoMs)
  }
  document.addEventListener('visibilitychange', look, { signal: shown })
  shown.addEventListener('abort', () => clearTimeout(timer), { once: true })
  // It may have been hidden before it listened.
  look()
  return shown
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
