import { changeTenant, createTenant, deleteTenant, found } from '@backhaul/core'
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
  filters: {
    search: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Only those whose name contains it, in upper or lower case, or whose id it is.',
      }),
    ),
  },
  page: TenantPageSchema,
  order: 'In the order of their creation.',
})

const params = Type.Object({ id: id('ten', 'tenant') }, closed)

const read = operation({
  operationId: 'getTenant',
  tag: 'Operators',
  summary: 'Read a tenant',
  description: 'One that is being deleted is there until nothing of it is left; then it is not found.',
  access: 'operator',
  params,
  responses: { 200: { schema: TenantSchema, description: 'The tenant.' } },
})

const change = operation({
  operationId: 'changeTenant',
  tag: 'Operators',
  summary: 'Change a tenant',
  description: `What is left out stays. The wake limiter's policy takes effect with the next wake, the weight with the next task that begins; limits
and preferred hours at once, for tasks that wait too; the state at once. A limit below what is used ends nothing.
\`active\` after \`suspended\` lets everything go on from where it was.`,
  access: 'operator',
  params,
  body: ChangedTenantSchema,
  responses: { 200: { schema: TenantSchema, description: 'The tenant as it is now.' } },
  problems: ['tenant_deleting'],
})

const remove = operation({
  operationId: 'deleteTenant',
  tag: 'Operators',
  summary: 'Delete a tenant',
  description: `With all that it has, for good. Its keys are dead at once, nothing begins and nothing is sent any more; from a minute later on its
files, uploads and records are removed, its usage and its audit too. Meanwhile the tenant is there, with the state \`deleting\`; then it is not
found. That it was deleted stays on record for operators (\`deleteTenant\` in their audit).`,
  access: 'operator',
  params,
  responses: { 202: { schema: TenantSchema, description: 'The tenant, which is being deleted.' } },
  problems: ['tenant_deleting'],
})

export function adminRoutes(app: App, deps: ApiDeps): void {
  app.post('/v1/admin/tenants', create, (request, reply) =>
    respondCreated(request, reply, {
      create: (idempotent) => createTenant(deps, request.body.name, idempotent),
      render: createdTenantView,
    }),
  )

  app.get('/v1/admin/tenants', list, async (request) =>
    pageView(
      await deps.stores.tenants.listTenants({ ...pageRequestOf(request.query), search: request.query.search }),
      tenantView,
    ),
  )

  app.get('/v1/admin/tenants/:id', read, async (request) =>
    tenantView(found('tenant', await deps.stores.tenants.findTenant(request.params.id))),
  )

  app.delete('/v1/admin/tenants/:id', remove, async (request, reply) =>
    reply.code(202).send(tenantView(await deleteTenant(deps, request.params.id))),
  )

  app.patch('/v1/admin/tenants/:id', change, async (request) =>
    tenantView(await changeTenant(deps, request.params.id, request.body)),
  )
}
