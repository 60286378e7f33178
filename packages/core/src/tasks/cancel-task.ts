import { AppError, notFound } from '../kernel/rules/errors.ts'
import type { Sealer } from '../kernel/sealer.ts'
import type { ResumeDataUnavailableReason } from './rules/resume-data-unavailable.ts'
import { writeResumeData } from './rules/resume-token.ts'
import type { Task } from './rules/task.ts'
import type { TaskStore } from './task-store.ts'

export interface CancelTaskPorts {
  store: Pick<TaskStore, 'cancelKeepingTransfer'>
  sealer: Pick<Sealer, 'sign'>
}

export interface CanceledTask {
  task: Task
  resumeData: string | null
  /** When there is none. */
  reason: ResumeDataUnavailableReason | null
}

/**
 * Apple's cancel(byProducingResumeData:): what was received is kept for a task made of the resume data. Repeating it gives
 * the same answer for as long as it is kept. Throws `not_found`, `task_already_ended`.
 */
export async function cancelProducingResumeData(
  { store, sealer }: CancelTaskPorts,
  tenantId: string,
  id: string,
): Promise<CanceledTask> {
  const result = await store.cancelKeepingTransfer(tenantId, id)
  if (result === 'not_found') throw notFound('task')
  if (result === 'ended') throw new AppError('task_already_ended', 'The task has already ended, and that is final.')
  const { task, kept } = result
  if (typeof kept === 'string') return { task, resumeData: null, reason: kept }
  return { task, resumeData: writeResumeData(sealer, tenantId, kept), reason: null }
}
