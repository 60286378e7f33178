import { codingToServe } from '@backhaul/transfer/rules'
import type { ObjectStore } from '@backhaul/transfer/storage'
import { AppError, found } from '../kernel/rules/errors.ts'
import { type PublicTaskState, publicState, type Task, type TaskFile } from '../tasks/rules/task.ts'
import type { TaskStore } from '../tasks/task-store.ts'

interface LinkFilePorts {
  stores: { tasks: Pick<TaskStore, 'findTask'> }
  objects: Pick<ObjectStore, 'link'>
}

/** Long enough to follow a redirect, short enough not to be worth passing on. */
const linkSeconds = 300

/** A short-lived link to the task's file. Throws `not_found`, `file_not_available`, `file_gone`. */
export async function linkFile({ stores, objects }: LinkFilePorts, tenantId: string, id: string): Promise<string> {
  const task = found('task', await stores.tasks.findTask(tenantId, id))
  const file = fileThere(task)
  return objects.link(file.key, {
    expiresInSeconds: linkSeconds,
    filename: task.response?.suggestedFilename ?? 'download',
    mimeType: task.response?.mimeType ?? 'application/octet-stream',
    contentEncoding: task.response && codingToServe(task.response),
  })
}

const noFile: Record<PublicTaskState, string> = {
  suspended: 'The task is suspended: it has a file once it has been resumed and has completed.',
  waiting: 'The task waits and has no file yet: waitingFor says why.',
  running: 'The file is still on its way.',
  completed: 'The task has completed without a file.',
  failed: 'The task has failed, so it will never have a file: its error says why. Retry it: POST /v1/tasks/{id}/retry.',
  canceled: 'The task was canceled, so it will never have a file. Retry it: POST /v1/tasks/{id}/retry.',
}

/** The file of a task that still has one. Throws `file_not_available`, `file_gone`. */
export function fileThere({ file, state }: Task): TaskFile {
  if (file === null) throw new AppError('file_not_available', noFile[publicState(state)])
  if (file.state === 'released' || file.state === 'expired') {
    throw new AppError(
      'file_gone',
      `The file was ${file.state === 'released' ? 'released' : 'not kept and has expired'}.`,
    )
  }
  return file
}
