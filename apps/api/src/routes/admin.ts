import { changeTenant, createTenant } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import type { ApiDeps } from '../deps.ts'
import { respondCreated } from '../idempotency.ts'
import { listOperation } from '../list-operation.ts'
import { operation } from '../operation.ts'
import {
  ChangedTenantSchema,
  CreatedTenantSchema,
  GivenTenantSchema,
  TenantPageSchema,
  TenantSchema,
} from '../schemas/admin.ts'
import { pageRequestOf } from '../schemas/page.ts'
import { closed, id } from '../schemas/shapes.ts'
import { createdTenantView, pageView, tenantView } from '../views.ts'

const create = operation({
  operationId: 'createTenant',
  tag: 'Operators',
  summary: 'Create a tenant',
  description: 'With its first API key, which has every scope and is shown in this response only.',
  access: 'operator',
  body: GivenTenantSchema,
  creates: true,
  responses: { 201: { schema: CreatedTenantSchema, description: 'The tenant, and its first API key this once.' } },
})

const list = listOperation({
  operationId: 'listTenants',
  tag: 'Operators',
  summary: 'List tenants',
  description: 'In the order of their creation.',
  access: 'operator',
  filters: {},
  page: TenantPageSchema,
  order: 'In the order of their creation.',
})

const params = Type.Object({ id: id('ten', 'tenant') }, closed)

const change = operation({
  operationId: 'changeTenant',
  tag: 'Operators',
  summary: "Change a tenant's limits, wake limiter policy or preferred hours",
  description:
    'The policy takes effect with the next wake; limits and hours at once, for tasks that wait too. A limit below what is used ends nothing.',
  access: 'operator',
  params,
  body: ChangedTenantSchema,
  responses: { 200: { schema: TenantSchema, description: 'The tenant as it is now.' } },
})

export function adminRoutes(app: App, deps: ApiDeps): void {
  app.post('/v1/admin/tenants', create, (request, reply) =>
    respondCreated(request, reply, {
      create: (idempotent) => createTenant(deps, request.body.name, idempotent),
      render: createdTenantView,
    }),
  )

  app.get('/v1/admin/tenants', list, async (request) =>
    pageView(await deps.stores.tenants.listTenants(pageRequestOf(request.query)), tenantView),
  )

  app.patch('/v1/admin/tenants/:id', change, async (request) =>
    tenantView(await changeTenant(deps, request.params.id, request.body)),
  )
}
