// Names of columns only, without the client.
import { Prisma } from '../../database/generated/browser.ts'
import { announce } from '../../database/notify.ts'
import { currentTraceparent } from '../../kernel/tracing.ts'
import { countingUsage, type TenantTotals, usageParameter } from '../../ledger/count-usage.ts'
import { claimDestinations } from '../../ledger/file-keys.ts'
import { isKnownSession } from '../../ledger/find-session.ts'
import type { Tx } from '../../ledger/ledger.ts'
import { admitTasks, type TaskAdmission } from '../../ledger/limiter-row.ts'
import { limitOf } from '../../ledger/limits-sql.ts'
import { notingStates } from '../../ledger/notify-live.ts'
import { snakeCase } from '../../ledger/patch.ts'
import { requireRoomForTasks } from '../../ledger/quota-room.ts'
import { completeLock, type LockedSession } from '../../ledger/session-lock.ts'
import type { SessionRow } from '../../ledger/session-row.ts'
import { encryptRequest, type JoinedTaskRow, taskWith } from '../../ledger/task-row.ts'
import { waitingColumn, waitingJoins } from '../../ledger/waiting-reasons-sql.ts'
import type { CreatedTasks, NewTask, SessionOfTasks } from '../task-store.ts'
import { newTaskColumnList, newTaskColumnTypes, newTaskRecords, type PlannedTask } from './new-task-columns.ts'
import { planNewTasks } from './plan-start.ts'
import { handOver, lockKeptTransfers } from './resume-handover.ts'

/** Creates all or none. The locks are taken in the one order: kept tasks, session, keys, limiter. */
export async function insertTasks(
  tx: Tx,
  tenantId: string,
  given: SessionOfTasks,
  tasks: readonly NewTask[],
): Promise<CreatedTasks> {
  const handovers = await lockKeptTransfers(tx, tenantId, tasks)
  const session = await lockActiveSession(tx, tenantId, given)
  if (typeof session === 'string') return session
  await claimDestinations(tx, tenantId, tasks)
  const admission = await admitTasks(tx, tenantId, tasks)
  const planned = await planAll(tx, session, admission, tasks)
  const rows = await insertRows(tx, session, admission, planned)
  const resumed = await handOver(tx, handovers)
  // Of several, their session is named: so many ids would be more than the rest of the row.
  tx.changed(tasks.length === 1 ? { target: tasks[0]!.id } : {})
  await announce(tx, 'work')
  const sessionIdentifier = session.row.identifier
  return rows
    .toSorted((a, b) => a.taskIdentifier - b.taskIdentifier)
    .map((row, n) => taskWith(tasks[n]!.request, { ...row, ...resumed.get(row.id), sessionIdentifier }, tx.encryptor))
}

async function lockActiveSession(
  tx: Tx,
  tenantId: string,
  given: SessionOfTasks,
): Promise<LockedSession | 'invalidated' | 'not_found'> {
  const [column, value] = typeof given === 'string' ? (['identifier', given] as const) : (['id', given.id] as const)
  const row = await tx.first<SessionRow>(
    `select * from session where tenant_id = $1 and ${column} = $2 and state <> 'invalidated' for update`,
    [tenantId, value],
  )
  if (!row) return (await isKnownSession(tx, tenantId, column, value)) ? 'invalidated' : 'not_found'
  return row.state === 'active' ? completeLock(tx, row) : 'invalidated'
}

async function planAll(
  tx: Tx,
  { row, configuration }: LockedSession,
  admission: TaskAdmission,
  tasks: readonly NewTask[],
): Promise<PlannedTask[]> {
  const starts = await planNewTasks(tx, row.tenantId, configuration, tasks, admission)
  const { now, gates, delaySeconds } = admission
  const traceparent = currentTraceparent()
  const asks = configuration.delegateDecisions.includes('delayedRequest')
  return tasks.map((task, n) => {
    const gatedUntil = gates[n]!
    return {
      ...starts[n]!,
      task,
      number: row.lastTaskIdentifier + n + 1,
      gatedUntil,
      gateDelaySeconds: gatedUntil && delaySeconds,
      now,
      traceparent,
      asksBeforeBegin: asks && task.earliestBeginDate !== null && task.earliestBeginDate > now,
    }
  })
}

type InsertedRow = Omit<JoinedTaskRow, 'requestSealed' | 'sessionIdentifier'>

/** In no order. Throws `quota_exceeded`: then nothing is created. */
async function insertRows(
  tx: Tx,
  { row }: LockedSession,
  { now, clientIn }: TaskAdmission,
  planned: readonly PlannedTask[],
): Promise<InsertedRow[]> {
  const requests = planned.map(({ task }) => encryptRequest(tx.encryptor, task.id, task.request))
  const records = newTaskRecords(planned).map((record, n) =>
    Object.assign(record, { request_bytes: requests[n]!.byteLength }),
  )
  const rows = await tx.many<InsertedRow>(insertSql, [
    row.tenantId,
    row.id,
    clientIn,
    now,
    JSON.stringify(records),
    Buffer.concat(requests),
  ])
  const created = planned.length
  const totals = await tx.first<TenantTotals & { maximum: number | null }>(numberingSql, [
    row.id,
    created,
    row.tenantId,
    now,
    usageParameter({ liveTasks: created, tasksCreated: created }),
  ])
  await requireRoomForTasks(tx, row.tenantId, created, totals!)
  return rows
}

/** The totals are locked until the commit, therefore as late as possible and not with the insertion. */
const numberingSql = `
  with numbered as (
    update session set last_task_identifier = last_task_identifier + $2 where id = $1 returning id
  ), ${countingUsage({ tenant: '$3', at: '$4::timestamptz', change: '$5::int8[]' })}
  select live_tasks, stored_bytes, (${limitOf('n.limits', 'maximumTasksWaiting')})::float8 as maximum
  from total join tenant n on n.id = total.tenant_id`

/** But for the request, which is most of a row and known already. */
const returned = Object.keys(Prisma.TaskScalarFieldEnum)
  .filter((field) => field !== 'requestSealed')
  .map((field) => `t.${snakeCase(field)}`)
  .join(', ')

/** The sealed requests come as one text of bytes, in the order of the tasks' numbers. */
const insertSql = `
  with given as (
    select g.*, substr($6::bytea,
      1 + (sum(request_bytes) over (order by task_identifier) - request_bytes)::int, request_bytes) as request_sealed
    from jsonb_to_recordset($5::jsonb) as g(request_bytes int, ${newTaskColumnTypes})
  ), inserted as (
    insert into task (tenant_id, session_id, created_in, created_at, request_sealed, ${newTaskColumnList})
    select $1, $2, $3, $4, request_sealed, ${newTaskColumnList} from given returning *
  ), noted as (
    ${notingStates('inserted')}
  )
  select ${returned}, ${waitingColumn}
  from inserted t cross join (select count(*) from noted) as noted ${waitingJoins('$1')}`
