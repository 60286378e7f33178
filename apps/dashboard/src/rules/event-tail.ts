import type { Event, StreamedEvent } from '@backhaul/sdk'

/** A line of the tail. */
export interface TailEntry {
  /** The event's id, or a number of this page: what only happens has none. */
  key: string
  type: string
  atMs: number
  session: string | null
  task: string | null
  /** As it came. */
  data: object
  /** Of what is stored; null: it only happens. */
  sequence: number | null
}

export interface EventFilters {
  type?: string
  session?: string
  task?: string
  /** Only what came before this event. Without it the tail is live. */
  before?: string
}

const shapes = {
  type: /^[a-z]+\.[a-z_]+$/,
  session: /^[\w.-]{1,128}$/,
  task: /^tsk_[0-9a-z]{26}$/,
  before: /^evt_[0-9a-z]{26}$/,
}

export function readEventFilters(search: URLSearchParams): EventFilters {
  const filters: EventFilters = {}
  for (const [name, shape] of Object.entries(shapes) as [keyof EventFilters, RegExp][]) {
    const value = search.get(name)
    if (value && shape.test(value)) filters[name] = value
  }
  return filters
}

export function fits({ type, session, task }: TailEntry, filters: EventFilters): boolean {
  return (
    (filters.type === undefined || filters.type === type) &&
    (filters.session === undefined || filters.session === session) &&
    (filters.task === undefined || filters.task === task)
  )
}

export function storedEntry(event: Event): TailEntry {
  const { task, taskId } = event.data as { task?: { id: string }; taskId?: string }
  return {
    key: event.id,
    type: event.type,
    atMs: Date.parse(event.timestamp),
    session: event.sessionIdentifier ?? null,
    task: task?.id ?? taskId ?? null,
    data: event,
    sequence: event.tenantSequence,
  }
}

/** Null: progress, of which there is too much to be read. `number` names what has no id. */
export function streamedEntry(event: StreamedEvent, nowMs: number, number: number): TailEntry | null {
  if (event.type === 'task.progress') return null
  if (event.type !== 'task.state' && event.type !== 'task.resumed_at_offset') return storedEntry(event.data)
  const { taskId, sessionIdentifier } = event.data
  return {
    key: `${number}`,
    type: event.type,
    atMs: nowMs,
    session: sessionIdentifier,
    task: taskId,
    data: event.data,
    sequence: null,
  }
}

/** What came goes before what is there, also what a page had before it came; both have the newest first. At most `most` of them stay. */
export function withNewer(entries: readonly TailEntry[], newer: readonly TailEntry[], most: number): TailEntry[] {
  if (newer.length >= most) return newer.slice(0, most)
  const come = new Set(newer.map(({ key }) => key))
  return [...newer, ...entries.filter(({ key }) => !come.has(key))].slice(0, most)
}

/** A page of the feed comes after some of its events have come by the stream: those are not told twice. */
export function withPage(entries: readonly TailEntry[], page: readonly TailEntry[], most: number): TailEntry[] {
  const there = new Set(entries.map(({ key }) => key))
  return [...entries, ...page.filter(({ key }) => !there.has(key))].sort(newestFirst).slice(0, most)
}

/** Stored events have an order of their own; beside them, time decides. */
function newestFirst(one: TailEntry, other: TailEntry): number {
  if (one.sequence !== null && other.sequence !== null) return other.sequence - one.sequence
  return other.atMs - one.atMs
}
