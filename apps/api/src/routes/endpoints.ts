import { changeEndpoint, createEndpoint, deleteEndpoint, found } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { respondCreated } from '../idempotency.ts'
import { listOperation } from '../list-operation.ts'
import { operation } from '../operation.ts'
import {
  ChangeEndpointSchema,
  EndpointPageSchema,
  EndpointSchema,
  EndpointStatsPageSchema,
  GivenEndpointSchema,
  ShownEndpointSchema,
} from '../schemas/endpoint.ts'
import { pageRequestOf } from '../schemas/page.ts'
import { closed, id } from '../schemas/shapes.ts'
import { endpointStatsView, endpointView, pageView, shownEndpointView } from '../views.ts'

export const endpointParams = Type.Object({ id: id('whe', 'endpoint') }, closed)

const create = operation({
  operationId: 'createEndpoint',
  tag: 'Endpoints',
  summary: 'Create a webhook endpoint',
  description: 'Its secret is shown in this response and never again.',
  access: 'write',
  body: GivenEndpointSchema,
  creates: true,
  responses: { 201: { schema: ShownEndpointSchema, description: 'The endpoint, and its secret this once.' } },
  problems: ['quota_exceeded', 'unsupported_url', 'destination_denied', 'forbidden_header', 'invalid_secret'],
})

const list = listOperation({
  operationId: 'listEndpoints',
  tag: 'Endpoints',
  summary: 'List webhook endpoints',
  description: 'Disabled ones included; deleted ones are not.',
  filters: {},
  page: EndpointPageSchema,
  order: 'In the order of their creation.',
})

const stats = listOperation({
  operationId: 'listEndpointStats',
  tag: 'Endpoints',
  summary: 'See how the last attempts of endpoints went',
  description: 'How many were acknowledged, and how long they took. A question costs the same however many there were.',
  filters: { endpoint: Type.Optional(id('whe', 'endpoint')) },
  page: EndpointStatsPageSchema,
  order: 'In the order of the creation of the endpoints.',
})

const get = operation({
  operationId: 'getEndpoint',
  tag: 'Endpoints',
  summary: 'Get a webhook endpoint',
  description: 'Secrets and the values of header fields are not shown.',
  access: 'read',
  params: endpointParams,
  responses: { 200: { schema: EndpointSchema, description: 'The endpoint.' } },
})

const change = operation({
  operationId: 'changeEndpoint',
  tag: 'Endpoints',
  summary: 'Change a webhook endpoint',
  description:
    'Holds for every POST from now on; events that have been queued for it stay. A new `url` has to be verified again, if ' +
    'the endpoint must be.',
  access: 'write',
  params: endpointParams,
  body: ChangeEndpointSchema,
  responses: { 200: { schema: EndpointSchema, description: 'The endpoint as it is now.' } },
  problems: ['unsupported_url', 'destination_denied', 'forbidden_header'],
})

const remove = operation({
  operationId: 'deleteEndpoint',
  tag: 'Endpoints',
  summary: 'Delete a webhook endpoint',
  description: 'Refused while a session delivers to it. What is pending for it is called off.',
  access: 'write',
  params: endpointParams,
  responses: { 204: { schema: null, description: 'It is gone.' } },
  problems: ['endpoint_in_use'],
})

export function endpointRoutes(app: App, deps: ApiDeps): void {
  app.post('/v1/webhook-endpoints', create, (request, reply) => {
    return respondCreated(request, reply, {
      create: (idempotent) => createEndpoint(deps, tenantOf(request), request.body, idempotent),
      render: shownEndpointView,
    })
  })

  app.get('/v1/webhook-endpoints', list, async (request) =>
    pageView(await deps.stores.endpoints.listEndpoints(tenantOf(request), pageRequestOf(request.query)), endpointView),
  )

  app.get('/v1/webhook-endpoints/stats', stats, async (request) => {
    const { endpoint } = request.query
    const page = await deps.stores.endpoints.listRecentAttempts(
      tenantOf(request),
      endpoint,
      pageRequestOf(request.query),
    )
    return pageView(page, endpointStatsView)
  })

  app.get('/v1/webhook-endpoints/:id', get, async (request) => {
    const endpoint = found('endpoint', await deps.stores.endpoints.findEndpoint(tenantOf(request), request.params.id))
    return endpointView(endpoint)
  })

  app.patch('/v1/webhook-endpoints/:id', change, async (request) =>
    endpointView(await changeEndpoint(deps, tenantOf(request), request.params.id, request.body)),
  )

  app.delete('/v1/webhook-endpoints/:id', remove, async (request, reply) => {
    await deleteEndpoint(deps, tenantOf(request), request.params.id)
    return reply.code(204).send()
  })
}
