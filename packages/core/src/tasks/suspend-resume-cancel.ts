import type { Encryptor } from '../kernel/encryptor.ts'
import { AppError, notFound } from '../kernel/rules/errors.ts'
import { writeResumeData } from './rules/resume-data.ts'
import type { ResumeDataUnavailableReason } from './rules/resume-data-unavailable.ts'
import type { Task } from './rules/task.ts'
import type { TaskStore } from './task-store.ts'

export type InterruptVerb = 'suspend' | 'resume' | 'cancel'

interface InterruptTaskPorts {
  stores: { tasks: Pick<TaskStore, `${InterruptVerb}Task`> }
}

/** Apple's three verbs. Repeating one is harmless. Throws `not_found`, `task_already_ended`. */
export async function interruptTask(
  { stores }: InterruptTaskPorts,
  tenantId: string,
  id: string,
  interruption: InterruptVerb,
): Promise<Task> {
  const result = await stores.tasks[`${interruption}Task`](tenantId, id)
  return inTime(result)
}

interface CancelTaskPorts {
  stores: { tasks: Pick<TaskStore, 'cancelKeepingTransfer'> }
  encryptor: Pick<Encryptor, 'sign' | 'signatures'>
}

interface CanceledTask {
  task: Task
  resumeData: string | null
  /** When there is none. */
  reason: ResumeDataUnavailableReason | null
}

/**
 * Apple's cancel(byProducingResumeData:): the parts are kept for a task made of the resume data. Repeating it returns
 * the same resume data for as long as they are kept. Throws `not_found`, `task_already_ended`.
 */
export async function cancelProducingResumeData(
  { stores, encryptor }: CancelTaskPorts,
  tenantId: string,
  id: string,
): Promise<CanceledTask> {
  const { task, kept } = inTime(await stores.tasks.cancelKeepingTransfer(tenantId, id))
  if (typeof kept === 'string') return { task, resumeData: null, reason: kept }
  return { task, resumeData: writeResumeData(encryptor, tenantId, kept), reason: null }
}

function inTime<Result>(result: Result | 'not_found' | 'ended'): Result {
  if (result === 'not_found') throw notFound('task')
  if (result === 'ended') throw new AppError('task_already_ended', 'The task has already ended, and that is final.')
  return result
}
