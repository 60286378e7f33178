import { AppError, hostName, hostView } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { HostSchema } from '../schemas/host.ts'
import { closed } from '../schemas/shapes.ts'

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

export function hostRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/hosts/:host', get, async (request) => {
    const host = hostName(request.params.host)
    const facts = host === null ? null : await deps.stores.hosts.readHost(tenantOf(request), host)
    if (host === null || facts === null) throw new AppError('not_found', 'You have no task for this host.')
    return hostView(host, facts)
  })
}
