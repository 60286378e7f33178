import { type TSchema, Type } from 'typebox'
import { closed, id, nullable, oneOf, textMap, union } from './shapes.ts'

const deliveryId = id('dlv', 'delivery')

export const DeliveryMessageSchema = Type.Object(
  {
    deliveryId,
    eventId: id('evt', 'event'),
    attempt: Type.Integer({ minimum: 1, description: 'Number of the attempt.' }),
    headers: textMap({ description: 'As they would come with a POST; names in lower case.' }),
    body: Type.String({ description: 'The exact text that is signed.' }),
  },
  { $id: 'DeliveryMessage', description: 'The data of a `delivery` message. Answer it within 20 s.', ...closed },
)

export const ConnectionClosedSchema = Type.Object(
  {
    reason: oneOf(['replaced', 'disabled', 'deleted', 'unauthorized'], {
      description:
        '`replaced`: another connection of the endpoint has taken its place. `unauthorized`: the key has ended.',
    }),
    detail: Type.String({ description: 'Why, for people.' }),
  },
  {
    $id: 'ConnectionClosed',
    description: 'The data of a `closed` message, the last one. Do not connect again.',
    ...closed,
  },
)

export const ConnectMessageSchema = union<TSchema>('ConnectMessage', [DeliveryMessageSchema, ConnectionClosedSchema], {
  description:
    'The `data` of one message, as JSON. `event` is its type: `delivery` or `closed`; a `reason` is only in the latter.',
})

export const GivenAnswerSchema = Type.Object(
  {
    status: nullable(Type.Integer({ minimum: 200, maximum: 599 }), {
      description: 'As an HTTP receiver would have answered. Null: there was no response, and `error` says why.',
    }),
    headers: Type.Optional(textMap({ maxProperties: 200, description: '`Retry-After` is honoured.' })),
    body: Type.Optional(
      Type.String({ description: 'The first 16 KiB are kept. The answer to a decision is read from it.' }),
    ),
    error: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'Only with a status of null.' })),
    note: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description:
          'Only with a status: why the body is not whole. The status counts; a decision needs the whole body.',
      }),
    ),
  },
  { $id: 'GivenAnswer', description: 'What a receiver behind a connection answered.', ...closed },
)
