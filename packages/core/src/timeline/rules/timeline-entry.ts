import type { WaitingReason } from '../../tasks/rules/waiting-reason.ts'
import { stepKinds } from './task-step.ts'

/** Everything that a timeline can tell. */
export const timelineKinds = [
  'created',
  'admitted',
  'gated',
  'held',
  'suspended',
  'resumed',
  'released',
  'changed',
  'putOff',
  'due',
  'dispatched',
  'began',
  'requested',
  'resumedAtOffset',
  'sealed',
  'attemptFailed',
  'handedBack',
  'leaseLost',
  'asked',
  'decided',
  'completed',
  'failed',
  'canceled',
  'event',
  'wakeOpened',
  'delivered',
  'deliveryFailed',
  'deliveryCanceled',
  'wakeCompleted',
  'wakeExpired',
  'fileKept',
  'fileMoved',
  'fileRenewed',
  'fileReleased',
  'fileExpired',
  'waiting',
] as const
type TimelineKind = (typeof timelineKinds)[number]

/** One thing that happened to a task, and why. Only the fields that its kind has. Times are RFC 3339. */
export interface TimelineEntry {
  at: string
  kind: TimelineKind
  detail: string
  /** The waiting reason at this moment. */
  reason?: WaitingReason
  /** Until when the task, or its file, was then to stay as it was. */
  until?: string
  attempt?: number
  workerId?: string
  /** Name of the error. */
  error?: string
  /** The origin's status. */
  status?: number
  offset?: number
  bytes?: number
  key?: string
  eventId?: string
  eventType?: string
  deliveryId?: string
  wakeId?: string
}

/** An entry before it is shown: `n` keeps those that come from one list in its order. */
export type Draft = Omit<TimelineEntry, 'at'> & { at: Date; n?: number }

/** In what order things are told that happened in the same millisecond: what was written as a step keeps its number's. */
export function rankOf(kind: TimelineKind): number {
  const first = timelineKinds.indexOf('suspended')
  return kind === 'due' || (stepKinds as readonly string[]).includes(kind) ? first : timelineKinds.indexOf(kind)
}
