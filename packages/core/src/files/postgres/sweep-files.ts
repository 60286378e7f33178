import { isAged } from '../../database/aged.ts'
import type { Database } from '../../database/database.ts'
import { inTurn } from '../../database/in-turn.ts'
import { appendEvents } from '../../ledger/append-events.ts'
import { tellTenant } from '../../ledger/append-tenant-event.ts'
import { countUsage } from '../../ledger/count-usage.ts'
import { isUndelivered, isWantedSql } from '../../ledger/event-filter.ts'
import { orphansAtClaimedKeys } from '../../ledger/file-keys.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import { recordOrphans, withOrphans } from '../../ledger/orphans.ts'
import { isResting } from '../../ledger/resting.ts'
import { lockSession } from '../../ledger/session-lock.ts'
import type { TaskRow } from '../../ledger/task-row.ts'
import { type OrphanedObject, orphanLeaseSeconds } from '../rules/orphaned-object.ts'

const atOnce = 100

/** Files whose lease has ended, looked at once; those with undelivered completions stay, however many they are. */
const filesLookedAtOnce = 1_000

/**
 * SQL: the client has not acknowledged the events of the task's completion, or has not returned from their wake. After
 * so many days ($2) it never will.
 */
const undelivered = `exists (
  select 1 from event e join session s on s.id = e.session_id join endpoint p on p.id = s.endpoint_id
    left join delivery d on d.event_id = e.id
  where e.task_id = task.id and e.type in ('task.finished_downloading', 'task.completed')
    and not ${isAged('e.created_at', '$2')}
    and (e.held and ${isWantedSql('p.event_types', 'e.type')} or d.state = 'pending' or ${isUndelivered('d')}
      or s.configuration ->> 'fileRetention' = 'untilReturn'
        and exists (select 1 from wake w where w.id = e.wake_id and w.state = 'open'))
  offset 0)`

/** The file that was looked at last. */
export interface LookedAtFile {
  id: string
  leaseEndedAt: Date
}

/**
 * Expires temporary files whose lease has ended, never while their completion is undelivered or
 * their tenant rests. The sweeper of orphaned
 * objects removes the bytes. Some are looked at, in the order of their ends, from behind `after` on; `last`: where to
 * go on, or null after the last of all.
 */
export async function expireFiles(
  ledger: Ledger,
  eventRetentionDays: number,
  after: LookedAtFile | null,
): Promise<{ expired: number; last: LookedAtFile | null }> {
  // Each is looked up by itself (`offset 0`): a join could read all events.
  const looked = await ledger.many<LookedAtFile & { stays: boolean }>(
    `select id, lease_ended_at, ${isResting('task.tenant_id')} or ${undelivered} as stays from (
       select id, tenant_id, file_lease_expires_at as lease_ended_at from task
       where file_state = 'temporary' and file_lease_expires_at <= statement_timestamp()
         and (file_lease_expires_at, id) > (coalesce($3::timestamptz, '-infinity'), coalesce($4, ''))
       order by file_lease_expires_at, id limit $1) task
     order by lease_ended_at, id`,
    [filesLookedAtOnce, eventRetentionDays, after?.leaseEndedAt ?? null, after?.id ?? null],
  )
  const ended = looked.filter((file) => !file.stays).slice(0, atOnce)
  await inTurn(
    ended.map(
      ({ id }) =>
        () =>
          expireFile(ledger, id),
    ),
  )
  const last = ended.length === atOnce ? ended.at(-1)! : looked.length < filesLookedAtOnce ? null : looked.at(-1)!
  return { expired: ended.length, last }
}

function expireFile(ledger: Ledger, id: string): Promise<void> {
  return ledger.transaction(async (tx) => {
    const row = await tx.first<TaskRow>(
      `select * from task where id = $1 and file_state = 'temporary' and file_lease_expires_at <= clock_timestamp()
         for update`,
      [id],
    )
    if (row) await endFile(tx, row)
  })
}

/** Expires a file whose bytes are not in storage, whatever its lease is; false when it has ended, or lies at another key. */
export function endLostFile(ledger: Ledger, id: string, key: string): Promise<boolean> {
  return ledger.transaction(async (tx) => {
    const row = await tx.first<TaskRow>(
      "select * from task where id = $1 and file_key = $2 and file_state in ('temporary', 'permanent') for update",
      [id, key],
    )
    if (row) await endFile(tx, row)
    return row !== null
  })
}

/** The task's row is locked. */
async function endFile(tx: Tx, row: TaskRow): Promise<void> {
  const { id } = row
  const orphans = withOrphans(row, { key: row.fileKey! })
  await tx.run("update task set file_state = 'expired', garbage = $2 where id = $1", [id, orphans])
  await recordOrphans(tx, id, await orphansAtClaimedKeys(tx, id, row.fileKey))
  const session = await lockSession(tx, row.sessionId)
  const event = { type: 'file.expired', taskId: id, data: { taskId: id } } as const
  const usage = { storedBytes: -row.fileBytes! }
  if (session.row.state !== 'invalidated') return appendEvents(tx, session, [event], { usage })
  // session.invalidated is the last event of a session.
  await tellTenant(tx, row.tenantId, event)
  await countUsage(tx, row.tenantId, usage)
}

/**
 * Leases orphaned objects to one sweeper. An unended task's are left, and a canceled one's for a while: its worker may
 * still be writing. While an orphaned object lies at a key, no file is moved to it (file-leases.ts), so that a sweeper
 * never removes a newer file of the same key.
 */
export async function leaseOrphans(database: Database): Promise<{ taskId: string; orphans: OrphanedObject[] }[]> {
  const rows = await database.many<{ id: string; garbage: unknown }>(
    `update task set garbage_lease_until = clock_timestamp() + interval '${orphanLeaseSeconds} seconds'
     where id in (
       select id from task where garbage is not null and ended_at is not null
         and (state = 'completed' or ended_at < clock_timestamp() - interval '20 seconds')
         and (garbage_lease_until is null or garbage_lease_until < clock_timestamp())
       limit $1 for update skip locked)
     returning id, garbage`,
    [atOnce],
  )
  return rows.map(({ id, garbage }) => ({ taskId: id, orphans: garbage as OrphanedObject[] }))
}
