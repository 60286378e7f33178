import type { Endpoint } from '@backhaul/sdk'

export type EventType = Endpoint['eventTypes'][number]

/** The events that are stored and delivered, with when they happen. */
export const eventTypes: Record<EventType, string> = {
  'task.finished_downloading': 'a file is stored',
  'task.completed': 'the last of a task',
  'session.wake': 'events wait for the client',
  'session.events_finished': 'all events of a wake are told',
  'session.invalidated': 'a session has ended',
  'wake.expired': 'a wake was not completed in time',
  'file.expired': 'a file has gone',
  'task.will_begin_delayed_request': 'asks: a delayed task may begin',
  'task.authentication_challenge': 'asks: a server wants a credential',
  'endpoint.disabled': 'an endpoint gets nothing any more',
  'endpoint.test': 'somebody has sent a test',
}
export const eventTypeNames = Object.keys(eventTypes) as EventType[]

/** Those that are known here, and what is chosen besides: a newer service has others, and a form must not take them away. */
export function eventTypesToChoose(chosen: readonly string[]): string[] {
  return [...eventTypeNames, ...chosen.filter((type) => !Object.hasOwn(eventTypes, type))]
}

/** A colour for what an event is about, the same on every page. */
export function eventColour(type: string): string {
  if (type.startsWith('session.') || type.startsWith('wake.')) return '#d97706'
  if (type.startsWith('endpoint.')) return '#7c3aed'
  if (type.startsWith('file.')) return '#64748b'
  return type === 'task.will_begin_delayed_request' || type === 'task.authentication_challenge' ? '#0d9488' : '#2563eb'
}
