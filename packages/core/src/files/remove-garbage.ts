import type { ObjectStore } from '@backhaul/transfer/storage'
import type { FileChores } from './file-chores.ts'
import { garbageLeaseSeconds } from './rules/garbage.ts'

interface RemoveGarbagePorts {
  stores: { files: Pick<FileChores, 'leaseGarbage' | 'clearGarbage'> }
  objects: Pick<ObjectStore, 'abort' | 'remove'>
  nowMs(): number
}

/** Removes objects and uploads from storage that no task needs, some at a time. */
export async function removeGarbage({ stores, objects, nowMs }: RemoveGarbagePorts): Promise<void> {
  const leased = await stores.files.leaseGarbage()
  // Well before the lease ends: what another sweeper has freed may hold a new file by then.
  const until = nowMs() + (garbageLeaseSeconds * 1000) / 2
  for (const { taskId, garbage } of leased) {
    for (const { key, uploadId } of garbage) {
      if (nowMs() > until) return
      if (uploadId !== undefined) await objects.abort({ key, uploadId })
      await objects.remove(key)
    }
    await stores.files.clearGarbage(taskId, garbage)
  }
}
