import { cancelProducingResumeData, changeTask, interruptTask, retryTask, type Task, taskView } from '@backhaul/core'
import type { App } from '../app.ts'
import { tenantOf } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { respondCreated } from '../idempotency.ts'
import { operation } from '../operation.ts'
import { TaskSchema } from '../schemas/task.ts'
import { taskParams } from '../schemas/task-params.ts'
import { CancellationSchema, CancelTaskSchema, ChangeTaskSchema, RetryTaskSchema } from '../schemas/task-verbs.ts'

const common = { tag: 'Tasks', access: 'write', params: taskParams } as const

const cancel = operation({
  ...common,
  operationId: 'cancelTask',
  summary: 'Cancel a task',
  description:
    'Repeating it is harmless. With `producingResumeData`, what was received is kept, and the resume data creates a task ' +
    'that takes it over; while it is kept, repeating the call gives the same resume data.',
  body: CancelTaskSchema,
  responses: { 200: { schema: CancellationSchema, description: 'The task as it is now.' } },
  problems: ['task_already_ended'],
})

const change = operation({
  ...common,
  operationId: 'changeTask',
  summary: 'Change a task, or renew its URL',
  description:
    'A new `url` is tried at once, from behind what is stored if its validator is the same. A running attempt at the old ' +
    "one is called off and not charged. The task's headers stay if scheme, host and port do; otherwise they are dropped.",
  body: ChangeTaskSchema,
  responses: { 200: { schema: TaskSchema, description: 'The task as it is now.' } },
  problems: ['task_already_ended', 'unsupported_url', 'destination_denied'],
})

const retry = operation({
  ...common,
  operationId: 'retryTask',
  summary: 'Create the same task again',
  description:
    'For a task that failed or was canceled: a new one in its session, with its request and settings. What the old one ' +
    'keeps (see `error.resumeData`) goes to the first that asks for it, and is fetched on from if the validator is still ' +
    'the same. With `url`, for another URL: the headers stay if scheme, host and port do; otherwise they are dropped.',
  body: RetryTaskSchema,
  creates: true,
  responses: { 201: { schema: TaskSchema, description: 'The new task; it waits to run.' } },
  problems: [
    'quota_exceeded',
    'task_not_ended',
    'task_already_completed',
    'session_invalidated',
    'file_key_taken',
    'unsupported_url',
    'destination_denied',
  ],
})

export function taskVerbRoutes(app: App, deps: ApiDeps): void {
  app.post('/v1/tasks/:id/cancel', cancel, async (request) => {
    const { id } = request.params
    if (!request.body.producingResumeData) {
      const task = await interruptTask(deps, tenantOf(request), id, 'cancel')
      return { task: taskView(task, deps.nowMs()), resumeData: null }
    }
    const { task, resumeData, reason } = await cancelProducingResumeData(deps, tenantOf(request), id)
    return {
      task: taskView(task, deps.nowMs()),
      resumeData,
      ...(reason === null ? {} : { resumeDataUnavailableReason: reason }),
    }
  })

  app.patch('/v1/tasks/:id', change, async (request) =>
    taskView(await changeTask(deps, tenantOf(request), request.params.id, request.body), deps.nowMs()),
  )

  app.post('/v1/tasks/:id/retry', retry, (request, reply) =>
    respondCreated(request, reply, {
      create: (idempotent) => retryTask(deps, tenantOf(request), request.params.id, request.body, idempotent),
      // The task as of its creation, so that every replay has the same bytes.
      render: (task: Task) => taskView(task, task.createdAt.getTime()),
    }),
  )
}
