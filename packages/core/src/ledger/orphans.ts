import type { Sql } from '../database/database.ts'
import type { OrphanedObject } from '../files/rules/orphaned-object.ts'
import type { TaskRow } from './task-row.ts'

/** The row's orphaned objects and these, as JSON for the column `garbage`. */
export function withOrphans(row: Pick<TaskRow, 'garbage'>, ...more: OrphanedObject[]): string {
  return JSON.stringify([...(row.garbage ?? []), ...more])
}

export async function recordOrphans(tx: Sql, taskId: string, more: readonly OrphanedObject[]): Promise<void> {
  if (more.length === 0) return
  await tx.run("update task set garbage = coalesce(garbage, '[]') || $2 where id = $1", [taskId, JSON.stringify(more)])
}

/** What an unfinished transfer leaves in storage: an object or an upload, even one whose id was never recorded. */
export function orphansOf(transfer: { key: string; uploadId: string | null } | null): OrphanedObject[] {
  if (!transfer) return []
  return [{ key: transfer.key, uploadId: transfer.uploadId }]
}

/** Forgets what a task has transferred so far; what is in storage is orphaned. */
export async function discardTransfer(tx: Sql, row: TaskRow): Promise<void> {
  if (!row.transfer) return
  await tx.run('update task set garbage = $2, transfer = null, bytes_received = 0 where id = $1', [
    row.id,
    withOrphans(row, ...orphansOf(row.transfer)),
  ])
  await tx.run('delete from transfer_part where task_id = $1', [row.id])
}
