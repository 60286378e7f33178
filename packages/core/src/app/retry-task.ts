import { AppError } from '../domain/errors.ts'
import { isEnded, type Task } from '../domain/task.ts'
import { refusal } from './create-tasks.ts'
import { type Once, onceOf, type Replay } from './idempotency.ts'
import type { Mint } from './ports.ts'
import { faultsOfRefused, TasksRefused } from './refused-tasks.ts'
import type { CreatedTasks, NewTask, TaskStore } from './stores.ts'

export interface RetryTaskPorts {
  store: Pick<TaskStore, 'findTask' | 'createTasks'>
  mint: Pick<Mint, 'id'>
  nowMs(): number
}

/**
 * A new task with the request and the settings of one that has failed or was canceled, in the same session. What the old
 * one was told by an ending is final, so that it can be read before the transaction. Throws `not_found`, `task_not_ended`,
 * `task_already_completed`, `session_invalidated`, `file_key_taken`.
 */
export async function retryTask(
  { store, mint, nowMs }: RetryTaskPorts,
  tenantId: string,
  id: string,
  once: Once<Task> | undefined,
): Promise<Task | Replay> {
  const task = await store.findTask(tenantId, id)
  if (task === null) throw new AppError('not_found', 'There is no such task.')
  if (!isEnded(task.state)) throw new AppError('task_not_ended', 'The task goes on by itself until it has ended.')
  if (task.state === 'completed') throw new AppError('task_already_completed', 'The task has its file.')
  const created = await store
    .createTasks(
      tenantId,
      { id: task.sessionId },
      [sameTask(task, mint.id('tsk'), nowMs())],
      onceOf(once, (made: CreatedTasks) => (typeof made === 'string' ? null : made[0]!)),
    )
    .catch((error: unknown) => {
      if (error instanceof TasksRefused) throw refusal(faultsOfRefused(error, () => ''))
      throw error
    })
  if (created === 'not_found' || created === 'invalidated') {
    throw new AppError('session_invalidated', "The task's session takes no new tasks.")
  }
  if ('replay' in created) return created
  return created[0]!
}

/** A begin date that has passed says nothing any more. */
function sameTask(task: Task, id: string, nowMs: number): NewTask {
  const begin = task.earliestBeginDate
  return {
    id,
    request: task.request,
    host: new URL(task.request.url).host,
    earliestBeginDate: begin !== null && begin.getTime() > nowMs ? begin : null,
    countOfBytesClientExpectsToSend: task.countOfBytesClientExpectsToSend,
    countOfBytesClientExpectsToReceive: task.countOfBytesClientExpectsToReceive,
    maximumBytes: task.maximumBytes,
    expected: task.expected,
    priority: task.priority,
    taskDescription: task.taskDescription,
    metadata: task.metadata,
    isDiscretionary: task.isDiscretionary,
    suspended: false,
    destinationKey: task.destinationKey,
    resumes: null,
  }
}
