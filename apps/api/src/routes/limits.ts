import { readLimits } from '@backhaul/core'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { LimitsSchema } from '../schemas/limits.ts'
import { limitView } from '../views.ts'

const get = operation({
  operationId: 'listLimits',
  tag: 'Limits',
  summary: 'List the limits and what is used of them',
  description: 'Every limit of the tenant, by the database’s clock; `requestsPerMinute` is that of the key that asks.',
  access: 'read',
  responses: { 200: { schema: LimitsSchema, description: 'The limits as they are now.' } },
})

/** `openStreams`: of a tenant in this process, by kind. */
export function limitRoutes(app: App, deps: ApiDeps, openStreams: readonly ((tenantId: string) => number)[]): void {
  app.get('/v1/limits', get, async (request) => {
    const tenantId = tenantOf(request)
    // Each kind has the limit for itself.
    const streams = Math.max(...openStreams.map((count) => count(tenantId)))
    const limits = await readLimits(deps, tenantId, { rateLimit: request.rateLimit, streams })
    return { data: limits.map(limitView) }
  })
}
