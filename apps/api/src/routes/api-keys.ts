import { createApiKey, found, revokeApiKey, rotateApiKey } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { principalOf, tenantOf } from '../auth.ts'
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

const common = { tag: 'Keys', access: 'admin' } as const
const params = Type.Object({ id: id('key', 'API key') }, closed)

/** Descriptions that hold for the routes of operators too. */
export const keyTexts = {
  list: 'Revoked and expired ones included. The keys themselves are shown when they are created, and never again.',
  revoke:
    'Every process refuses it from now on; its event streams, connections and waiting requests end within 5 s. ' +
    'Repeating it is harmless. The last living key with the scope `admin` cannot be revoked: create another one first, or rotate it with an `overlapSeconds` of 0.',
  rotate:
    'Makes a key with the same name, scopes, ranges and expiry. The old one ends when the overlap is over, or when it would have ' +
    'expired. A key is rotated once; then its successor is. With an overlap of 0 a key that rotates itself ends with this response.',
}

const create = operation({
  ...common,
  operationId: 'createApiKey',
  summary: 'Create an API key',
  description:
    'The key is shown in this response only. It may have the scopes that the calling key has, and no others (403). ' +
    'It is bound neither to the ranges nor to the expiry of the calling one.',
  body: GivenApiKeySchema,
  creates: true,
  responses: { 201: { schema: CreatedApiKeySchema, description: 'The key, shown this once.' } },
  problems: ['quota_exceeded'],
})

const list = listOperation({
  ...common,
  operationId: 'listApiKeys',
  summary: 'List API keys',
  description: keyTexts.list,
  filters: {},
  page: ApiKeyPageSchema,
  order: 'In the order of their creation.',
})

const get = operation({
  ...common,
  operationId: 'getApiKey',
  summary: 'Get an API key',
  description: 'Who created it, when it was last used, and whether it still works.',
  params,
  responses: { 200: { schema: ApiKeySchema, description: 'The key, without its text.' } },
})

const revoke = operation({
  ...common,
  operationId: 'revokeApiKey',
  summary: 'Revoke an API key',
  description: keyTexts.revoke,
  params,
  responses: { 204: { schema: null, description: 'It is revoked.' } },
  problems: ['last_admin_key'],
})

const rotate = operation({
  ...common,
  operationId: 'rotateApiKey',
  summary: 'Replace an API key',
  description: `${keyTexts.rotate} The calling key needs every scope that the key has.`,
  params,
  body: RotateApiKeySchema,
  creates: true,
  responses: { 201: { schema: CreatedApiKeySchema, description: 'The new key, shown this once.' } },
  problems: ['api_key_ended'],
})

export function apiKeyRoutes(app: App, deps: ApiDeps): void {
  app.post('/v1/api-keys', create, (request, reply) =>
    respondCreated(request, reply, {
      create: (idempotent) => createApiKey(deps, tenantOf(request), request.body, principalOf(request), idempotent),
      render: createdKeyView,
    }),
  )

  app.get('/v1/api-keys', list, async (request) => {
    const page = await deps.stores.keys.listApiKeys(tenantOf(request), pageRequestOf(request.query))
    return pageView(found('tenant', page), apiKeyView)
  })

  app.get('/v1/api-keys/:id', get, async (request) =>
    apiKeyView(found('key', await deps.stores.keys.findApiKey(tenantOf(request), request.params.id))),
  )

  app.delete('/v1/api-keys/:id', revoke, async (request, reply) => {
    await revokeApiKey(deps, tenantOf(request), request.params.id)
    return reply.code(204).send()
  })

  app.post('/v1/api-keys/:id/rotate', rotate, (request, reply) =>
    respondCreated(request, reply, {
      create: (idempotent) =>
        rotateApiKey(deps, tenantOf(request), request.params.id, request.body, principalOf(request), idempotent),
      render: createdKeyView,
    }),
  )
}
