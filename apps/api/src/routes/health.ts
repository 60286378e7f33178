import { AppError, readReadiness } from '@backhaul/core'
import type { App } from '../app.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { LiveSchema, ReadySchema } from '../schemas/health.ts'

const live = operation({
  operationId: 'getLiveness',
  tag: 'Service',
  summary: 'Whether the process lives',
  description: 'Asks nothing else: a process that answers lives.',
  access: 'anybody',
  responses: { 200: { schema: LiveSchema, description: 'It does.' } },
  problems: ['invalid_request'],
})

const ready = operation({
  operationId: 'getReadiness',
  tag: 'Service',
  summary: 'Whether the service can be used',
  description:
    '503 without the database. Without storage or the queue the service still takes tasks, so it is ready and names them in `degraded`.',
  access: 'anybody',
  responses: { 200: { schema: ReadySchema, description: 'It can; `degraded` names what does not work.' } },
  problems: ['invalid_request'],
})

export function healthRoutes(app: App, deps: ApiDeps, stopping: AbortSignal): void {
  app.get('/livez', live, async () => ({ status: 'ok' }))

  app.get('/readyz', ready, async () => {
    if (stopping.aborted) throw new AppError('unavailable', 'This process is stopping.')
    const { status, ...parts } = await readReadiness(deps.health)
    if (status === 'unavailable') throw new AppError('unavailable', 'The database is away.')
    return { status, ...parts }
  })
}
