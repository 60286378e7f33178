import { wakeMaximumSeconds } from '@backhaul/core'
import { Type } from 'typebox'
import { pageSchema } from './page.ts'
import { closed, id, instant, oneOf, sessionIdentifier } from './shapes.ts'

export const WakeSchema = Type.Object(
  {
    id: id('wak', 'wake'),
    sessionIdentifier,
    state: oneOf(['open', 'completed', 'expired']),
    openedAt: instant('When it opened.'),
    deadline: instant('When it expires unless the client completes it.'),
    eventCount: Type.Integer({ minimum: 0, description: 'Events delivered in it.' }),
    delayAfterSeconds: Type.Number({ minimum: 0, description: "The wake limiter's delay after it, in seconds." }),
  },
  { $id: 'Wake', description: 'The service resuming a client that is in the background.', ...closed },
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
  { $id: 'CompleteWake', ...closed },
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
  { $id: 'ExtendWake', ...closed },
)
