import { AppError, hostName, hostView } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { listOperation } from '../list-operation.ts'
import { operation } from '../operation.ts'
import { HostPageSchema, HostSchema } from '../schemas/host.ts'
import { pageRequestOf } from '../schemas/page.ts'
import { closed } from '../schemas/shapes.ts'
import { pageView } from '../views.ts'

const params = Type.Object(
  {
    host: Type.String({
      minLength: 1,
      maxLength: 300,
      description: "Of a task's URL, with its port unless it is the scheme's; in any case.",
    }),
  },
  closed,
)

const get = operation({
  operationId: 'getHost',
  tag: 'Hosts',
  summary: 'Get how a host is treated, and why',
  description: 'Of a host for which you have a task. The counts are your own.',
  access: 'read',
  params,
  responses: { 200: { schema: HostSchema, description: 'The host as it is now.' } },
})

const list = listOperation({
  operationId: 'listHosts',
  tag: 'Hosts',
  summary: 'List the hosts of your tasks, and how they are treated',
  description: 'Those for which you have a task, ended ones included. The counts are your own.',
  filters: {
    healthy: Type.Optional(
      Type.Boolean({ description: 'True: only those that are `healthy`. False: only those that are not.' }),
    ),
  },
  page: HostPageSchema,
  order: 'By their names.',
})

export function hostRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/hosts', list, async (request) => {
    const { healthy } = request.query
    const page = await deps.stores.hosts.listHosts(tenantOf(request), { healthy }, pageRequestOf(request.query))
    return pageView(page, (standing) => hostView(standing.host, standing))
  })

  app.get('/v1/hosts/:host', get, async (request) => {
    const host = hostName(request.params.host)
    const facts = host === null ? null : await deps.stores.hosts.readHost(tenantOf(request), host)
    if (host === null || facts === null) throw new AppError('not_found', 'You have no task for this host.')
    return hostView(host, facts)
  })
}
