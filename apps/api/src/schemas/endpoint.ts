import { eventTypes } from '@backhaul/core'
import { Type } from 'typebox'
import { pageSchema } from './page.ts'
import { closed, id, instant, nullable, oneOf } from './shapes.ts'

const fields = {
  id: id('whe', 'endpoint'),
  kind: oneOf(['http', 'stream']),
  url: nullable(Type.String(), { description: 'Null for a stream.' }),
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
    url: Type.String({ maxLength: 8192, description: 'https; http only where the operator allows it.' }),
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
