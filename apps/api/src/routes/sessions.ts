import { AppError, putSession } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { pageOf, pageQuery } from '../schemas/page.ts'
import { PutSessionSchema, SessionPageSchema, SessionSchema } from '../schemas/session.ts'
import { closed, sessionIdentifier } from '../schemas/shapes.ts'
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
  answers: {
    200: { schema: SessionSchema, description: 'The session was there already.' },
    201: { schema: SessionSchema, description: 'The session was created.' },
  },
  problems: [
    'configuration_mismatch',
    'delegate_required',
    'forbidden_header',
    'unsupported_url',
    'destination_denied',
  ],
})

const list = operation({
  operationId: 'listSessions',
  tag: 'Sessions',
  summary: 'List sessions',
  access: 'read',
  querystring: pageQuery({}),
  answers: { 200: { schema: SessionPageSchema, description: 'In the order of their creation.' } },
})

const get = operation({
  operationId: 'getSession',
  tag: 'Sessions',
  summary: 'Get a session',
  access: 'read',
  params: sessionParams,
  answers: { 200: { schema: SessionSchema, description: 'The session.' } },
})

export function sessionRoutes(app: App, deps: ApiDeps): void {
  app.put('/v1/sessions/:identifier', put, async (request, reply) => {
    const { identifier } = request.params
    const { session, created, secret } = await putSession(
      deps,
      tenantOf(request),
      identifier,
      request.body.configuration,
    )
    reply.code(created ? 201 : 200)
    return { ...sessionView(session), ...(secret === null ? {} : { secret }) }
  })

  app.get('/v1/sessions', list, async (request) =>
    pageView(await deps.store.listSessions(tenantOf(request), pageOf(request.query)), sessionView),
  )

  app.get('/v1/sessions/:identifier', get, async (request) => {
    const session = await deps.store.findSession(tenantOf(request), request.params.identifier)
    if (session === null) throw new AppError('not_found', 'There is no such session.')
    return sessionView(session)
  })
}
