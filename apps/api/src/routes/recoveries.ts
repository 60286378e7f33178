import { found, startRecovery } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { respondCreated } from '../idempotency.ts'
import { operation } from '../operation.ts'
import { GivenRecoverySchema, RecoverySchema } from '../schemas/recovery.ts'
import { closed, id } from '../schemas/shapes.ts'
import { recoveryView } from '../views.ts'

const recover = operation({
  operationId: 'recoverEvents',
  tag: 'Endpoints',
  summary: 'Deliver a range of events again',
  description:
    'What failed or was canceled, and what the endpoint never got because it was disabled, comes in a new wake of its session, or in the one that is open, with its `webhook-id` and in the order of the events. What succeeded is left. It is worked off in the background; the wakes open when all of the range has been looked at.',
  access: 'write',
  params: Type.Object({ id: id('whe', 'endpoint') }, closed),
  body: GivenRecoverySchema,
  creates: true,
  responses: { 202: { schema: RecoverySchema, description: 'It has begun.' } },
  problems: ['endpoint_disabled', 'recovery_running'],
})

const get = operation({
  operationId: 'getRecovery',
  tag: 'Endpoints',
  summary: 'See how far a recovery is',
  description: 'A recovery goes on by itself, whatever process dies.',
  access: 'read',
  params: Type.Object({ id: id('whe', 'endpoint'), recoveryId: id('rec', 'recovery') }, closed),
  responses: { 200: { schema: RecoverySchema, description: 'The recovery.' } },
})

export function recoveryRoutes(app: App, deps: ApiDeps): void {
  app.post('/v1/webhook-endpoints/:id/recover', recover, (request, reply) =>
    respondCreated(request, reply, {
      create: (idempotent) => startRecovery(deps, tenantOf(request), request.params.id, request.body, idempotent),
      render: recoveryView,
      status: 202,
    }),
  )

  app.get('/v1/webhook-endpoints/:id/recoveries/:recoveryId', get, async (request) => {
    const { id, recoveryId } = request.params
    const recovery = found('recovery', await deps.stores.recoveries.findRecovery(tenantOf(request), id, recoveryId))
    return recoveryView(recovery)
  })
}
