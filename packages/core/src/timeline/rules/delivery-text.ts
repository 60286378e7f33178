import { type EventTraits, traitsOf } from '../../events/rules/event.ts'
import type { Draft } from './timeline-entry.ts'

export interface TaskEvent {
  id: string
  type: string
  at: Date
}
export interface TaskDelivery {
  id: string
  eventId: string
  state: 'pending' | 'succeeded' | 'failed' | 'canceled'
  attempts: number
  endedAt: Date | null
  wakeId: string | null
}
export interface TaskWake {
  id: string
  state: 'open' | 'completed' | 'expired'
  openedAt: Date
  closedAt: Date | null
  delayAfterSeconds: number
}

const told = {
  succeeded: ['delivered', 'the endpoint acknowledged it'],
  failed: ['deliveryFailed', 'the endpoint never acknowledged it'],
  canceled: ['deliveryCanceled', 'it is not sent any more'],
} as const

const eventText = {
  event: (type: string) => `${type} was written`,
  fileExpired: () => "the file's lease ended, and the file was removed",
} as const satisfies Record<EventTraits['timeline'], (type: string) => string>

interface Told {
  events: TaskEvent[]
  deliveries: TaskDelivery[]
  wakes: TaskWake[]
}

/** Its events, their deliveries, and the wakes in which they were told. */
export function telling({ events, deliveries, wakes }: Told): Draft[] {
  const drafts: Draft[] = events.map(({ id, type, at }, n) => {
    const kind = traitsOf(type)?.timeline ?? 'event'
    return { at, kind, n, eventId: id, eventType: type, detail: eventText[kind](type) }
  })
  for (const [n, { id, eventId, state, attempts, endedAt, wakeId }] of deliveries.entries()) {
    if (state === 'pending' || endedAt === null) continue
    const [kind, what] = told[state]
    const eventType = events.find((event) => event.id === eventId)?.type ?? ''
    const draft: Draft = {
      at: endedAt,
      kind,
      n,
      eventId,
      deliveryId: id,
      detail: `${eventType}: ${what}, ${times(attempts)}`,
    }
    if (eventType !== '') draft.eventType = eventType
    if (wakeId !== null) draft.wakeId = wakeId
    drafts.push(draft)
  }
  return [...drafts, ...wakes.flatMap(wakeEntries)]
}

function wakeEntries({ id, state, openedAt, closedAt, delayAfterSeconds }: TaskWake, n: number): Draft[] {
  const opened: Draft = {
    at: openedAt,
    kind: 'wakeOpened',
    n,
    wakeId: id,
    detail: `the client was woken to be told of it; the wake limiter's delay rose to ${delayAfterSeconds} s`,
  }
  if (closedAt === null || state === 'open') return [opened]
  const completed = state === 'completed'
  const detail = completed ? 'the client completed the wake' : 'the client did not complete the wake in time'
  return [opened, { at: closedAt, kind: completed ? 'wakeCompleted' : 'wakeExpired', n, wakeId: id, detail }]
}

function times(attempts: number): string {
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`
}
