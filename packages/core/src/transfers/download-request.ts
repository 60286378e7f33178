import type { DownloadRequest } from '@backhaul/transfer'
import type { Lease } from '../tasks/rules/lease.ts'
import type { TransferJob } from './transfer-store.ts'

/** The engine's request for a task, with its session's configuration. */
export function downloadRequest({ task, configuration }: TransferJob, { epoch }: Lease): DownloadRequest {
  return {
    url: task.request.url,
    headers: mergeHeaders(configuration.httpAdditionalHeaders, task.request.headers),
    connectionScope: task.tenantId,
    key: generationKey(task, epoch),
    idleTimeoutMs: configuration.timeoutIntervalForRequest * 1000,
    statusPolicy: configuration.httpStatusPolicy,
    resumeWithoutValidator: configuration.resumeWithoutValidator,
    contentDecoding: configuration.contentDecoding,
    expected: task.expected,
    maximumBytes: task.maximumBytes,
  }
}

/** The object key of a generation that begins in this epoch: a stopped process still writes to another key. */
export function generationKey({ tenantId, id }: Pick<TransferJob['task'], 'tenantId' | 'id'>, epoch: number): string {
  return `${tenantId}/tasks/${id}/${epoch}`
}

/** SQL: the same, from the columns of a row of `task`. */
export function generationKeySql(task: string): string {
  return `${task}.tenant_id || '/tasks/' || ${task}.id || '/' || ${task}.epoch`
}

/** Session headers first; a task's header of the same name replaces one, ignoring case. */
function mergeHeaders(session: Record<string, string>, task: Record<string, string>): Record<string, string> {
  const own = new Set(Object.keys(task).map((name) => name.toLowerCase()))
  const rest = Object.entries(session).filter(([name]) => !own.has(name.toLowerCase()))
  return { ...Object.fromEntries(rest), ...task }
}
