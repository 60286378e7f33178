import { objectKeyRule } from '@backhaul/transfer/rules'
import type { ObjectStore } from '@backhaul/transfer/storage'
import { AppError, found, notFound } from '../kernel/rules/errors.ts'
import type { TaskFile } from '../tasks/rules/task.ts'
import type { TaskStore } from '../tasks/task-store.ts'
import type { FileStore } from './file-store.ts'
import { fileThere } from './link-file.ts'
import { clientFileKey } from './rules/client-file-key.ts'

interface MoveFilePorts {
  stores: { tasks: Pick<TaskStore, 'findTask'>; files: FileStore }
  objects: Pick<ObjectStore, 'copy' | 'remove'>
}

/**
 * Puts the file at the client's key under the tenant's prefix, for good. The key is claimed, then the copy comes, and
 * the old object is recorded as orphaned in the transaction that names the new one, so that a crash in between loses
 * nothing and the call can be repeated. Throws `not_found`, `invalid_request`, `file_not_available`, `file_gone`,
 * `file_key_taken`.
 */
export async function moveFile(
  { stores, objects }: MoveFilePorts,
  tenantId: string,
  id: string,
  clientKey: string,
): Promise<TaskFile> {
  const task = found('task', await stores.tasks.findTask(tenantId, id))
  const key = clientFileKey(tenantId, clientKey)
  if (key === null) throw notAKey()
  const file = fileThere(task)
  if ((await stores.files.claimFileKey(id, key)) === 'taken') throw keyTaken()
  if (file.key !== key && !(await objects.copy(file.key, key))) {
    await stores.files.releaseFileKey(id, key)
    throw keyTaken()
  }
  const result = await stores.files.changeFile(tenantId, id, { kind: 'moved', key })
  if (result === 'not_found') throw notFound('task')
  // The sweeper is removing the object at that key, and our copy with it.
  if (result === 'key_taken') throw keyTaken()
  // Released in the meantime: the copy would never be found. Only our own copy can be at the key, or `copy` had
  // refused.
  if (result.kind === 'refused' && file.key !== key) {
    await objects.remove(key)
    await stores.files.releaseFileKey(id, key)
  }
  return fileThere(result.task)
}

function keyTaken(): AppError {
  return new AppError('file_key_taken', 'Another file is at that key, or was until a moment ago.')
}

function notAKey(): AppError {
  const detail = objectKeyRule
  return new AppError('invalid_request', detail, { errors: [{ pointer: '/key', code: 'format', detail }] })
}
