import type { Database } from '../../database/database.ts'
import { hoursInForce, promotePlanned } from '../../ledger/preferred-hours-sql.ts'

const promotedAtOnce = 2_000
/** Tasks per tenant, when more tasks become due at once than one round marks. */
const eachTenant = 50

/** SQL condition on a task `t`. Tasks with an open decision, or one to be asked, begin when it is decided. */
const isReady = `t.state = 'waiting' and not t.due and not t.asks_before_begin and t.decision_until is null
  and t.ready_at <= statement_timestamp()`

/**
 * Selects the ids of waiting tasks whose time has come: the oldest `$1`, and when there are more than that, the oldest
 * of every tenant too, up to another `$1`. So a tenant with a million tasks of one begin date delays no other tenant.
 *
 * Uses the statement's time, which never lies ahead of the clock and can be looked up in an index: the clock's own
 * would have to be compared with every future task.
 */
const becomingDue = `
  with oldest as (
    select t.id from task t where ${isReady}
    order by t.ready_at limit $1
  ), of_each as (
    select f.id from lane l cross join lateral (
      select t.id, row_number() over (order by t.ready_at) as place from task t
      where t.tenant_id = l.tenant_id and ${isReady}
      order by t.ready_at limit ${eachTenant}) f
    where (select count(*) from oldest) >= $1
    order by f.place limit $1
  )
  select id from oldest union select id from of_each`

/** Marks waiting tasks whose time has come. Those with hours are planned apart. */
export async function promoteDue(database: Database): Promise<void> {
  const found = await database.first<{ planned: number }>(
    `with ready as (
       select id, session_id, tenant_id, effective_discretionary from task
       where id in (${becomingDue}) and state = 'waiting' and not due for update skip locked
     ), planned as (
       select ready.id from ready join session s on s.id = ready.session_id join tenant n on n.id = ready.tenant_id
       where ready.effective_discretionary and ${hoursInForce} is not null
     ), promoted as (
       update task set due = true where id in (select id from ready except select id from planned)
     )
     select count(*)::int as planned from planned`,
    [promotedAtOnce],
  )
  if (found!.planned > 0) await promotePlanned(database, promotedAtOnce)
}
