/** Of each tenant, when more tasks become due at once than one round marks. */
const eachTenant = 50

/** Of a task `t`. Those that their delegate is asked about, or is to be, begin when that is decided. */
const isReady = `t.state = 'waiting' and not t.due and not t.asks_before_begin and t.decision_until is null
  and t.ready_at <= statement_timestamp()`

/**
 * Selects the ids of waiting tasks whose time has come: the oldest `$1`, and when there are more than that, the oldest of
 * every tenant too, up to another `$1`. So a tenant whose million tasks have one begin date delays nobody else's.
 *
 * By the statement's time, which never lies ahead of the clock and can be looked up in an index: the clock's own would have
 * to be compared with every task that is still to come.
 */
export const becomingDue = `
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
