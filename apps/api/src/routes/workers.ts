import { found } from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import type { ApiDeps } from '../deps.ts'
import { listOperation } from '../list-operation.ts'
import { operation } from '../operation.ts'
import { NothingSchema } from '../schemas/health.ts'
import { pageRequestOf } from '../schemas/page.ts'
import { closed, id } from '../schemas/shapes.ts'
import { WorkerPageSchema, WorkerSchema } from '../schemas/worker.ts'
import { pageView, workerView } from '../views.ts'

const list = listOperation({
  operationId: 'listWorkers',
  tag: 'Operators',
  summary: 'List the workers',
  description:
    'Those that were seen within the last minute: one that stops is gone at once, one that dies after a minute. Workers of versions before this call are not listed.',
  access: 'operator',
  filters: {},
  page: WorkerPageSchema,
  order: 'In the order of their starts.',
})

const drain = operation({
  operationId: 'drainWorker',
  tag: 'Operators',
  summary: 'Have a worker take no more tasks',
  description: `For as long as it lives; within seconds it begins none any more. The transfers that it has go on to their ends, and \`running\` falls. At 0 it
logs \`worker.drained\`, and can be stopped without interrupting one. It does not end by itself, and goes on sending webhooks until it is stopped. The
process that takes its place has another id, and is not draining. A worker that drains already goes on doing so.`,
  access: 'operator',
  params: Type.Object({ id: id('wrk', 'worker') }, closed),
  body: NothingSchema,
  responses: { 202: { schema: WorkerSchema, description: 'The worker, which drains.' } },
})

export function workerRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/admin/workers', list, async (request) =>
    pageView(await deps.stores.operations.listWorkers(pageRequestOf(request.query)), workerView),
  )

  app.post('/v1/admin/workers/:id/drain', drain, async (request, reply) =>
    reply.code(202).send(workerView(found('worker', await deps.stores.operations.drainWorker(request.params.id)))),
  )
}
