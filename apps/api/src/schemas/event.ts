import { type EventType, eventTypeNames } from '@backhaul/core'
import { type TSchema, Type } from 'typebox'
import { ChallengeSchema } from './decision.ts'
import { closed, id, instant, nullable, oneOf, ref, sessionIdentifier, union } from './shapes.ts'
import { TaskSchema } from './task.ts'

const wakeId = nullable(Type.String(), { description: 'The wake it is delivered in; null before there is one.' })

const sequence = Type.Integer({ minimum: 1, description: 'Its number in the session, without gaps.' })
const ofSession = { sessionIdentifier, sequence }
const ofTenant = {
  sessionIdentifier: Type.Null({ description: 'It belongs to no session.' }),
  sequence: Type.Null({ description: 'It belongs to no session.' }),
}
/** As `ofTenant` once the session has ended, before that as `ofSession`. */
const ofEither = { sessionIdentifier: nullable(sessionIdentifier), sequence: nullable(sequence) }
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
  type: TSchema,
  data: TSchema,
  options: { $id: string; description: string },
  of: typeof ofSession | typeof ofTenant | typeof ofEither = ofSession,
) =>
  Type.Object(
    {
      id: id('evt', 'event; the same on every delivery'),
      type,
      timestamp: instant('When it happened.'),
      ...of,
      ...order,
      data,
    },
    { ...options, ...closed },
  )

const taskData = Type.Object({ task: ref(TaskSchema), wakeId }, closed)
const noData = Type.Object({ wakeId }, closed)

/** The envelopes of all delivered events, by type, as they are POSTed. */
export const eventSchemas = {
  'task.finished_downloading': envelopeOf(oneOf(['task.finished_downloading']), taskData, {
    $id: 'TaskFinishedDownloadingEvent',
    description: "The task's bytes are in storage.",
  }),
  'task.completed': envelopeOf(oneOf(['task.completed']), taskData, {
    $id: 'TaskCompletedEvent',
    description: 'The last event of a task; `error` is null on success.',
  }),
  'session.wake': envelopeOf(
    oneOf(['session.wake']),
    Type.Object(
      {
        eventCount: Type.Integer({ minimum: 0, description: 'How many events follow.' }),
        deadline: instant('When the wake expires.'),
        delayAfterSeconds: Type.Number({
          minimum: 0,
          description: "The wake limiter's delay from now on, in seconds.",
        }),
        wakeId,
        completionToken: Type.Optional(Type.String({ description: 'For `POST /v1/wakes/{id}/complete`.' })),
      },
      closed,
    ),
    { $id: 'SessionWakeEvent', description: 'The client is woken: the events it has missed follow.' },
  ),
  'session.events_finished': envelopeOf(oneOf(['session.events_finished']), noData, {
    $id: 'SessionEventsFinishedEvent',
    description: 'All events of the wake have been delivered.',
  }),
  'session.invalidated': envelopeOf(oneOf(['session.invalidated']), noData, {
    $id: 'SessionInvalidatedEvent',
    description: 'The last event of a session: its identifier can be used again.',
  }),
  'wake.expired': envelopeOf(oneOf(['wake.expired']), noData, {
    $id: 'WakeExpiredEvent',
    description: 'The client did not complete the wake in time.',
  }),
  'file.expired': envelopeOf(
    oneOf(['file.expired']),
    Type.Object({ taskId: id('tsk', 'task whose file it was'), wakeId }, closed),
    {
      $id: 'FileExpiredEvent',
      description:
        "A temporary file has gone. After the end of its session it is one of the tenant's events and goes to all of its endpoints.",
    },
    ofEither,
  ),
  'task.will_begin_delayed_request': envelopeOf(oneOf(['task.will_begin_delayed_request']), taskData, {
    $id: 'TaskWillBeginDelayedRequestEvent',
    description: 'A delayed task is about to begin. The answer decides whether it does, and with which request.',
  }),
  'task.authentication_challenge': envelopeOf(
    oneOf(['task.authentication_challenge']),
    Type.Object({ task: ref(TaskSchema), challenge: ref(ChallengeSchema), wakeId }, closed),
    {
      $id: 'TaskAuthenticationChallengeEvent',
      description: 'An origin wants a credential. The answer gives one, or cancels the task.',
    },
  ),
  'endpoint.disabled': envelopeOf(
    oneOf(['endpoint.disabled']),
    Type.Object(
      {
        endpointId: id('whe', 'endpoint that gets nothing more'),
        url: nullable(Type.String(), { description: 'Null for a stream.' }),
        reason: Type.String({ description: 'Why, for people.' }),
        wakeId,
      },
      closed,
    ),
    { $id: 'EndpointDisabledEvent', description: 'An endpoint was disabled; its other ones are told.' },
    ofTenant,
  ),
  'endpoint.test': envelopeOf(
    oneOf(['endpoint.test']),
    Type.Object(
      {
        endpointId: id('whe', 'endpoint that is tested'),
        example: Type.Optional(
          Type.Object(
            { type: oneOf(eventTypeNames), data: Type.Object({}, { additionalProperties: true }) },
            { description: 'What an event of the type that was asked for looks like.', ...closed },
          ),
        ),
        wakeId,
      },
      closed,
    ),
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
    data: Type.Array(ref(EventSchema)),
    nextCursor: nullable(Type.String(), {
      description: 'Give it as `after` to go on, also when there was nothing new.',
    }),
  },
  { $id: 'EventFeed', ...closed },
)
