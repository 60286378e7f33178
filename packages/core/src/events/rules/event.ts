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
  /** Its number in the session; null: it is about the tenant. */
  sequence: number | null
  /** Its number among all of the tenant's events. */
  tenantSequence: number
  /**
   * Its place in the lane it is delivered in, which is the order of the deliveries: session.wake comes before what it tells
   * of, though its numbers are higher. Null while it has none.
   */
  position: number | null
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
