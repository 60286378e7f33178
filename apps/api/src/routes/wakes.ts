import { completeWake, extendWake, found } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { listOperation } from '../list-operation.ts'
import { operation } from '../operation.ts'
import { listOrder, pageRequestOf } from '../schemas/page.ts'
import { closed, id, oneOf, sessionIdentifier } from '../schemas/shapes.ts'
import { CompleteWakeSchema, ExtendWakeSchema, WakePageSchema, WakeSchema, wakeStates } from '../schemas/wake.ts'
import { pageView, wakeView } from '../views.ts'

const params = Type.Object({ id: id('wak', 'wake') }, closed)

const list = listOperation({
  operationId: 'listWakes',
  tag: 'Wakes',
  summary: 'List wakes',
  description: 'A session has one open wake at most; completed and expired ones are listed too.',
  filters: {
    session: Type.Optional(sessionIdentifier),
    state: Type.Optional(oneOf(wakeStates, { description: 'Only wakes in this state.' })),
    order: listOrder,
  },
  page: WakePageSchema,
  order: 'In the order they were opened, or with `order` from the newest on.',
  problems: ['not_found'],
})

const get = operation({
  operationId: 'getWake',
  tag: 'Wakes',
  summary: 'Get a wake',
  description: 'Its state, its deadline, and the limiter’s delay after it.',
  access: 'read',
  params,
  responses: { 200: { schema: WakeSchema, description: 'The wake.' } },
})

const complete = operation({
  operationId: 'completeWake',
  tag: 'Wakes',
  summary: 'Tell that the client has done what it was woken for',
  description:
    'Repeating it is harmless. One that has expired cannot be completed; what was not acknowledged is delivered again.',
  access: 'write',
  params,
  body: CompleteWakeSchema,
  responses: { 200: { schema: WakeSchema, description: 'The wake as it is now.' } },
  problems: ['invalid_completion_token', 'wake_expired'],
})

const extend = operation({
  operationId: 'extendWake',
  tag: 'Wakes',
  summary: 'Ask for more time',
  description: 'Only an open wake can be extended, to 12 hours after its opening at most.',
  access: 'write',
  params,
  body: ExtendWakeSchema,
  responses: { 200: { schema: WakeSchema, description: 'The wake with its deadline.' } },
  problems: ['wake_closed', 'wake_expired'],
})

export function wakeRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/wakes', list, async (request) => {
    const { session, state, order } = request.query
    const filter = { sessionIdentifier: session, state, newestFirst: order === 'newestFirst' }
    return pageView(
      await deps.stores.wakes.listWakes(tenantOf(request), filter, pageRequestOf(request.query)),
      wakeView,
    )
  })

  app.get('/v1/wakes/:id', get, async (request) => {
    const wake = found('wake', await deps.stores.wakes.findWake(tenantOf(request), request.params.id))
    return wakeView(wake)
  })

  app.post('/v1/wakes/:id/complete', complete, async (request) =>
    wakeView(await completeWake(deps, tenantOf(request), request.params.id, request.body.completionToken)),
  )

  app.post('/v1/wakes/:id/extend', extend, async (request) =>
    wakeView(await extendWake(deps, tenantOf(request), request.params.id, request.body.seconds)),
  )
}
