import { createTasks, maxReportedErrors, type ProblemCode, type Task, taskView } from '@backhaul/core'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { fieldErrorsOf } from '../http/validation.ts'
import { respondCreated } from '../idempotency.ts'
import { operation } from '../operation.ts'
import { CreatedBatchSchema, TaskSchema } from '../schemas/task.ts'
import { GivenBatchSchema, GivenTaskSchema } from '../schemas/task-input.ts'
import { sessionParams } from './sessions.ts'

/** Enough for a thousand tasks with every field. */
const batchBytes = 4 * 1024 * 1024

const creationProblems: ProblemCode[] = [
  'quota_exceeded',
  'session_invalidated',
  'unsupported_url',
  'destination_denied',
  'forbidden_header',
  'invalid_resume_data',
  'file_key_taken',
]

const create = operation({
  operationId: 'createTask',
  tag: 'Tasks',
  summary: 'Create a task',
  description:
    'One request for one URL, resumed at once unless `suspended`. It is stored when the response comes: whatever dies afterwards, the task goes on.',
  access: 'write',
  params: sessionParams,
  body: GivenTaskSchema,
  creates: true,
  responses: { 201: { schema: TaskSchema, description: 'The task was created; unless suspended, it waits to run.' } },
  problems: creationProblems,
})

const batch = operation({
  operationId: 'createTasks',
  tag: 'Tasks',
  summary: 'Create up to a thousand tasks',
  description:
    'All of them are created or none; the errors of all tasks are listed with their indices, the first 100 of them.',
  access: 'write',
  params: sessionParams,
  body: GivenBatchSchema,
  creates: true,
  responses: { 201: { schema: CreatedBatchSchema, description: 'All tasks were created.' } },
  problems: creationProblems,
})

export function createTaskRoutes(app: App, deps: ApiDeps): void {
  app.post('/v1/sessions/:identifier/tasks', create, (request, reply) => {
    const tasks = [{ given: request.body, pointer: '' }]
    return respondCreated(request, reply, {
      create: (idempotent) => createTasks(deps, tenantOf(request), request.params.identifier, tasks, idempotent),
      render: ([task]: Task[]) => newTaskView(task!),
    })
  })

  // Validation is attached, not thrown: the errors that only rules can find are listed together with the schema's.
  const options = { ...batch, bodyLimit: batchBytes, attachValidation: true }
  app.post('/v1/sessions/:identifier/tasks/batch', options, async (request, reply) => {
    const { validationError: refused, params } = request
    if (refused && (refused.validationContext !== 'body' || !Array.isArray(request.body?.tasks))) throw refused
    const errors = refused ? fieldErrorsOf(refused.validation, 'body') : []
    const broken = new Set(errors.map(({ pointer }) => pointer.split('/', 3).join('/')))
    // With more errors than that, not all tasks were looked at.
    if (broken.has('/tasks') || errors.length > maxReportedErrors) throw refused
    const tasks = request.body.tasks.map((given, index) => ({ given, pointer: `/tasks/${index}` }))
    const sound = tasks.filter(({ pointer }) => !broken.has(pointer))
    // Before the creation, so that it is part of the response that is kept for replays.
    const advice = await deps.stores.sessions.readAdvice(tenantOf(request), params.identifier)
    return respondCreated(request, reply, {
      create: (idempotent) => createTasks(deps, tenantOf(request), params.identifier, sound, idempotent, errors),
      render: (created: Task[]) => ({ tasks: created.map(newTaskView), advice }),
    })
  })
}

/** The task as of its creation, by the database's clock, so that every replay has the same bytes. */
function newTaskView(task: Task) {
  return taskView(task, task.createdAt.getTime())
}
