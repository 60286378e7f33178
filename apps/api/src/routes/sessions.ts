import { found, invalidateSession, putSession, sessionStates, taskView } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { listOperation } from '../list-operation.ts'
import { operation } from '../operation.ts'
import { AssociatedSessionSchema } from '../schemas/associated-session.ts'
import { NothingSchema } from '../schemas/health.ts'
import { listOrder, pageRequestOf } from '../schemas/page.ts'
import { PutSessionSchema, SessionPageSchema, SessionSchema } from '../schemas/session.ts'
import { closed, oneOf, sessionIdentifier } from '../schemas/shapes.ts'
import { pageView, sessionView } from '../views.ts'

export const sessionParams = Type.Object({ identifier: sessionIdentifier }, closed)

const put = operation({
  operationId: 'putSession',
  tag: 'Sessions',
  summary: 'Create a session, or find it again',
  description:
    'The configuration is frozen when the session is created. The same call again answers 200 with the session as it is, and pending deliveries start again; without a configuration, any session of that identifier is found.',
  access: 'write',
  params: sessionParams,
  body: PutSessionSchema,
  responses: {
    200: { schema: AssociatedSessionSchema, description: 'The session was there already.' },
    201: { schema: AssociatedSessionSchema, description: 'The session was created.' },
  },
  problems: [
    'quota_exceeded',
    'configuration_mismatch',
    'delegate_required',
    'forbidden_header',
    'unsupported_url',
    'destination_denied',
  ],
})

const list = listOperation({
  operationId: 'listSessions',
  tag: 'Sessions',
  summary: 'List sessions',
  description:
    'In the order of their creation, invalidated ones too: an identifier that was used again is there more than once.',
  filters: {
    state: Type.Optional(oneOf(sessionStates, { description: 'Only sessions in this state.' })),
    identifierPrefix: Type.Optional({ ...sessionIdentifier, description: 'What their identifiers begin with.' }),
    order: listOrder,
  },
  page: SessionPageSchema,
  order: 'In the order of their creation, or with `order` from the newest on.',
})

const get = operation({
  operationId: 'getSession',
  tag: 'Sessions',
  summary: 'Get a session',
  access: 'read',
  params: sessionParams,
  description:
    'Once it is invalidated, it is shown until its identifier is used again; the newest one of an identifier is meant.',
  responses: { 200: { schema: SessionSchema, description: 'The session.' } },
})

const finish = operation({
  operationId: 'finishSession',
  tag: 'Sessions',
  summary: 'Take no new tasks, and end when the tasks have ended',
  description:
    'Suspended tasks have not ended: resume or cancel them. `session.invalidated` is the last event; when the client has still to be woken, it follows `session.events_finished` or the end of the wake. The identifier can be used again then. Repeating it is harmless.',
  access: 'write',
  params: sessionParams,
  body: NothingSchema,
  responses: { 202: { schema: SessionSchema, description: 'The session, finishing or invalidated.' } },
})

const cancel = operation({
  operationId: 'invalidateSession',
  tag: 'Sessions',
  summary: 'Take no new tasks, cancel all there are, and end',
  description:
    'Running transfers are interrupted at once; of very many tasks the last ones are canceled a little later. Each gets its `task.completed`. `session.invalidated` is the last event, as with `finish-and-invalidate`. Repeating it is harmless.',
  access: 'write',
  params: sessionParams,
  body: NothingSchema,
  responses: { 202: { schema: SessionSchema, description: 'The session, finishing or invalidated.' } },
})

export function sessionRoutes(app: App, deps: ApiDeps): void {
  app.put('/v1/sessions/:identifier', put, async (request, reply) => {
    const { identifier } = request.params
    const { configuration } = request.body
    const { session, created, outstandingTasks, secret } = await putSession(
      deps,
      tenantOf(request),
      identifier,
      configuration,
    )
    reply.code(created ? 201 : 200)
    return {
      ...sessionView(session),
      outstandingTasks: outstandingTasks.map((task) => taskView(task, deps.nowMs())),
      ...(secret === null ? {} : { secret }),
    }
  })

  app.get('/v1/sessions', list, async (request) => {
    const { state, identifierPrefix, order } = request.query
    const filter = { state, identifierPrefix, newestFirst: order === 'newestFirst' }
    return pageView(
      await deps.stores.sessions.listSessions(tenantOf(request), filter, pageRequestOf(request.query)),
      sessionView,
    )
  })

  app.get('/v1/sessions/:identifier', get, async (request) => {
    const session = found(
      'session',
      await deps.stores.sessions.findSession(tenantOf(request), request.params.identifier),
    )
    return sessionView(session)
  })

  app.post('/v1/sessions/:identifier/finish-and-invalidate', finish, async (request, reply) => {
    const session = await invalidateSession(deps, tenantOf(request), request.params.identifier, 'finish')
    return reply.code(202).send(sessionView(session))
  })

  app.post('/v1/sessions/:identifier/invalidate-and-cancel', cancel, async (request, reply) => {
    const session = await invalidateSession(deps, tenantOf(request), request.params.identifier, 'cancel')
    return reply.code(202).send(sessionView(session))
  })
}
