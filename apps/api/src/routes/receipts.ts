import { issueReceipt } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { ReceiptSchema, SigningKeysSchema } from '../schemas/receipt.ts'
import { taskParams } from '../schemas/task-params.ts'

/** Caching is safe: a verifier that meets an unknown key fetches the set again. */
const keysMaxAgeSeconds = 300

const get = operation({
  operationId: 'getTaskReceipt',
  tag: 'Receipts',
  summary: "Get a completed task's receipt",
  description:
    'What was stored, from where and when, signed. It stays when the file is gone, and is the same text every time for as long as the signing key and `PUBLIC_URL` are.',
  access: 'read',
  params: taskParams,
  responses: {
    200: { schema: ReceiptSchema, description: 'The receipt, without a line end.', mediaType: 'application/jose' },
  },
  problems: ['receipt_not_available'],
})

const keys = operation({
  operationId: 'getSigningKeys',
  tag: 'Receipts',
  summary: 'Get the public keys that verify receipts',
  description: 'Retired keys stay in the set, because they go on to verify older receipts.',
  access: 'anybody',
  responses: {
    200: {
      schema: SigningKeysSchema,
      description: 'A JWK Set.',
      mediaType: 'application/jwk-set+json',
      headers: { 'Cache-Control': Type.String({ description: 'Anybody may keep it for a few minutes.' }) },
    },
  },
})

export function receiptRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/tasks/:id/receipt', get, async (request, reply) => {
    const receipt = await issueReceipt(deps, tenantOf(request), request.params.id)
    return reply.type('application/jose').send(receipt)
  })

  app.get('/.well-known/jwks.json', keys, async (_request, reply) =>
    reply
      .type('application/jwk-set+json')
      .header('cache-control', `public, max-age=${keysMaxAgeSeconds}`)
      .send({ keys: await deps.receipts.publicKeys() }),
  )
}
