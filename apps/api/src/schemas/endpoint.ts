import { eventTypes } from '@backhaul/core'
import { Type } from 'typebox'
import { pageSchema } from './page.ts'
import { closed, id, instant, nullable, oneOf } from './shapes.ts'

const fields = {
  id: id('whe', 'endpoint'),
  kind: oneOf(['http', 'stream']),
  url: nullable(Type.String(), { description: 'Null for a stream.' }),
  description: nullable(Type.String()),
  eventTypes: Type.Array(oneOf(eventTypes), { description: 'Empty: all.' }),
  state: oneOf(['enabled', 'disabled']),
  disabledReason: nullable(Type.String()),
  secretHint: Type.String({ description: 'Enough of the secret to tell it from others.' }),
  createdAt: instant('When it was created.'),
}

export const EndpointSchema = Type.Object(fields, {
  $id: 'Endpoint',
  description: "Where a tenant's webhooks go.",
  ...closed,
})
export const EndpointPageSchema = pageSchema('EndpointPage', EndpointSchema)

export const CreatedEndpointSchema = Type.Object(
  { ...fields, secret: Type.String({ description: 'Verifies signatures (Standard Webhooks). Shown this once.' }) },
  { $id: 'CreatedEndpoint', ...closed },
)

export const GivenEndpointSchema = Type.Object(
  {
    kind: Type.Optional(
      oneOf(['http', 'stream'], {
        default: 'http',
        description: '`stream`: the receiver connects to `GET …/{id}/connect`, and there is no `url`.',
      }),
    ),
    url: Type.Optional(
      Type.String({ maxLength: 8192, description: 'https; http only where the operator allows it. Not for a stream.' }),
    ),
    description: Type.Optional(Type.String({ maxLength: 500 })),
    eventTypes: Type.Optional(
      Type.Array(oneOf(eventTypes), {
        maxItems: 100,
        default: [],
        description: 'Empty: all. Wakes and decisions are always delivered.',
      }),
    ),
  },
  { $id: 'GivenEndpoint', ...closed },
)
