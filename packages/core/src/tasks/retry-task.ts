import type { EgressPolicy } from '@backhaul/transfer/rules'
import { checkUrl } from '@backhaul/transfer/rules'
import { type IdempotentRequest, type Replay, withOutcome } from '../idempotency/idempotent-request.ts'
import type { Mint } from '../kernel/ids.ts'
import { AppError, found } from '../kernel/rules/errors.ts'
import { refusal } from './create-tasks.ts'
import { renewedRequest } from './rules/change-url.ts'
import { isEnded, type Task } from './rules/task.ts'
import { errorsOfRejections, TasksRefused } from './rules/task-rejections.ts'
import { settingsOf } from './rules/task-settings.ts'
import type { CreatedTasks, NewTask, TaskStore } from './task-store.ts'

interface RetryTaskPorts {
  stores: { tasks: Pick<TaskStore, 'findTask' | 'createTasks'> }
  mint: Pick<Mint, 'id'>
  egress: EgressPolicy
  nowMs(): number
}

/**
 * Creates a task with the request and the settings of one that has failed or was canceled, in the same session; with
 * `url` for another URL. It resumes from the parts that the old one keeps, unless another task has taken them. The old
 * task has ended and does not change, so it can be read before the transaction. Throws `not_found`, `task_not_ended`,
 * `task_already_completed`, `session_invalidated`, `file_key_taken`, and for the URL `unsupported_url`,
 * `destination_denied`.
 */
export async function retryTask(
  { stores, mint, egress, nowMs }: RetryTaskPorts,
  tenantId: string,
  id: string,
  given: { url?: string | undefined },
  idempotent: IdempotentRequest<Task> | undefined,
): Promise<Task | Replay> {
  const url = given.url === undefined ? null : checkUrl(given.url, egress)
  if (url && 'code' in url) throw refusal([{ pointer: '/url', ...url }])
  const task = found('task', await stores.tasks.findTask(tenantId, id))
  if (!isEnded(task.state)) throw new AppError('task_not_ended', 'The task goes on by itself until it has ended.')
  if (task.state === 'completed') throw new AppError('task_already_completed', 'The task has its file.')
  const created = await stores.tasks
    .createTasks(
      tenantId,
      { id: task.sessionId },
      [sameTask(task, mint.id('tsk'), url?.url ?? task.request.url, nowMs())],
      withOutcome(idempotent, (made: CreatedTasks) => (typeof made === 'string' ? null : made[0]!)),
    )
    .catch((error: unknown) => {
      if (error instanceof TasksRefused) throw refusal(errorsOfRejections(error, () => ''))
      throw error
    })
  if (created === 'not_found' || created === 'invalidated') {
    throw new AppError('session_invalidated', "The task's session takes no new tasks.")
  }
  if ('replay' in created) return created
  return created[0]!
}

/** A begin date that has passed says nothing any more. */
function sameTask(task: Task, id: string, url: string, nowMs: number): NewTask {
  const begin = task.earliestBeginDate
  return {
    id,
    request: renewedRequest(task.request, url),
    host: new URL(url).host,
    earliestBeginDate: begin !== null && begin.getTime() > nowMs ? begin : null,
    ...settingsOf(task),
    isDiscretionary: task.isDiscretionary,
    suspended: false,
    resumes: { taskId: task.id, ifKept: true },
  }
}
