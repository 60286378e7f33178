import { found, retryDelivery } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { listOperation } from '../list-operation.ts'
import { operation } from '../operation.ts'
import { AttemptListSchema, DeliveryPageSchema, DeliverySchema, deliveryStates } from '../schemas/delivery.ts'
import { listOrder, pageRequestOf } from '../schemas/page.ts'
import { closed, id, oneOf, sessionIdentifier } from '../schemas/shapes.ts'
import { attemptView, deliveryView, pageView } from '../views.ts'

const params = Type.Object({ id: id('dlv', 'delivery') }, closed)

const list = listOperation({
  operationId: 'listDeliveries',
  tag: 'Deliveries',
  summary: 'List deliveries',
  description: 'Each is one event on its way to one endpoint. Filters narrow each other.',
  filters: {
    endpoint: Type.Optional(id('whe', 'endpoint')),
    event: Type.Optional(id('evt', 'event')),
    state: Type.Optional(oneOf(deliveryStates, { description: 'Only deliveries in this state.' })),
    session: Type.Optional(sessionIdentifier),
    wake: Type.Optional(id('wak', 'wake')),
    order: listOrder,
  },
  page: DeliveryPageSchema,
  order: 'In the order of their creation, or with `order` from the newest on.',
  problems: ['not_found'],
})

const get = operation({
  operationId: 'getDelivery',
  tag: 'Deliveries',
  summary: 'Get a delivery',
  description: 'How far it is, and when it is tried next.',
  access: 'read',
  params,
  responses: { 200: { schema: DeliverySchema, description: 'The delivery.' } },
})

const listAttempts = operation({
  operationId: 'listDeliveryAttempts',
  tag: 'Deliveries',
  summary: "List a delivery's attempts",
  description:
    'Each is one POST: its status, how long it took, and the first 16 KiB of the response. All of them send the same body.',
  access: 'read',
  params,
  responses: { 200: { schema: AttemptListSchema, description: 'All of them, the first one first.' } },
})

const retry = operation({
  operationId: 'retryDelivery',
  tag: 'Deliveries',
  summary: 'Send a delivery again',
  description:
    'Keeps its `webhook-id` and body. One that has ended goes to the end of its lane, behind what is pending for the same session and endpoint, with ten new attempts. A pending one is due at once, and with it what is before it.',
  access: 'write',
  params,
  responses: { 202: { schema: DeliverySchema, description: 'It is pending.' } },
  problems: ['endpoint_disabled', 'decision_over'],
})

export function deliveryRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/deliveries', list, async (request) => {
    const { endpoint, event, state, session, wake, order } = request.query
    const newestFirst = order === 'newestFirst'
    const filter = {
      endpointId: endpoint,
      eventId: event,
      state,
      sessionIdentifier: session,
      wakeId: wake,
      newestFirst,
    }
    return pageView(
      await deps.stores.deliveries.listDeliveries(tenantOf(request), filter, pageRequestOf(request.query)),
      deliveryView,
    )
  })

  app.get('/v1/deliveries/:id', get, async (request) => {
    const delivery = found('delivery', await deps.stores.deliveries.findDelivery(tenantOf(request), request.params.id))
    return deliveryView(delivery)
  })

  app.post('/v1/deliveries/:id/retry', retry, async (request, reply) => {
    const delivery = await retryDelivery(deps, tenantOf(request), request.params.id)
    return reply.code(202).send(deliveryView(delivery))
  })

  app.get('/v1/deliveries/:id/attempts', listAttempts, async (request) => {
    const attempts = found('delivery', await deps.stores.deliveries.listAttempts(tenantOf(request), request.params.id))
    const sent = await deps.stores.deliveries.readBody(tenantOf(request), request.params.id)
    const mayRead = request.principal?.scopes.includes('write') || sent?.eventType !== 'session.wake'
    return { data: attempts.map(attemptView), requestBody: sent && mayRead ? sent.body : null }
  })
}
