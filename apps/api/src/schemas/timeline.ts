import { timelineKinds, waitingReasons } from '@backhaul/core'
import { Type } from 'typebox'
import { byteCount, closed, id, instant, nullable, oneOf, ref } from './shapes.ts'

export const TimelineEntrySchema = Type.Object(
  {
    at: instant('When. Of a request: by the clock of the worker that made it.'),
    kind: oneOf(timelineKinds, { description: 'What happened. More kinds may come.' }),
    detail: Type.String({ description: 'What happened and why, for people.' }),
    reason: Type.Optional(
      oneOf(waitingReasons, { description: 'Of the last entries of a waiting task: what it waits for now.' }),
    ),
    until: Type.Optional(instant('Until when the task, or its file, was then to stay as it was.')),
    attempt: Type.Optional(Type.Integer({ minimum: 0, description: 'Number of the attempt; at the end: how many.' })),
    workerId: Type.Optional(Type.String({ description: 'The worker process that had the task.' })),
    error: Type.Optional(Type.String({ description: "The error's name." })),
    status: Type.Optional(Type.Integer({ description: "The origin's status." })),
    offset: Type.Optional(byteCount('The byte that was asked for first.')),
    bytes: Type.Optional(byteCount('How many came or were stored.')),
    key: Type.Optional(Type.String({ description: "The file's key in object storage." })),
    eventId: Type.Optional(id('evt', 'event')),
    eventType: Type.Optional(Type.String({ description: 'Type of that event.' })),
    deliveryId: Type.Optional(id('dlv', 'delivery')),
    wakeId: Type.Optional(id('wak', 'wake')),
  },
  { $id: 'TimelineEntry', description: 'One thing that happened to a task.', ...closed },
)

export const TimelineSchema = Type.Object(
  {
    data: Type.Array(ref(TimelineEntrySchema), { description: 'In the order of time.' }),
    nextCursor: nullable(Type.String(), {
      description: 'Give it as `cursor` for the next page; null: this was the last.',
    }),
    omittedSteps: Type.Integer({
      minimum: 0,
      description:
        'Of a task that was dispatched, suspended or retried very often, the first 50 steps and the newest 450 are kept; so many between them are not.',
    }),
  },
  { $id: 'Timeline', description: 'A page of what happened to a task.', ...closed },
)
