import type { EgressPolicy } from '@backhaul/transfer/rules'
import { checkUrl } from '@backhaul/transfer/rules'
import { AppError, notFound, type ProblemCode, type RequestError } from '../kernel/rules/errors.ts'
import type { Task } from './rules/task.ts'
import type { TaskChange, TaskStore } from './task-store.ts'
import { checkMetadata } from './validate-task.ts'

interface ChangeTaskPorts {
  stores: { tasks: Pick<TaskStore, 'changeTask'> }
  egress: EgressPolicy
}

/**
 * Changes the members of a task that may change. A new URL passes every check of the first and is tried at once. Throws
 * `not_found`, `task_already_ended` (only for a URL), `unsupported_url`, `destination_denied`, `invalid_request`.
 */
export async function changeTask(
  { stores, egress }: ChangeTaskPorts,
  tenantId: string,
  id: string,
  given: Omit<TaskChange, 'url'> & { url?: string | undefined },
): Promise<Task> {
  const url = given.url === undefined ? undefined : checkUrl(given.url, egress)
  const errors: RequestError[] = checkMetadata(given.metadata)
  if (url && 'code' in url) errors.push({ pointer: '/url', ...url })
  if (errors.length > 0 || (url && 'code' in url)) throw refusal(errors)
  const result = await stores.tasks.changeTask(tenantId, id, { ...given, url })
  if (result === 'not_found') throw notFound('task')
  if (result === 'ended') throw new AppError('task_already_ended', 'The task has ended: its URL is used no more.')
  return result
}

function refusal(errors: RequestError[]): AppError {
  const url = errors.length === 1 && errors[0]!.pointer === '/url'
  const code = url ? (errors[0]!.code as ProblemCode) : 'invalid_request'
  return new AppError(code, errors[0]!.detail, { errors })
}
