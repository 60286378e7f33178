import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import type { Sql } from '../../database/database.ts'
import type { Page, PageQuery } from '../../kernel/page.ts'
import { outsideRequests } from '../../kernel/request-context.ts'
import { notFound } from '../../kernel/rules/errors.ts'
import { newestSessionId, refuseUnknownSession } from '../../ledger/find-session.ts'
import type { SealingSql } from '../../ledger/ledger.ts'
import { type JoinedTaskRow, taskOf } from '../../ledger/task-row.ts'
import { isWaiting, waitingColumn, waitingJoins, waitingReasonsOf } from '../../ledger/waiting-reasons-sql.ts'
import { type PublicTaskState, publicState, storedStates, type Task, type TaskState } from '../rules/task.ts'
import { type WaitingReason, waitingReasons } from '../rules/waiting-reason.ts'
import type { TaskFilter } from '../task-store.ts'

/** A task's number in its session, as a cursor. */
const numberShape = /^\d{1,9}$/

/** In a session by its task numbers, otherwise by creation; forwards or backwards. */
export async function listTasks(
  sql: SealingSql,
  tenantId: string,
  filter: TaskFilter,
  query: PageQuery,
): Promise<Page<Task>> {
  const inSession = filter.sessionIdentifier !== undefined
  const sessionId = inSession ? await newestSessionId(sql, tenantId, filter.sessionIdentifier!) : null
  const after = decodeCursor(query.cursor, inSession ? numberShape : typeidShape)
  const { waitingFor } = filter
  const [direction, behind] = filter.newestFirst ? ['desc', '<'] : ['asc', '>']
  const order = `${inSession ? 't.task_identifier' : 't.id'} ${direction}`
  // The page first: waiting reasons are looked up only for its tasks, unless the filter needs them.
  const find = () =>
    sql.many<JoinedTaskRow>(
      `with page as materialized (
     select t.*, s.identifier as session_identifier from task t join session s on s.id = t.session_id
       ${waitingFor === undefined ? '' : waitingJoins('$1')}
     where t.tenant_id = $1
       and ${waitingFor === undefined ? '$7::text is null' : `${isWaiting} and $7 = any(${waitingReasonsOf})`}
       ${inSession ? 'and t.session_id = $2' : 'and $2::text is null'}
       and ($3::text[] is null or t.state = any($3))
       and ($4::text is null or t.host = $4 or $4 !~ ':\\d+$' and starts_with(t.host, $4 || ':'))
       ${filter.metadata ? "and t.metadata @> $8 and t.metadata <> '{}'" : ''}
       ${inSession ? `and ($5::int is null or t.task_identifier ${behind} $5)` : `and ($5::text is null or t.id ${behind} $5)`}
     order by ${order} limit $6
     )
     select t.*, ${waitingColumn} from page t ${waitingJoins('$1')} order by ${order}`,
      [
        tenantId,
        sessionId,
        filter.state ? storedStates(filter.state) : null,
        filter.host ?? null,
        after ?? null,
        query.limit + 1,
        waitingFor ?? null,
        ...(filter.metadata ? [JSON.stringify(filter.metadata)] : []),
      ],
    )
  const rows = await (filter.metadata ? visible(sql, find) : find())
  await refuseUnknownSession(sql, tenantId, filter.sessionIdentifier, rows)
  return pageOf(
    rows,
    query.limit,
    (row) => (inSession ? String(row.taskIdentifier) : row.id),
    (row): Task => taskOf(row, sql.encryptor),
  )
}

/**
 * Row-level security lets no condition on metadata use its index, since one might tell of rows that it looks at. The rows are
 * therefore found as the service, and only those that the request can see are kept.
 */
async function visible(sql: Sql, find: () => Promise<JoinedTaskRow[]>): Promise<JoinedTaskRow[]> {
  const found = await outsideRequests(find)
  const seen = await sql.many<{ id: string }>('select id from task where id = any($1)', [found.map(({ id }) => id)])
  const ids = new Set(seen.map(({ id }) => id))
  return found.filter(({ id }) => ids.has(id))
}

/** Counts by public state, of the tenant or of one session. */
export async function countTasks(
  sql: Sql,
  tenantId: string,
  sessionIdentifier?: string,
): Promise<Record<PublicTaskState, number>> {
  const session = await countedSession(sql, tenantId, sessionIdentifier)
  const counts = await sql.many<{ state: TaskState; count: number }>(
    `select state, count(*)::int as count from task t where tenant_id = $1 ${session.sql} group by state`,
    [tenantId, ...session.params],
  )
  const sums = { suspended: 0, waiting: 0, running: 0, completed: 0, failed: 0, canceled: 0 }
  for (const { state, count } of counts) sums[publicState(state)] += count
  return sums satisfies Record<PublicTaskState, number>
}

/** How many tasks wait for each reason; a task that waits for two counts for both. */
export async function countWaiting(
  sql: Sql,
  tenantId: string,
  sessionIdentifier?: string,
): Promise<Record<WaitingReason, number>> {
  const session = await countedSession(sql, tenantId, sessionIdentifier)
  const rows = await sql.many<{ reason: WaitingReason; count: number }>(
    `select r.reason, count(*)::int as count from task t ${waitingJoins('$1')}
     cross join lateral unnest(${waitingReasonsOf}) as r(reason)
     where t.tenant_id = $1 ${session.sql} and ${isWaiting} group by r.reason`,
    [tenantId, ...session.params],
  )
  const none = Object.fromEntries(waitingReasons.map((reason) => [reason, 0])) as Record<WaitingReason, number>
  return { ...none, ...Object.fromEntries(rows.map(({ reason, count }) => [reason, count])) }
}

/** A condition on a task `t` with the parameters behind the tenant's. Throws `not_found`. */
async function countedSession(
  sql: Sql,
  tenantId: string,
  identifier?: string,
): Promise<{ sql: string; params: string[] }> {
  if (identifier === undefined) return { sql: '', params: [] }
  const id = await newestSessionId(sql, tenantId, identifier)
  if (id === null) throw notFound('session')
  return { sql: 'and t.session_id = $2', params: [id] }
}
