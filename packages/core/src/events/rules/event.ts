/** The properties of a type of event. */
export interface EventTraits {
  /** It wakes the client; otherwise it goes out with the next wake. */
  wakes: boolean
  /**
   * An endpoint's filter applies to it. Not to the frames of a wake, nor to a question, for whose answer a task waits.
   */
  filterable: boolean
  /** It frames a wake: another wake has frames of its own. */
  frames: boolean
  /** The endpoints that get it when it belongs to no session: all, all but the one it is about, or only that one. */
  ofTenant: 'all' | 'others' | 'one' | null
  /** Its kind in the timeline of its task. */
  timeline: 'event' | 'fileExpired'
}

const ofTask = { wakes: true, filterable: true, frames: false, ofTenant: null, timeline: 'event' } as const
const question = { ...ofTask, filterable: false } as const
const frame = { ...ofTask, filterable: false, frames: true } as const

/** Facts that are stored and delivered. A new type is one more row. */
const eventTypes = {
  'task.finished_downloading': ofTask,
  'task.completed': ofTask,
  'session.wake': frame,
  'session.events_finished': frame,
  'session.invalidated': ofTask,
  'wake.expired': frame,
  'file.expired': { ...ofTask, wakes: false, ofTenant: 'all', timeline: 'fileExpired' },
  'task.will_begin_delayed_request': question,
  'task.authentication_challenge': question,
  'endpoint.disabled': { ...ofTask, ofTenant: 'others' },
  'endpoint.test': { ...ofTask, ofTenant: 'one' },
} as const satisfies Record<string, EventTraits>
export type EventType = keyof typeof eventTypes
export const eventTypeNames = Object.keys(eventTypes) as EventType[]

/** Null: a newer version has written it. */
export function traitsOf(type: string): EventTraits | null {
  return (eventTypes as Partial<Record<string, EventTraits>>)[type] ?? null
}

/** The types whose traits pass the test. */
export function eventTypesWith(test: (traits: EventTraits) => boolean): EventType[] {
  return eventTypeNames.filter((type) => test(eventTypes[type]))
}

interface Event {
  id: string
  type: EventType
  createdAt: Date
  /** Its number in the session; null: it is about the tenant. */
  sequence: number | null
  /** Its number among all of the tenant's events. */
  tenantSequence: number
  /**
   * Its place in its delivery lane, which is the order of the deliveries: session.wake comes before the events it
   * announces, though its numbers are higher. Null while it has none.
   */
  position: number | null
  /** Null: it is about the tenant. */
  sessionIdentifier: string | null
  data: Record<string, unknown>
  wakeId: string | null
}

/** The envelope of an event, as the feed shows it and webhooks carry it. */
export interface Envelope {
  id: string
  type: EventType
  timestamp: string
  sequence: number | null
  tenantSequence: number
  position: number | null
  sessionIdentifier: string | null
  data: Record<string, unknown>
}

/** `completionToken` goes into session.wake only: it is derived, never stored. */
export function envelope(event: Event, completionToken?: string): Envelope {
  return {
    id: event.id,
    type: event.type,
    timestamp: event.createdAt.toISOString(),
    sequence: event.sequence,
    tenantSequence: event.tenantSequence,
    position: event.position,
    sessionIdentifier: event.sessionIdentifier,
    data: {
      ...event.data,
      wakeId: event.wakeId,
      ...(event.type === 'session.wake' && completionToken !== undefined ? { completionToken } : {}),
    },
  }
}
