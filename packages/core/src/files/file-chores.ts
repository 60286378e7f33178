import type { OrphanedObject } from './rules/orphaned-object.ts'

export interface FileChores {
  /** Expires temporary files whose lease has ended and whose completion has been delivered. */
  expireFiles(): Promise<number>
  /** Tasks with orphaned objects, some at a time, leased to the caller for {@link orphanLeaseSeconds}. */
  leaseOrphans(): Promise<{ taskId: string; orphans: OrphanedObject[] }[]>
  clearOrphans(taskId: string, orphans: OrphanedObject[]): Promise<void>
}
