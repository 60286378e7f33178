import { type LiveNote, type LiveNotice, liveNotes, mayShowProgress, progressEveryMs } from '../rules/live-update.ts'
import { message } from '../rules/sse-frames.ts'
import { explainWaiting, type TaskLookup } from './add-waiting-reasons.ts'
import type { EventStream, EventStreamSource } from './reader.ts'
import type { FeedItem, StreamStore } from './stream-store.ts'

/** Interval at which readers are told of more events, at least: events that come fast are read many at a time. */
const tellEveryMs = 100
/** Tasks whose last progress is remembered before those that are long past are forgotten. */
const rememberedTasks = 1_000
/** When this many announcements wait for their turn, further ones are not looked up. */
const unhurriedTurns = 8
/** When this many wait, further ones are dropped. */
const maxTurns = 1_000

/** State that the streams of one tenant share in a process: the position of its feed, and the pages being read. */
export interface StreamTenant {
  id: string
  /** Places taken by open streams, and by those that are being opened. */
  places: number
  reach(head: number): void
  note(notice: LiveNotice): void
  /** Reads the feed for a stream. Streams that ask for the same page at the same time share one query. */
  reader(sessionIdentifier: string | undefined): EventStreamSource['read']
  /** Adds the stream until the returned function is called. */
  join(stream: EventStream, sessionIdentifier: string | undefined): () => void
  /** Called when the tenant's last stream has ended. */
  forget(): void
}

export function addStreamTenant(
  tenants: Map<string, StreamTenant>,
  id: string,
  stores: { events: Pick<StreamStore, 'readFeed'>; tasks: TaskLookup },
  nowMs: () => number,
): StreamTenant {
  const streams = new Map<EventStream, string | undefined>()
  const reads = new Map<string, Promise<FeedItem[]>>()
  const shown = new Map<string, number>()
  let head = 0
  let telling: NodeJS.Timeout | undefined
  let toldAt = 0
  let turn = Promise.resolve()
  let turns = 0

  const tell = () => {
    telling = undefined
    toldAt = nowMs()
    for (const stream of streams.keys()) stream.reach(head)
  }
  const mayShow = (taskId: string) => {
    const now = nowMs()
    if (!mayShowProgress(shown.get(taskId), now)) return false
    if (shown.size >= rememberedTasks)
      for (const [task, at] of shown) if (now - at >= progressEveryMs) shown.delete(task)
    shown.set(taskId, now)
    return true
  }
  const show = ({ type, ...note }: LiveNote) => {
    if (type === 'task.progress' && !mayShow(note.taskId)) return
    const text = message({ event: type, data: note })
    for (const [stream, session] of streams)
      if (session === undefined || session === note.sessionIdentifier) stream.note(text)
  }
  const tenant: StreamTenant = {
    id,
    places: 0,
    reach(to) {
      if (to <= head) return
      head = to
      telling ??= setTimeout(tell, Math.max(0, toldAt + tellEveryMs - nowMs()))
    },
    note(notice) {
      if (turns >= maxTurns) return
      turns += 1
      // One after the other, so that later announcements do not overtake ones that are being looked up.
      turn = turn.then(async () => {
        const notes = liveNotes(notice)
        for (const note of turns <= unhurriedTurns ? await explainWaiting({ stores, nowMs }, id, notes) : notes)
          show(note)
        turns -= 1
      })
    },
    reader: (session) => (after, upTo, limit) => {
      // With what it must reach: a reading that began before that was written may not show it.
      const key = `${after}:${upTo}:${session ?? ''}`
      const reading =
        reads.get(key) ?? stores.events.readFeed(id, session, after, limit).finally(() => reads.delete(key))
      reads.set(key, reading)
      return reading
    },
    join(stream, session) {
      streams.set(stream, session)
      stream.reach(head)
      return () => void streams.delete(stream)
    },
    forget: () => clearTimeout(telling),
  }
  tenants.set(id, tenant)
  return tenant
}
