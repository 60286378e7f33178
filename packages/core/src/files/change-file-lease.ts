import { notFound } from '../kernel/rules/errors.ts'
import type { TaskFile } from '../tasks/rules/task.ts'
import type { FileStore } from './file-store.ts'
import { fileThere } from './link-file.ts'

interface ChangeFilePorts {
  stores: { files: Pick<FileStore, 'changeFile'> }
}

/**
 * Keeps the file for good, renews its lease (seconds from now) or lets it go. Repeating one is harmless.
 * Throws `not_found`, `file_not_available`, `file_gone`.
 */
export async function changeFile(
  { stores }: ChangeFilePorts,
  tenantId: string,
  id: string,
  change: { kind: 'keep' } | { kind: 'release' } | { kind: 'renew'; seconds: number },
): Promise<TaskFile> {
  const result = await stores.files.changeFile(tenantId, id, change)
  if (result === 'not_found' || result === 'key_taken') throw notFound('task')
  const { kind, task } = result
  const releasedBefore = change.kind === 'release' && task.file?.state === 'released'
  if (task.file !== null && (kind === 'changed' || releasedBefore)) return task.file
  return fileThere(task)
}
