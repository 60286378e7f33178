import {
  type InterruptVerb,
  interruptTask,
  publicTaskStates,
  taskView,
  waitForTask,
  waitingReasons,
} from '@backhaul/core'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import { principalOf, tenantOf } from '../auth.ts'
import type { LiveDeps } from '../deps.ts'
import { listOperation } from '../list-operation.ts'
import { operation } from '../operation.ts'
import { NothingSchema } from '../schemas/health.ts'
import { listOrder, pageRequestOf } from '../schemas/page.ts'
import { closed, oneOf, sessionIdentifier } from '../schemas/shapes.ts'
import { TaskPageSchema, TaskSchema, TaskSummarySchema } from '../schemas/task.ts'
import { metadataFilter } from '../schemas/task-input.ts'
import { taskParams } from '../schemas/task-params.ts'
import { pageView } from '../views.ts'
import { whileKeyLives } from '../while-key-lives.ts'
import { sessionParams } from './sessions.ts'

const state = Type.Optional(oneOf(publicTaskStates, { description: 'Only tasks in this state.' }))
const waitingFor = Type.Optional(
  oneOf(waitingReasons, { description: 'Tasks that wait for this, among other things.' }),
)
const session = Type.Optional(sessionIdentifier)
const host = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 300,
    description: "The original URL's host. With a port: at that port; without one: at any.",
  }),
)

const listOfSession = listOperation({
  operationId: 'listSessionTasks',
  tag: 'Tasks',
  summary: "List a session's tasks",
  description: 'In the order of their numbers, or with `order` from the newest on, ended ones included.',
  params: sessionParams,
  filters: { state, order: listOrder },
  page: TaskPageSchema,
  order: 'By their numbers in the session.',
})

const list = listOperation({
  operationId: 'listTasks',
  tag: 'Tasks',
  summary: 'List tasks of all sessions',
  description: 'Filters narrow each other. What a waiting task waits for is looked up for the page.',
  filters: { state, session, host, waitingFor, metadata: Type.Optional(metadataFilter), order: listOrder },
  page: TaskPageSchema,
  order: 'In the order of their creation, or with `order` from the newest on.',
  problems: ['not_found'],
})

const summary = operation({
  operationId: 'getTaskSummary',
  tag: 'Tasks',
  summary: 'Count tasks by state, and waiting ones by what they wait for; and since when',
  description: 'A task that waits for several things counts for each of them.',
  access: 'read',
  responses: { 200: { schema: TaskSummarySchema, description: 'All tasks of the tenant.' } },
})

const summaryOfSession = operation({
  operationId: 'getSessionTaskSummary',
  tag: 'Tasks',
  summary: "Count a session's tasks by state, and waiting ones by what they wait for",
  description: 'A task that waits for several things counts for each of them.',
  access: 'read',
  params: sessionParams,
  responses: { 200: { schema: TaskSummarySchema, description: 'All tasks of the session.' } },
})

const get = operation({
  operationId: 'getTask',
  tag: 'Tasks',
  summary: 'Get a task, or wait for its end',
  description:
    'With `wait` the response comes when the task has ended, or after so many seconds with the task as it is then.',
  access: 'read',
  params: taskParams,
  querystring: Type.Object(
    {
      wait: Type.Optional(
        Type.Number({
          minimum: 0,
          maximum: 60,
          description: 'Answer when the task has ended, or after so many seconds.',
        }),
      ),
    },
    closed,
  ),
  responses: { 200: { schema: TaskSchema, description: 'The task as it is now.' } },
})

const interruption = (verb: Exclude<InterruptVerb, 'cancel'>, summaryText: string) =>
  operation({
    operationId: `${verb}Task`,
    tag: 'Tasks',
    summary: summaryText,
    description: 'Repeating it is harmless.',
    access: 'write',
    params: taskParams,
    body: NothingSchema,
    responses: { 200: { schema: TaskSchema, description: 'The task as it is now.' } },
    problems: ['task_already_ended'],
  })

export function taskRoutes(app: App, deps: LiveDeps, stopping: AbortSignal): void {
  const summaryOf = async (tenantId: string, session?: string) => {
    const { tasks } = deps.stores
    const [taskCounts, waitingFor, { readySince, heldSince }] = await Promise.all([
      tasks.countTasks(tenantId, session),
      tasks.countWaiting(tenantId, session),
      tasks.longestWaits(tenantId, session),
    ])
    return {
      taskCounts,
      waitingFor,
      readySince: readySince?.toISOString() ?? null,
      heldSince: heldSince?.toISOString() ?? null,
    }
  }

  app.get('/v1/sessions/:identifier/tasks', listOfSession, async (request) => {
    const { identifier } = request.params
    const tenantId = tenantOf(request)
    const { state, order } = request.query
    const filter = { sessionIdentifier: identifier, state, newestFirst: order === 'newestFirst' }
    const page = await deps.stores.tasks.listTasks(tenantId, filter, pageRequestOf(request.query))
    return pageView(page, (task) => taskView(task, deps.nowMs()))
  })

  app.get('/v1/tasks', list, async (request) => {
    const { state, session, host, waitingFor, metadata, order } = request.query
    const newestFirst = order === 'newestFirst'
    const filter = { sessionIdentifier: session, state, host: host?.toLowerCase(), waitingFor, metadata, newestFirst }
    const page = await deps.stores.tasks.listTasks(tenantOf(request), filter, pageRequestOf(request.query))
    return pageView(page, (task) => taskView(task, deps.nowMs()))
  })

  app.get('/v1/tasks/summary', summary, async (request) => summaryOf(tenantOf(request)))

  app.get('/v1/sessions/:identifier/tasks/summary', summaryOfSession, async (request) =>
    summaryOf(tenantOf(request), request.params.identifier),
  )

  app.get('/v1/tasks/:id', get, async (request) => {
    const waitMs = (request.query.wait ?? 0) * 1000
    const find = (signal: AbortSignal) => waitForTask(deps, tenantOf(request), request.params.id, { waitMs, signal })
    if (waitMs === 0) return taskView(await find(stopping), deps.nowMs())
    const task = await whileKeyLives(deps.keyWatch, principalOf(request), (ended) =>
      find(AbortSignal.any([request.signal, stopping, ended])),
    )
    return taskView(task, deps.nowMs())
  })

  app.post('/v1/tasks/:id/suspend', interruption('suspend', 'Suspend a task'), async (request) =>
    taskView(await interruptTask(deps, tenantOf(request), request.params.id, 'suspend'), deps.nowMs()),
  )

  app.post('/v1/tasks/:id/resume', interruption('resume', 'Resume a task'), async (request) =>
    taskView(await interruptTask(deps, tenantOf(request), request.params.id, 'resume'), deps.nowMs()),
  )
}
