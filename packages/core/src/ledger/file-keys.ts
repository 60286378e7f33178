import type { Sql } from '../database/database.ts'
import { clientFileKey } from '../files/rules/client-file-key.ts'
import type { OrphanedObject } from '../files/rules/orphaned-object.ts'
import { type RefusedTask, TasksRefused } from '../tasks/rules/task-rejections.ts'
import { recordOrphans } from './orphans.ts'
import type { TaskRow } from './task-row.ts'

/*
 * Only the task that has claimed a client's key puts an object there. A claim is made before anything lies at the key
 * and goes when nothing does any more: with the orphaned object that is removed there. So two files never meet at one
 * key, and no sweeper removes another file than the one it was sent for.
 */

/** Claims the keys that new tasks want their files at. Throws TasksRefused when one is another task's. */
export async function claimDestinations(
  tx: Sql,
  tenantId: string,
  tasks: readonly { id: string; destinationKey: string | null }[],
): Promise<void> {
  const wanted = tasks.flatMap(({ id, destinationKey }, index) =>
    destinationKey === null ? [] : [{ id, index, key: clientFileKey(tenantId, destinationKey)! }],
  )
  if (wanted.length === 0) return
  const owners = await claim(tx, wanted)
  const refused = wanted.flatMap(({ id, index, key }): RefusedTask[] =>
    owners.get(key) === id ? [] : [{ index, why: 'fileKeyTaken' }],
  )
  if (refused.length > 0) throw new TasksRefused(refused)
}

/** The task that has each key now. In the order of the keys, so that two transactions never wait for each other. */
async function claim(tx: Sql, wanted: readonly { id: string; key: string }[]): Promise<Map<string, string>> {
  const keys = wanted.map(({ key }) => key)
  await tx.run(
    `insert into file_key (key, task_id) select key, task_id from unnest($1::text[], $2::text[])
       with ordinality as w(key, task_id, n) order by key, n on conflict do nothing`,
    [keys, wanted.map(({ id }) => id)],
  )
  const rows = await tx.many<{ key: string; taskId: string }>('select key, task_id from file_key where key = any($1)', [
    keys,
  ])
  return new Map(rows.map(({ key, taskId }) => [key, taskId]))
}

export async function claimFileKey(tx: Sql, taskId: string, key: string): Promise<'claimed' | 'taken'> {
  return (await claim(tx, [{ id: taskId, key }])).get(key) === taskId ? 'claimed' : 'taken'
}

export async function releaseFileKey(tx: Sql, taskId: string, key: string): Promise<void> {
  await tx.run('delete from file_key where task_id = $1 and key = $2', [taskId, key])
}

/**
 * Every key at which something of the task may lie, as orphaned objects. Its claims go with it (`releaseClearedKeys`).
 */
export async function orphansAtClaimedKeys(
  tx: Sql,
  taskId: string,
  but: string | null = null,
): Promise<OrphanedObject[]> {
  return tx.many<{ key: string }>(
    'select key from file_key where task_id = $1 and key is distinct from $2 order by key',
    [taskId, but],
  )
}

/** Releases the claims of keys whose orphaned objects have been removed. */
export async function releaseClearedKeys(tx: Sql, taskId: string, orphans: readonly OrphanedObject[]): Promise<void> {
  const keys = orphans.map(({ key }) => key)
  await tx.run('delete from file_key where task_id = $1 and key = any($2)', [taskId, keys])
}

/**
 * The keys of a task that ends without a file. Its worker may have been putting the file there if that was put together;
 * otherwise nothing can lie there.
 */
export async function giveUpKeys(tx: Sql, row: TaskRow): Promise<void> {
  if (row.destinationKey === null) return
  if (row.transfer?.sealed) {
    await recordOrphans(tx, row.id, await orphansAtClaimedKeys(tx, row.id))
  } else await tx.run('delete from file_key where task_id = $1', [row.id])
}

/** The file of a completed task lies at one key: its claims on others are given up, nothing of it lies there. */
export async function settleKeys(tx: Sql, { id, destinationKey, fileKey }: TaskRow): Promise<void> {
  if (destinationKey === null) return
  await tx.run('delete from file_key where task_id = $1 and key <> $2', [id, fileKey])
}
