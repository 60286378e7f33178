import { AppError, notFound } from '../kernel/rules/errors.ts'
import type { Task } from './rules/task.ts'
import type { TaskStore } from './task-store.ts'

export type InterruptVerb = 'suspend' | 'resume' | 'cancel'

export interface InterruptTaskPorts {
  store: Pick<TaskStore, `${InterruptVerb}Task`>
}

/** Apple's three verbs. Repeating one is harmless. Throws `not_found`, `task_already_ended`. */
export async function interruptTask(
  { store }: InterruptTaskPorts,
  tenantId: string,
  id: string,
  interruption: InterruptVerb,
): Promise<Task> {
  const result = await store[`${interruption}Task`](tenantId, id)
  if (result === 'not_found') throw notFound('task')
  if (result === 'ended') throw new AppError('task_already_ended', 'The task has already ended, and that is final.')
  return result
}
