import { wakeMaximumSeconds } from '@backhaul/core'
import { Type } from 'typebox'
import { pageSchema } from './page.ts'
import { closed, id, instant, nullable, oneOf, sessionIdentifier } from './shapes.ts'

export const wakeStates = ['open', 'completed', 'expired'] as const

export const WakeSchema = Type.Object(
  {
    id: id('wak', 'wake'),
    sessionIdentifier,
    state: oneOf(wakeStates, {
      description: '`expired`: the client did not complete it before its deadline.',
    }),
    openedAt: instant('When it opened.'),
    deadline: instant('When it expires unless the client completes it.'),
    closedAt: nullable(instant('When it was completed, or its expiry was written; null: it is open.')),
    eventCount: Type.Integer({
      minimum: 0,
      description:
        'Events that were given to it for delivery, whatever became of that. The wake’s own frames (`session.wake`, `session.events_finished`) are deliveries as well, and are not counted.',
    }),
    delayAfterSeconds: Type.Number({ minimum: 0, description: "The wake limiter's delay after it, in seconds." }),
  },
  { $id: 'Wake', description: 'The service resuming a client that is in the background.', ...closed },
)
export const NextWakeSchema = Type.Object(
  {
    when: oneOf(['drained', 'latency'], {
      description:
        '`drained`: as soon as no task of the session runs, is due, or is about to begin again within a minute. `latency`: also when the oldest held event is `wakeMaximumLatency` old.',
    }),
    at: Type.Optional(instant('With `latency`: when it opens at the latest.')),
    outstanding: Type.Integer({ minimum: 0, description: 'Tasks that hold it back.' }),
  },
  { $id: 'NextWake', description: "What opens the session's next wake.", ...closed },
)

export const WakePageSchema = pageSchema('WakePage', WakeSchema)

export const CompleteWakeSchema = Type.Object(
  {
    completionToken: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'As the `session.wake` event carried it.',
    }),
  },
  { $id: 'CompleteWake', description: 'The proof that the events of a wake have been read.', ...closed },
)

export const ExtendWakeSchema = Type.Object(
  {
    seconds: Type.Number({
      minimum: 1,
      maximum: wakeMaximumSeconds,
      description:
        'The new deadline, in seconds from now; a later one stays, and 12 hours after the opening is the last.',
    }),
  },
  { $id: 'ExtendWake', description: 'How long a wake is to go on.', ...closed },
)
