import { type Envelope, eventTypeNames } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { EventFeedSchema } from '../schemas/event.ts'
import { feedQuery, listOrder, pageRequestOf } from '../schemas/page.ts'
import { id, oneOf, sessionIdentifier } from '../schemas/shapes.ts'

const list = operation({
  operationId: 'listEvents',
  tag: 'Events',
  summary: 'Read the events',
  description:
    'The same events as the webhooks, in the order they happened, or with `order` from the newest on. Going on from a cursor never skips one that is kept: events are, for 30 days unless the operator says otherwise, and a cursor that is older goes on with the oldest one.',
  access: 'read',
  querystring: feedQuery({
    session: Type.Optional(sessionIdentifier),
    type: Type.Optional(oneOf(eventTypeNames, { description: 'Only events of this type.' })),
    task: Type.Optional(id('tsk', 'task')),
    order: listOrder,
  }),
  responses: { 200: { schema: EventFeedSchema, description: 'The events behind the cursor.' } },
  problems: ['not_found'],
})

/** Removes a wake's token, for keys without the scope `write`: the token completes the wake. */
export function withoutToken(event: Envelope): Envelope {
  const { completionToken: _, ...data } = event.data
  return { ...event, data }
}

export function eventRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/events', list, async (request) => {
    const { session, type, task, order, after } = request.query
    const query = { limit: pageRequestOf(request.query).limit, after }
    const filter = { sessionIdentifier: session, type, taskId: task, newestFirst: order === 'newestFirst' }
    const page = await deps.stores.events.listEvents(tenantOf(request), filter, query)
    if (request.principal?.scopes.includes('write')) return page
    return { ...page, data: page.data.map(withoutToken) }
  })
}
