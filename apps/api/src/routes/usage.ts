import { Readable } from 'node:stream'
import { AppError, listUsage, readUsage, usageAsCsv } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { pageQuery, pageRequestOf } from '../schemas/page.ts'
import { closed, id, oneOf } from '../schemas/shapes.ts'
import { TenantUsagePageSchema, UsageSchema, usageFilters } from '../schemas/usage.ts'
import { tenantUsageView, usageView } from '../usage-view.ts'
import { pageView } from '../views.ts'

const read = operation({
  operationId: 'readUsage',
  tag: 'Usage',
  summary: 'Read what was used, by hours or days',
  description:
    'Whole hours or days in UTC, also those in which nothing happened. It is counted in the transactions that cause it, so the sums agree with the events.',
  access: 'read',
  querystring: Type.Object(usageFilters, closed),
  responses: { 200: { schema: UsageSchema, description: 'Every point, and their totals.' } },
})

const list = operation({
  operationId: 'listUsage',
  tag: 'Operators',
  summary: "Read tenants' usage, as JSON or CSV",
  description:
    'A row for every tenant and hour or day, in the order of the tenants and then of time. JSON comes in pages; CSV (RFC 4180) has all rows, after one with the names of the columns.',
  access: 'operator',
  querystring: pageQuery({
    tenant: Type.Optional(id('ten', 'tenant')),
    ...usageFilters,
    format: Type.Optional(
      oneOf(['json', 'csv'], { default: 'json', description: 'CSV takes no `limit` or `cursor`.' }),
    ),
  }),
  responses: {
    200: { schema: TenantUsagePageSchema, description: 'Rows.', alsoAs: { 'text/csv': Type.String() } },
  },
  problems: ['not_found'],
})

export function usageRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/usage', read, async (request) => usageView(await readUsage(deps, tenantOf(request), request.query)))

  app.get('/v1/admin/usage', list, async (request, reply) => {
    const { format, limit, cursor, ...given } = request.query
    if (format !== 'csv') return pageView(await listUsage(deps, given, pageRequestOf(request.query)), tenantUsageView)
    refusePages({ limit, cursor })
    const pieces = await usageAsCsv(deps, given)
    return reply
      .type('text/csv; charset=utf-8; header=present')
      .header('content-disposition', 'attachment; filename="usage.csv"')
      .send(Readable.from(pieces))
  })
}

function refusePages(given: { limit: number | undefined; cursor: string | undefined }): void {
  const detail = 'CSV comes whole.'
  const errors = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => ({ pointer: `/query/${name}`, code: 'csv', detail, fix: 'Leave it out.' }))
  if (errors.length > 0) throw new AppError('invalid_request', detail, { errors })
}
