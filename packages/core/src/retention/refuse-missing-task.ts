import { AppError } from '../kernel/rules/errors.ts'
import type { RetentionStore } from './retention-store.ts'

interface Ports {
  stores: { retention: Pick<RetentionStore, 'isGone'> }
}

/**
 * The refusal for a task that is not there, given `refusal`, which some use case threw for it: `task_gone` if it is known
 * that there was one, else that refusal.
 */
export async function refuseMissingTask(
  { stores }: Ports,
  tenantId: string,
  taskId: string,
  refusal: AppError,
): Promise<AppError> {
  if (refusal.code !== 'not_found' || !(await stores.retention.isGone(tenantId, taskId))) return refusal
  return new AppError('task_gone', 'The task ended long ago and is not kept any more.')
}
