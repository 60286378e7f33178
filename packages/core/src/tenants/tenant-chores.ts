import type { OrphanedObject } from '../files/rules/orphaned-object.ts'

/** A task of a tenant that is being deleted, and all that may lie in storage for it. */
export interface RemovableTask {
  taskId: string
  objects: OrphanedObject[]
}

export interface TenantChores {
  /** Takes tasks from workers that are still at work for tenants that rest; normally there are none. How many. */
  giveBackResting(): Promise<number>
  /**
   * A tenant that is being deleted, leased to the caller for {@link removalLeaseSeconds}, no sooner than
   * {@link removalDelaySeconds} after that began. null: there is none.
   */
  leaseRemoval(): Promise<string | null>
  /** The lease ends, and others have their turn. */
  releaseRemoval(tenantId: string): Promise<void>
  /** Some of its tasks, none of which a worker has. */
  listRemovableTasks(tenantId: string): Promise<RemovableTask[]>
  /** Forgets tasks whose objects have been removed; how many. */
  removeTasks(tenantId: string, taskIds: readonly string[]): Promise<number>
  /** Removes some of its other rows; how many. 0: there are none. */
  removeRows(tenantId: string): Promise<number>
  /** Removes the tenant itself; false: something of it is left. */
  removeTenant(tenantId: string): Promise<boolean>
}
