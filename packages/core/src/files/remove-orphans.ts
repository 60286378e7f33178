import type { ObjectStore } from '@backhaul/transfer/storage'
import type { FileChores } from './file-chores.ts'
import { orphanLeaseSeconds } from './rules/orphaned-object.ts'

interface RemoveOrphansPorts {
  stores: { files: Pick<FileChores, 'leaseOrphans' | 'clearOrphans'> }
  objects: Pick<ObjectStore, 'abort' | 'remove'>
  nowMs(): number
}

/** Removes objects and uploads from storage that no task needs, some at a time. */
export async function removeOrphans({ stores, objects, nowMs }: RemoveOrphansPorts): Promise<void> {
  const leased = await stores.files.leaseOrphans()
  // Well before the lease ends: a key that another sweeper has freed may hold a new file by then.
  const until = nowMs() + (orphanLeaseSeconds * 1000) / 2
  for (const { taskId, orphans } of leased) {
    for (const { key, uploadId } of orphans) {
      if (nowMs() > until) return
      if (uploadId !== undefined) await objects.abort({ key, uploadId })
      await objects.remove(key)
    }
    await stores.files.clearOrphans(taskId, orphans)
  }
}
