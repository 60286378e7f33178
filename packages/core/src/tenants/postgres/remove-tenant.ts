import type { Sql } from '../../database/database.ts'
import type { OrphanedObject } from '../../files/rules/orphaned-object.ts'
import { isInFlight } from '../../ledger/in-flight.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import { orphansOf } from '../../ledger/orphans.ts'
import type { TaskRow } from '../../ledger/task-row.ts'
import { removalDelaySeconds, removalLeaseSeconds } from '../rules/tenant-state.ts'
import type { RemovableTask } from '../tenant-chores.ts'
import { lastRows, type OwnRows, ownRows, partsOfTasks } from './tenant-tables.ts'

const tasksAtOnce = 100
const rowsAtOnce = 1_000
/** Of those that others belong to: a session has a lane for each endpoint, a delivery up to ten attempts. */
const withPartsAtOnce = 200

/**
 * The one that has waited longest for its turn, so that a large tenant does not keep the others back. Not while workers have
 * tasks of it, which are being given back.
 */
export async function leaseRemoval(ledger: Ledger): Promise<string | null> {
  const row = await ledger.first<{ id: string }>(
    `update tenant set lease_until = clock_timestamp() + interval '${removalLeaseSeconds} seconds'
     where id = (
       select n.id from lane q join tenant n on n.id = q.tenant_id
       where q.resting and n.state = 'deleting' and (n.lease_until is null or n.lease_until < clock_timestamp())
         and n.state_since < clock_timestamp() - interval '${removalDelaySeconds} seconds'
         and not exists (select from task t where t.tenant_id = n.id and ${isInFlight('t')} offset 0)
       order by n.lease_until nulls first, n.id limit 1 for update of n skip locked)
     returning id`,
  )
  return row?.id ?? null
}

export async function releaseRemoval(ledger: Ledger, tenantId: string): Promise<void> {
  await ledger.run('update tenant set lease_until = clock_timestamp() where id = $1', [tenantId])
}

export async function listRemovableTasks(sql: Sql, tenantId: string): Promise<RemovableTask[]> {
  const rows = await sql.many<Pick<TaskRow, 'id' | 'transfer' | 'garbage' | 'fileKey'> & { claimed: string[] }>(
    `select t.id, t.transfer, t.garbage, t.file_key,
       array(select f.key from file_key f where f.task_id = t.id order by f.key) as claimed
     from task t where t.tenant_id = $1 and not (${isInFlight('t')}) order by t.id limit $2`,
    [tenantId, tasksAtOnce],
  )
  return rows.map((row) => ({ taskId: row.id, objects: objectsOf(row) }))
}

/** All that may lie in storage for the task; what was removed before is harmless. */
function objectsOf(row: Pick<TaskRow, 'transfer' | 'garbage' | 'fileKey'> & { claimed: string[] }): OrphanedObject[] {
  const keys = [...(row.fileKey === null ? [] : [row.fileKey]), ...row.claimed]
  return [...orphansOf(row.transfer), ...((row.garbage ?? []) as OrphanedObject[]), ...keys.map((key) => ({ key }))]
}

/** Tasks whose objects have been removed, and all that belongs to them; how many. */
export function removeTasks(ledger: Ledger, tenantId: string, taskIds: readonly string[]): Promise<number> {
  return ledger.transaction(async (tx) => {
    const rows = await tx.many<{ id: string }>(
      `select t.id from task t where t.id = any($1) and t.tenant_id = $2 and not (${isInFlight('t')})
       order by t.id for update skip locked`,
      [taskIds, tenantId],
    )
    const ids = rows.map(({ id }) => id)
    await removeParts(tx, partsOfTasks, ids)
    return tx.run('delete from task where id = any($1)', [ids])
  })
}

/** Rows of the first table that has some, a bounded number; how many. 0: no table has any. */
export async function removeRows(ledger: Ledger, tenantId: string): Promise<number> {
  for (const rows of ownRows) {
    const removed = await ledger.transaction((tx) => removeSome(tx, rows, tenantId))
    if (removed > 0) return removed
  }
  return 0
}

async function removeSome(tx: Tx, { table, column, parts }: OwnRows, tenantId: string): Promise<number> {
  const [part] = parts
  const chosen = (columns: string) =>
    `select ${columns} from ${table} where ${column} = $1 limit $2 for update skip locked`
  if (part === undefined)
    return tx.run(`delete from ${table} where ctid = any(array(${chosen('ctid')}))`, [tenantId, rowsAtOnce])
  const rows = await tx.many<{ id: string }>(chosen(`${part.of} as id`), [tenantId, withPartsAtOnce])
  const ids = rows.map(({ id }) => id)
  await removeParts(tx, parts, ids)
  return tx.run(`delete from ${table} where ${part.of} = any($1)`, [ids])
}

async function removeParts(tx: Tx, parts: OwnRows['parts'], ids: readonly string[]): Promise<void> {
  for (const { table, column, where } of parts)
    await tx.run(`delete from ${table} where ${column} = any($1) ${where === undefined ? '' : `and ${where}`}`, [ids])
}

/** The tenant itself, when nothing else of it is left; false: something is, or it is gone already. */
export function removeTenant(ledger: Ledger, tenantId: string): Promise<boolean> {
  return ledger.transaction(async (tx) => {
    // Behind these locks nobody adds anything, and what was added before is seen.
    for (const table of lastRows) await tx.run(`select 1 from ${table} where tenant_id = $1 for update`, [tenantId])
    await tx.run('select 1 from tenant where id = $1 for update', [tenantId])
    const anyOf = [{ table: 'task', column: 'tenant_id' }, ...ownRows].map(
      ({ table, column }) => `exists (select from ${table} where ${column} = $1)`,
    )
    const left = await tx.first<{ some: boolean }>(`select ${anyOf.join(' or ')} as some`, [tenantId])
    if (left!.some) return false
    for (const table of lastRows) await tx.run(`delete from ${table} where tenant_id = $1`, [tenantId])
    return (await tx.run("delete from tenant where id = $1 and state = 'deleting'", [tenantId])) > 0
  })
}
