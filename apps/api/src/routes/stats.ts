import { readStats, type Stats } from '@backhaul/core'
import { type Static, Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { closed } from '../schemas/shapes.ts'
import { StatsSchema, statsFilters } from '../schemas/stats.ts'

const read = operation({
  operationId: 'readStats',
  tag: 'Usage',
  summary: 'Read what happened of late, by minutes or hours',
  description:
    'For curves: what the tasks did in the last hour, day or week, and how many ran and waited. The last point is not over. Counts of hours are exact. Minutes are told apart by looking once a minute; what was counted while nobody looked is spread over that time.',
  access: 'read',
  querystring: Type.Object(statsFilters, closed),
  responses: { 200: { schema: StatsSchema, description: 'Every point, and the moment.' } },
})

export function statsRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/stats', read, async (request) =>
    statsView(await readStats(deps, tenantOf(request), request.query.range ?? '1h')),
  )
}

function statsView({ range, stepSeconds, from, until, sampledAt, data, now }: Stats): Static<typeof StatsSchema> {
  return {
    range,
    stepSeconds,
    from: from.toISOString(),
    until: until.toISOString(),
    sampledAt: sampledAt?.toISOString() ?? null,
    data: data.map((point) => ({ ...point, at: point.at.toISOString() })),
    now: { ...now, at: now.at.toISOString() },
  }
}
