import { createApiKey, found, revokeApiKey, rotateApiKey } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import type { ApiDeps } from '../deps.ts'
import { respondCreated } from '../idempotency.ts'
import { listOperation } from '../list-operation.ts'
import { operation } from '../operation.ts'
import {
  ApiKeyPageSchema,
  ApiKeySchema,
  CreatedApiKeySchema,
  GivenApiKeySchema,
  RotateApiKeySchema,
} from '../schemas/api-key.ts'
import { pageRequestOf } from '../schemas/page.ts'
import { closed, id } from '../schemas/shapes.ts'
import { apiKeyView, createdKeyView, pageView } from '../views.ts'
import { keyTexts } from './api-keys.ts'

const common = { tag: 'Operators', access: 'operator' } as const
const ofTenant = Type.Object({ id: id('ten', 'tenant') }, closed)
const ofKey = Type.Object({ id: id('ten', 'tenant'), keyId: id('key', 'API key') }, closed)

const create = operation({
  ...common,
  operationId: 'createTenantApiKey',
  summary: 'Create an API key for a tenant',
  description: 'The key is shown in this response only.',
  params: ofTenant,
  body: GivenApiKeySchema,
  creates: true,
  responses: { 201: { schema: CreatedApiKeySchema, description: 'The key, shown this once.' } },
  problems: ['quota_exceeded'],
})

const list = listOperation({
  ...common,
  operationId: 'listTenantApiKeys',
  summary: "List a tenant's API keys",
  description: keyTexts.list,
  params: ofTenant,
  filters: {},
  page: ApiKeyPageSchema,
  order: 'In the order of their creation.',
})

const get = operation({
  ...common,
  operationId: 'getTenantApiKey',
  summary: 'Get an API key of a tenant',
  description: 'Who created it, when it was last used, and whether it still works.',
  params: ofKey,
  responses: { 200: { schema: ApiKeySchema, description: 'The key, without its text.' } },
})

const revoke = operation({
  ...common,
  operationId: 'revokeTenantApiKey',
  summary: 'Revoke an API key of a tenant',
  description: `${keyTexts.revoke} That holds for operators too.`,
  params: ofKey,
  responses: { 204: { schema: null, description: 'It is revoked.' } },
  problems: ['last_admin_key'],
})

const rotate = operation({
  ...common,
  operationId: 'rotateTenantApiKey',
  summary: 'Replace an API key of a tenant',
  description: keyTexts.rotate,
  params: ofKey,
  body: RotateApiKeySchema,
  creates: true,
  responses: { 201: { schema: CreatedApiKeySchema, description: 'The new key, shown this once.' } },
  problems: ['api_key_ended'],
})

/** Keys of any tenant, for operators. */
export function tenantKeyRoutes(app: App, deps: ApiDeps): void {
  app.post('/v1/admin/tenants/:id/api-keys', create, (request, reply) =>
    respondCreated(request, reply, {
      create: (idempotent) => createApiKey(deps, request.params.id, request.body, 'operator', idempotent),
      render: createdKeyView,
    }),
  )

  app.get('/v1/admin/tenants/:id/api-keys', list, async (request) => {
    const page = await deps.stores.keys.listApiKeys(request.params.id, pageRequestOf(request.query))
    return pageView(found('tenant', page), apiKeyView)
  })

  app.get('/v1/admin/tenants/:id/api-keys/:keyId', get, async (request) =>
    apiKeyView(found('key', await deps.stores.keys.findApiKey(request.params.id, request.params.keyId))),
  )

  app.delete('/v1/admin/tenants/:id/api-keys/:keyId', revoke, async (request, reply) => {
    await revokeApiKey(deps, request.params.id, request.params.keyId)
    return reply.code(204).send()
  })

  app.post('/v1/admin/tenants/:id/api-keys/:keyId/rotate', rotate, (request, reply) =>
    respondCreated(request, reply, {
      create: (idempotent) =>
        rotateApiKey(deps, request.params.id, request.params.keyId, request.body, 'operator', idempotent),
      render: createdKeyView,
    }),
  )
}
