import { BackhaulError, type Progress, type StreamedEvent } from '@backhaul/sdk'
import type { QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { backhaul } from './service.ts'

/** What has changed is asked for again at most so often, however many events come. */
const refreshEveryMs = 1_000
/** Progress of tasks that are not told of any more is forgotten. */
const mostProgress = 5_000

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

/** Follows the events of the tenant until the signal ends it: one stream for the whole page. It connects again by itself. */
export async function followEvents(queries: QueryClient, signal: AbortSignal): Promise<void> {
  become('connecting')
  const refresh = createRefresh(queries, signal)
  const options = { signal, onConnect: () => become('live'), onReconnect: () => become('away') }
  try {
    for await (const event of backhaul.events.stream(options)) take(event, refresh)
  } catch (error) {
    if (signal.aborted) return
    become(error instanceof BackhaulError ? 'refused' : 'away')
    // Signed out, or over the limit of streams: the queries say which.
    refresh()
  }
}

function take(event: StreamedEvent, refresh: () => void): void {
  for (const tap of taps) tap(event)
  if (event.type === 'task.progress') {
    progress.delete(event.data.taskId)
    progress.set(event.data.taskId, event.data.progress)
    if (progress.size > mostProgress) progress.delete(progress.keys().next().value!)
    changed()
    return
  }
  if (event.type === 'task.state' && event.data.state !== 'running') progress.delete(event.data.taskId)
  refresh()
}

function createRefresh(queries: QueryClient, signal: AbortSignal): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  signal.addEventListener('abort', () => clearTimeout(timer))
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined
      void queries.invalidateQueries({ queryKey: ['live'] })
    }, refreshEveryMs)
  }
}
