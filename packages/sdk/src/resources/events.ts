import type { FollowOptions } from '../events/follow.ts'
import { EventsCalls } from '../generated/calls.ts'
import type { Event, TaskProgressNote, TaskResumedNote, TaskStateNote } from '../generated/types.ts'
import { queryString } from '../rules/query.ts'

/** The stored events by their type, and what is told only while it happens. */
interface Streamed extends StoredEvents {
  'task.state': TaskStateNote
  'task.progress': TaskProgressNote
  'task.resumed_at_offset': TaskResumedNote
}
type StoredEvents = { [Type in Event['type']]: Extract<Event, { type: Type }> }

/** A message of the stream; `type` says what its `data` is. */
export type StreamedEvent = {
  [Type in keyof Streamed]: {
    type: Type
    data: Streamed[Type]
    /** Give it as `after`, to another process too, to go on behind this message; null: nothing has happened yet. */
    cursor: string | null
  }
}[keyof Streamed]

export interface StreamOptions extends FollowOptions {
  /** The identifier of a session. Default: all of the tenant's. */
  session?: string | undefined
  /** A `cursor`, the `nextCursor` of the feed, or an event's id. Default: what happens from now on. */
  after?: string | undefined
}

export class Events extends EventsCalls {
  /**
   * The events as they happen, for ever: when the connection ends, another one goes on exactly behind the last event. Progress and
   * states come only while they happen; some are left out for a slow reader.
   *
   * @throws BackhaulError when the service refuses it: the key has ended, or `after` is not known
   */
  async *stream({ session, after, ...options }: StreamOptions = {}): AsyncGenerator<StreamedEvent, void, undefined> {
    const { follow } = await import('../events/follow.ts')
    const path = `/v1/events/stream${queryString({ session, after })}`
    for await (const { event, data, lastEventId } of follow(this.transport, path, options))
      yield { type: event, data: JSON.parse(data), cursor: lastEventId } as StreamedEvent
  }
}
