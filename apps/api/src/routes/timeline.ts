import { found } from '@backhaul/core'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { listOperation } from '../list-operation.ts'
import { pageRequestOf } from '../schemas/page.ts'
import { taskParams } from '../schemas/task-params.ts'
import { TimelineSchema } from '../schemas/timeline.ts'

const get = listOperation({
  operationId: 'getTaskTimeline',
  tag: 'Tasks',
  summary: 'Get what happened to a task, and why',
  description:
    'What let it begin or held it back, its attempts and their failures, its requests, its end, the events that told of it with their deliveries and wakes, and what became of its file.',
  params: taskParams,
  filters: {},
  page: TimelineSchema,
  order: 'Oldest first.',
})

export function timelineRoutes(app: App, deps: ApiDeps): void {
  app.get('/v1/tasks/:id/timeline', get, async (request) =>
    found(
      'task',
      await deps.stores.timeline.readTimeline(tenantOf(request), request.params.id, pageRequestOf(request.query)),
    ),
  )
}
