import { createWakeup } from '../../kernel/wakeup.ts'
import { heartbeat, message, opening } from '../rules/sse-frames.ts'
import type { FeedItem } from './stream-store.ts'

/** Events buffered for a reader, at most; an event has up to 20 kB. */
const pageSize = 32
const heartbeatMs = 15_000
/** A batch creates up to 1,000 tasks at once, each of which is a note. */
const keptNotes = 1_200
/** A reader that has taken nothing for this long gets no live notes: they would be stale on arrival. */
const liveWithinMs = 1_000
/** While the database is away. */
const retryMs = 1_000

export interface EventStreamSource {
  start: { position: number; cursor: string }
  /** The events behind a position; they are all there up to `head`. */
  read(after: number, head: number, limit: number): Promise<FeedItem[]>
  /** An event as this reader may see it. */
  view(event: FeedItem['event']): unknown
  nowMs(): number
}

/**
 * One reader's stream. Stored events wait in the database until the reader takes them; live notes are dropped when it
 * does not keep up.
 */
export interface EventStream {
  /** The text to send. Ask for more only when the reader has taken what it was given. */
  frames: AsyncGenerator<string>
  /** The feed has come to this position. */
  reach(head: number): void
  /** A note, as text. Dropped when the reader does not keep up. */
  note(text: string): void
  /** For how long the reader has not taken what was given last, in ms; 0: it waits for more. */
  untakenMs(): number
  /** Ends the stream as soon as the reader has taken the text it was given. */
  end(): void
}

export function createEventStream({ start, read, view, nowMs }: EventStreamSource): EventStream {
  let { position } = start
  let head = position
  let notes: string[] = []
  let givenAt: number | null = null
  let ended = false
  const wakeup = createWakeup<'events' | 'note' | 'end'>()
  const untakenMs = () => (givenAt === null ? 0 : nowMs() - givenAt)

  function* give(text: string) {
    givenAt = nowMs()
    yield text
    givenAt = null
  }

  async function* stored() {
    const upTo = head
    const items = await read(position, upTo, pageSize).catch(() => null)
    if (items === null) return void (await wakeup.wait(retryMs))
    for (const { cursor, event, ...item } of items) {
      if (ended) return
      yield* give(message({ id: cursor, event: event.type, data: view(event) }))
      position = item.position
    }
    // The events left out belong to other sessions.
    if (items.length < pageSize) position = Math.max(position, upTo)
  }

  async function* frames() {
    yield* give(opening(start.cursor))
    while (!ended) {
      if (position < head) yield* stored()
      const heard = notes
      notes = []
      for (const text of heard) if (!ended) yield* give(text)
      if (ended || position < head || notes.length > 0) continue
      if ((await wakeup.wait(heartbeatMs)).size === 0) yield* give(heartbeat)
    }
  }

  return {
    frames: frames(),
    reach(to) {
      if (to <= head) return
      head = to
      wakeup.notify('events')
    },
    note(text) {
      if (untakenMs() > liveWithinMs) notes = []
      else {
        if (notes.length >= keptNotes) notes.shift()
        notes.push(text)
        wakeup.notify('note')
      }
    },
    untakenMs,
    end() {
      ended = true
      wakeup.notify('end')
    },
  }
}
