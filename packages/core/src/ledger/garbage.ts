import type { Sql } from '../database/database.ts'
import type { Garbage } from '../files/rules/garbage.ts'
import type { TaskRow } from './task-row.ts'

/** The row's garbage with more of it, as the JSON that goes into the column. */
export function toGarbage(row: Pick<TaskRow, 'garbage'>, ...more: Garbage[]): string {
  return JSON.stringify([...(row.garbage ?? []), ...more])
}

export async function addGarbage(tx: Sql, taskId: string, more: readonly Garbage[]): Promise<void> {
  if (more.length === 0) return
  await tx.run("update task set garbage = coalesce(garbage, '[]') || $2 where id = $1", [taskId, JSON.stringify(more)])
}

/** What an unfinished transfer leaves in storage: an object or an upload, even one whose id was not written down any more. */
export function orphansOf(transfer: { key: string; uploadId: string | null } | null): Garbage[] {
  if (!transfer) return []
  return [{ key: transfer.key, uploadId: transfer.uploadId }]
}

/** Forgets what a task has transferred so far; what is in storage becomes garbage. */
export async function discardTransfer(tx: Sql, row: TaskRow): Promise<void> {
  if (!row.transfer) return
  await tx.run('update task set garbage = $2, transfer = null, bytes_received = 0 where id = $1', [
    row.id,
    toGarbage(row, ...orphansOf(row.transfer)),
  ])
  await tx.run('delete from transfer_part where task_id = $1', [row.id])
}
