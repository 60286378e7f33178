import { eventTypeNames } from '@backhaul/core'
import { Type } from 'typebox'
import { pageSchema } from './page.ts'
import { closed, id, instant, nullable, oneOf, ref, sessionIdentifier, textMap } from './shapes.ts'

export const deliveryStates = ['pending', 'succeeded', 'failed', 'canceled'] as const

export const DeliverySchema = Type.Object(
  {
    id: id('dlv', 'delivery'),
    eventId: id('evt', 'event'),
    eventType: oneOf(eventTypeNames, { description: 'Type of the event.' }),
    endpointId: id('whe', 'endpoint'),
    sessionIdentifier: nullable(sessionIdentifier, { description: 'Null: the event belongs to no session.' }),
    wakeId: nullable(id('wak', 'wake')),
    state: oneOf(deliveryStates, {
      description: '`failed`: no attempt succeeded, and there will be none. `canceled`: it is not wanted any more.',
    }),
    attempts: Type.Integer({ minimum: 0, description: 'How often it was tried.' }),
    nextAttemptAt: nullable(instant('When it is tried next.')),
    createdAt: instant('When it was created.'),
    endedAt: nullable(instant('When it ended.')),
  },
  { $id: 'Delivery', description: 'One event for one endpoint.', ...closed },
)
export const DeliveryPageSchema = pageSchema('DeliveryPage', DeliverySchema)

export const AttemptSchema = Type.Object(
  {
    id: id('att', 'attempt'),
    number: Type.Integer({ minimum: 1, description: 'The first is 1.' }),
    startedAt: instant('When it began.'),
    endedAt: nullable(instant('When it ended.')),
    durationMs: nullable(Type.Number({ minimum: 0 }), { description: 'Milliseconds.' }),
    status: nullable(Type.Integer(), { description: 'HTTP status; null when no status line came.' }),
    error: nullable(Type.String(), {
      description: 'Why there was no answer, or why it is of no use as a decision.',
    }),
    note: nullable(Type.String(), {
      description:
        'What was wrong with the rest of a response whose status counts: its body broke off, was longer than 16 KiB or did not come in time, or its head was malformed.',
    }),
    requestHeaders: nullable(
      textMap({ description: 'What it was sent with; signatures and header fields of your own are masked.' }),
      { description: 'Null while its outcome is not known.' },
    ),
    responseHeaders: nullable(
      textMap({ description: 'As they came, names in lower case; the value of `set-cookie` is masked.' }),
      { description: 'At most 4 KiB. Null: there was no response, or it was a decision.' },
    ),
    responseBody: nullable(Type.String(), {
      description: 'The first 16 KiB of the answer, control characters as `\\u001b`; never that of a decision.',
    }),
  },
  { $id: 'Attempt', description: 'One POST of a delivery.', ...closed },
)
export const AttemptListSchema = Type.Object(
  {
    data: Type.Array(ref(AttemptSchema), { description: 'In the order of time.' }),
    requestBody: nullable(Type.String(), {
      description:
        'What the newest of them sent, byte for byte, a challenge aside: all sent the same, but one that was told again in a later wake. Null before the first, and while it waits for a later wake; and of a `session.wake` without the scope `write`, because its token completes the wake.',
    }),
  },
  { $id: 'AttemptList', description: 'All attempts of a delivery.', ...closed },
)
