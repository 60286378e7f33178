import { type EventType, eventTypeNames } from '@backhaul/core'
import { type TSchema, Type } from 'typebox'
import { ChallengeSchema } from './decision.ts'
import { closed, id, instant, nullable, oneOf, ref, sessionIdentifier, union } from './shapes.ts'
import { TaskSchema } from './task.ts'

const wakeId = nullable(Type.String(), { description: 'The wake it is delivered in; null before there is one.' })

const sequence = Type.Integer({ minimum: 1, description: 'Its number in the session, without gaps.' })
const ofSession = { sessionIdentifier, sequence }
const nullWhen = (description: string) => ({
  sessionIdentifier: nullable(sessionIdentifier, { description }),
  sequence: nullable(sequence, { description }),
})
/** Not `{ type: 'null' }`, which has no counterpart in most languages. */
const ofTenant = nullWhen('Always null: it belongs to no session.')
/** As `ofTenant` once the session has ended, before that as `ofSession`. */
const ofEither = nullWhen('Null: its session has ended.')
const order = {
  tenantSequence: Type.Integer({
    minimum: 1,
    description: "Its number among all of the tenant's events: the order of the feed.",
  }),
  position: nullable(Type.Integer({ minimum: 1 }), {
    description:
      "Its place among the deliveries of its session to its endpoint, or of the tenant's events to it: the order in which they were meant to be handled, `session.wake` before what it tells of. It is another one when it is told again in a later wake. Null in the feed for what has not been delivered, or goes to several endpoints.",
  }),
}

const envelopeOf = (
  type: EventType,
  data: TSchema,
  options: { $id: string; description: string },
  of: typeof ofSession | typeof ofTenant = ofSession,
) =>
  Type.Object(
    {
      id: id('evt', 'event; the same on every delivery'),
      type: oneOf([type], { description: 'What happened.' }),
      timestamp: instant('When it happened.'),
      ...of,
      ...order,
      data,
    },
    { ...options, ...closed },
  )

export const TaskEventDataSchema = Type.Object(
  { task: ref(TaskSchema), wakeId },
  { $id: 'TaskEventData', description: 'The task, as it was then.', ...closed },
)

export const WakeEventDataSchema = Type.Object(
  { wakeId },
  { $id: 'WakeEventData', description: 'The wake, and nothing else.', ...closed },
)

export const SessionWakeDataSchema = Type.Object(
  {
    eventCount: Type.Integer({ minimum: 0, description: 'How many events follow.' }),
    deadline: instant('When the wake expires.'),
    delayAfterSeconds: Type.Number({ minimum: 0, description: "The wake limiter's delay from now on, in seconds." }),
    wakeId,
    completionToken: Type.Optional(Type.String({ description: 'For `POST /v1/wakes/{id}/complete`.' })),
  },
  { $id: 'SessionWakeData', description: 'The wake that has opened.', ...closed },
)

export const FileExpiredDataSchema = Type.Object(
  { taskId: id('tsk', 'task whose file it was'), wakeId },
  { $id: 'FileExpiredData', description: 'Which file has gone.', ...closed },
)

export const TaskChallengeDataSchema = Type.Object(
  { task: ref(TaskSchema), challenge: ref(ChallengeSchema), wakeId },
  { $id: 'TaskChallengeData', description: 'The task, and what its origin wants.', ...closed },
)

export const EndpointDisabledDataSchema = Type.Object(
  {
    endpointId: id('whe', 'endpoint that gets nothing more'),
    url: nullable(Type.String(), { description: 'Null for a stream.' }),
    reason: Type.String({ description: 'Why, for people.' }),
    wakeId,
  },
  { $id: 'EndpointDisabledData', description: 'Which endpoint was disabled, and why.', ...closed },
)

export const EventExampleSchema = Type.Object(
  {
    type: oneOf(eventTypeNames, { description: 'The type that was asked for.' }),
    data: Type.Object({}, { additionalProperties: true, description: 'What `data` is of such an event.' }),
  },
  { $id: 'EventExample', description: 'What an event of the type that was asked for looks like.', ...closed },
)

export const EndpointTestDataSchema = Type.Object(
  {
    endpointId: id('whe', 'endpoint that is tested'),
    example: Type.Optional(ref(EventExampleSchema)),
    wakeId,
  },
  { $id: 'EndpointTestData', description: 'Which endpoint is tested.', ...closed },
)

/** The envelopes of all delivered events, by type, as they are POSTed. */
export const eventSchemas = {
  'task.finished_downloading': envelopeOf('task.finished_downloading', ref(TaskEventDataSchema), {
    $id: 'TaskFinishedDownloadingEvent',
    description: "The task's bytes are in storage.",
  }),
  'task.completed': envelopeOf('task.completed', ref(TaskEventDataSchema), {
    $id: 'TaskCompletedEvent',
    description: 'The last event of a task; `error` is null on success.',
  }),
  'session.wake': envelopeOf('session.wake', ref(SessionWakeDataSchema), {
    $id: 'SessionWakeEvent',
    description: 'The client is woken: the events it has missed follow.',
  }),
  'session.events_finished': envelopeOf('session.events_finished', ref(WakeEventDataSchema), {
    $id: 'SessionEventsFinishedEvent',
    description: 'All events of the wake have been delivered.',
  }),
  'session.invalidated': envelopeOf('session.invalidated', ref(WakeEventDataSchema), {
    $id: 'SessionInvalidatedEvent',
    description: 'The last event of a session: its identifier can be used again.',
  }),
  'wake.expired': envelopeOf('wake.expired', ref(WakeEventDataSchema), {
    $id: 'WakeExpiredEvent',
    description: 'The client did not complete the wake in time.',
  }),
  'file.expired': envelopeOf(
    'file.expired',
    ref(FileExpiredDataSchema),
    {
      $id: 'FileExpiredEvent',
      description:
        "A temporary file has gone. After the end of its session it is one of the tenant's events and goes to all of its endpoints.",
    },
    ofEither,
  ),
  'task.will_begin_delayed_request': envelopeOf('task.will_begin_delayed_request', ref(TaskEventDataSchema), {
    $id: 'TaskWillBeginDelayedRequestEvent',
    description: 'A delayed task is about to begin. The answer decides whether it does, and with which request.',
  }),
  'task.authentication_challenge': envelopeOf('task.authentication_challenge', ref(TaskChallengeDataSchema), {
    $id: 'TaskAuthenticationChallengeEvent',
    description: 'An origin wants a credential. The answer gives one, or cancels the task.',
  }),
  'endpoint.disabled': envelopeOf(
    'endpoint.disabled',
    ref(EndpointDisabledDataSchema),
    { $id: 'EndpointDisabledEvent', description: 'An endpoint was disabled; its other ones are told.' },
    ofTenant,
  ),
  'endpoint.test': envelopeOf(
    'endpoint.test',
    ref(EndpointTestDataSchema),
    { $id: 'EndpointTestEvent', description: 'Somebody asked for it, to see whether it arrives.' },
    ofTenant,
  ),
} satisfies Record<EventType, TSchema>

export const EventSchema = union(
  'Event',
  Object.values<TSchema>(eventSchemas),
  { description: 'A fact, written in the same transaction as the change that made it true.' },
  'type',
)

export const EventFeedSchema = Type.Object(
  {
    data: Type.Array(ref(EventSchema), { description: 'By their `tenantSequence`.' }),
    nextCursor: nullable(Type.String(), {
      description:
        'Give it as `after` to go on, also when there was nothing new. Null: read from the newest on, this was the first event.',
    }),
  },
  { $id: 'EventFeed', description: 'A page of the feed.', ...closed },
)
