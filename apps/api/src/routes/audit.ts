import { listAudit } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { auditEntryView, operatorAuditEntryView } from '../audit-views.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { listOperation } from '../list-operation.ts'
import { AuditPageSchema, OperatorAuditPageSchema } from '../schemas/audit.ts'
import { listOrder, pageRequestOf } from '../schemas/page.ts'
import { id, instant } from '../schemas/shapes.ts'
import { pageView } from '../views.ts'

const filters = {
  since: Type.Optional(instant('Entries from then on.')),
  action: Type.Optional(
    Type.String({ pattern: '^[A-Za-z]{1,64}$', description: 'The id of an operation, such as `createTask`.' }),
  ),
  key: Type.Optional(id('key', 'API key')),
  order: listOrder,
}
const order =
  'In the order of their times, the oldest first, or with `order` the newest. An entry can still come in front of one that is a moment younger.'

const list = listOperation({
  operationId: 'listAudit',
  tag: 'Audit',
  summary: 'List who changed what',
  description:
    'One entry for each request that changed something of the tenant: with any of its keys, or by an operator. A request that was refused, or found everything as it wanted it, has none. Entries are kept for 400 days; nobody can change one.',
  access: 'admin',
  filters,
  page: AuditPageSchema,
  order,
})

const listAll = listOperation({
  operationId: 'listAllAudit',
  tag: 'Operators',
  summary: 'List who changed what, everywhere',
  description:
    'As `GET /v1/audit`, for one tenant or for all. Without a tenant, entries are looked for in the order of time: with another filter, give `since`.',
  access: 'operator',
  filters: { ...filters, tenant: Type.Optional(id('ten', 'tenant')) },
  page: OperatorAuditPageSchema,
  order,
})

export function auditRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/audit', list, async (request) => {
    const page = await listAudit(deps, tenantOf(request), filterOf(request.query), pageRequestOf(request.query))
    return pageView(page, auditEntryView)
  })

  app.get('/v1/admin/audit', listAll, async (request) => {
    const filter = filterOf(request.query)
    const page = await listAudit(deps, request.query.tenant, filter, pageRequestOf(request.query))
    return pageView(page, operatorAuditEntryView)
  })
}

interface Given {
  since?: string
  action?: string
  key?: string
  order?: 'oldestFirst' | 'newestFirst'
}

const filterOf = ({ since, action, key, order: given }: Given) => ({
  since,
  action,
  keyId: key,
  newestFirst: given === 'newestFirst',
})
