import type { ObjectStore } from '@backhaul/transfer/storage'
import { removalLeaseSeconds } from './rules/tenant-state.ts'
import type { RemovableTask, TenantChores } from './tenant-chores.ts'

interface RemoveTenantsPorts {
  stores: { tenants: Omit<TenantChores, 'giveBackResting'> }
  objects: Pick<ObjectStore, 'abort' | 'remove' | 'removeBelow'>
  nowMs(): number
}

/** So long a call works at most, give or take a step: then the next tenant has its turn. */
const workMs = 2_000
/** Objects and uploads that a step removes without knowing of them, at most of each. */
const unknownAtOnce = 100

/**
 * Removes what a tenant that is being deleted has, in steps that can each be repeated: its tasks, a batch at a time, first
 * from storage and then from the database; its other rows; what else lies below its prefix in storage; the tenant.
 * Resolves with `more` when there was more to do.
 */
export async function removeTenants(ports: RemoveTenantsPorts): Promise<'more' | null> {
  const { stores, nowMs } = ports
  const tenantId = await stores.tenants.leaseRemoval()
  if (tenantId === null) return null
  const startedMs = nowMs()
  let isMore = true
  while (isMore && nowMs() - startedMs < workMs) isMore = await removeSome(ports, tenantId, startedMs)
  await stores.tenants.releaseRemoval(tenantId)
  return isMore ? 'more' : null
}

/** One step; whether there may be another. */
async function removeSome(ports: RemoveTenantsPorts, tenantId: string, startedMs: number): Promise<boolean> {
  const { stores, objects } = ports
  const tasks = await stores.tenants.listRemovableTasks(tenantId)
  if (tasks.length > 0) {
    const cleared = await removeObjects(ports, tasks, startedMs + (removalLeaseSeconds * 1000) / 2)
    return (await stores.tenants.removeTasks(tenantId, cleared)) > 0
  }
  if ((await stores.tenants.removeRows(tenantId)) > 0) return true
  // What no row tells of: a process that was stopped for long, or a crash in the middle of a move, may have left it.
  if ((await objects.removeBelow(tenantId, unknownAtOnce)) > 0) return true
  await stores.tenants.removeTenant(tenantId)
  return false
}

/** The tasks of which nothing is in storage any more. Well before the lease ends, it stops. */
async function removeObjects(
  { objects, nowMs }: RemoveTenantsPorts,
  tasks: readonly RemovableTask[],
  untilMs: number,
): Promise<string[]> {
  const cleared: string[] = []
  for (const { taskId, objects: theirs } of tasks) {
    for (const { key, uploadId } of theirs) {
      if (nowMs() > untilMs) return cleared
      if (uploadId !== undefined) await objects.abort({ key, uploadId })
      await objects.remove(key)
    }
    cleared.push(taskId)
  }
  return cleared
}
