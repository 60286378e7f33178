import type { StoredFile } from '@backhaul/transfer'
import type { ObjectStore } from '@backhaul/transfer/storage'
import { clientFileKey } from '../files/rules/client-file-key.ts'
import type { TransferJob } from './transfer-store.ts'

/**
 * Copies a finished file to its destination key, which the task has claimed; the transaction that completes the task
 * gets both keys. After a crash in between, the next worker copies again, which is harmless. When storage has something
 * at the key that is not ours, the file stays where it is. Throws StorageUnavailable, and the signal's reason.
 */
export async function placeFile(
  { objects }: { objects: Pick<ObjectStore, 'copy'> },
  { task: { tenantId, destinationKey } }: TransferJob,
  stored: StoredFile,
  signal: AbortSignal,
): Promise<StoredFile> {
  const key = destinationKey === null ? null : clientFileKey(tenantId, destinationKey)
  if (key === null || !(await objects.copy(stored.file.key, key, signal))) return stored
  return { ...stored, file: { ...stored.file, key }, alsoAt: stored.file.key }
}
