import { AppError } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { AttemptListSchema, DeliveryPageSchema, deliveryStates } from '../schemas/delivery.ts'
import { pageOf, pageQuery } from '../schemas/page.ts'
import { closed, id, oneOf } from '../schemas/shapes.ts'
import { attemptView, deliveryView, pageView } from '../views.ts'

const list = operation({
  operationId: 'listDeliveries',
  tag: 'Deliveries',
  summary: 'List deliveries',
  access: 'read',
  querystring: pageQuery({
    endpoint: Type.Optional(id('whe', 'endpoint')),
    event: Type.Optional(id('evt', 'event')),
    state: Type.Optional(oneOf(deliveryStates)),
  }),
  answers: { 200: { schema: DeliveryPageSchema, description: 'In the order of their creation.' } },
})

const listAttempts = operation({
  operationId: 'listDeliveryAttempts',
  tag: 'Deliveries',
  summary: "List a delivery's attempts",
  access: 'read',
  params: Type.Object({ id: id('dlv', 'delivery') }, closed),
  answers: { 200: { schema: AttemptListSchema, description: 'All of them, the first one first.' } },
})

export function deliveryRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/deliveries', list, async (request) => {
    const { endpoint, event, state } = request.query
    const filter = { endpointId: endpoint, eventId: event, state }
    return pageView(await deps.store.listDeliveries(tenantOf(request), filter, pageOf(request.query)), deliveryView)
  })

  app.get('/v1/deliveries/:id/attempts', listAttempts, async (request) => {
    const attempts = await deps.store.listAttempts(tenantOf(request), request.params.id)
    if (attempts === null) throw new AppError('not_found', 'There is no such delivery.')
    return { data: attempts.map(attemptView) }
  })
}
