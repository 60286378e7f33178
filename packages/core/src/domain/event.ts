/** Facts that are stored and delivered. */
export const eventTypes = [
  'task.finished_downloading',
  'task.completed',
  'session.wake',
  'session.events_finished',
  'session.invalidated',
  'wake.expired',
  'file.expired',
  'task.will_begin_delayed_request',
  'task.authentication_challenge',
  'endpoint.disabled',
  'endpoint.test',
] as const
export type EventType = (typeof eventTypes)[number]

export interface Event {
  id: string
  type: EventType
  createdAt: Date
  /** Its number in the session; without one, in the tenant. */
  sequence: number
  /** Null: it is about the tenant. */
  sessionIdentifier: string | null
  data: Record<string, unknown>
  wakeId: string | null
}

/** The envelope of api.md §3, as the feed shows it and webhooks carry it. */
export interface Envelope {
  id: string
  type: EventType
  timestamp: string
  sequence: number
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
    sessionIdentifier: event.sessionIdentifier,
    data: {
      ...event.data,
      wakeId: event.wakeId,
      ...(event.type === 'session.wake' && completionToken !== undefined ? { completionToken } : {}),
    },
  }
}
