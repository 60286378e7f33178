import { enableEndpoint, rotateSecret, type SentTest, testEndpoint } from '@backhaul/core'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { respondCreated } from '../idempotency.ts'
import { eventExample } from '../openapi/event-example.ts'
import { operation } from '../operation.ts'
import {
  EndpointSchema,
  RotateSecretSchema,
  SentTestSchema,
  ShownEndpointSchema,
  TestEndpointSchema,
} from '../schemas/endpoint.ts'
import { NothingSchema } from '../schemas/health.ts'
import { endpointView, shownEndpointView } from '../views.ts'
import { endpointParams } from './endpoints.ts'

const common = { tag: 'Endpoints', access: 'write', params: endpointParams } as const

const rotate = operation({
  ...common,
  operationId: 'rotateEndpointSecret',
  summary: 'Replace the signing secret',
  description:
    'Until the overlap is over, every delivery carries a signature by the new secret and by each of those before it, so ' +
    'receivers can change over at any time. With `v1a` a new pair of keys is made; `publicKey` is its public one.',
  body: RotateSecretSchema,
  creates: true,
  responses: { 200: { schema: ShownEndpointSchema, description: 'The endpoint, and its new secret this once.' } },
  problems: ['invalid_secret', 'too_many_secrets'],
})

const enable = operation({
  ...common,
  operationId: 'enableEndpoint',
  summary: 'Send to a disabled endpoint again',
  description:
    'What it has not acknowledged comes in a new wake of each session, also when it is enabled already: `session.wake`, the events in their order, `session.events_finished`.',
  body: NothingSchema,
  responses: { 200: { schema: EndpointSchema, description: 'The endpoint as it is now.' } },
})

const test = operation({
  ...common,
  operationId: 'testEndpoint',
  summary: 'Send a test event',
  description:
    'An `endpoint.test` goes to this endpoint alone, whatever its `eventTypes`, signed and retried like any other. With ' +
    '`type` it carries an example of such an event, which is never stored as one.',
  body: TestEndpointSchema,
  creates: true,
  responses: { 202: { schema: SentTestSchema, description: 'It is on its way; the delivery tells what comes of it.' } },
  problems: ['endpoint_disabled'],
})

export function endpointVerbRoutes(app: App, deps: ApiDeps): void {
  app.post('/v1/webhook-endpoints/:id/rotate-secret', rotate, (request, reply) =>
    respondCreated(request, reply, {
      create: (idempotent) => rotateSecret(deps, tenantOf(request), request.params.id, request.body, idempotent),
      render: shownEndpointView,
      status: 200,
    }),
  )

  app.post('/v1/webhook-endpoints/:id/enable', enable, async (request) =>
    endpointView(await enableEndpoint(deps, tenantOf(request), request.params.id)),
  )

  app.post('/v1/webhook-endpoints/:id/test', test, (request, reply) => {
    const { type } = request.body
    const example = type && eventExample(type)
    return respondCreated(request, reply, {
      create: (idempotent) => testEndpoint(deps, tenantOf(request), request.params.id, example, idempotent),
      render: (sent: SentTest) => sent,
      status: 202,
    })
  })
}
