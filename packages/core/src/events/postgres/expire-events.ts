import { isAged } from '../../database/aged.ts'
import { clockNow, type Database } from '../../database/database.ts'
import { deadLetterDays } from '../rules/event-retention.ts'

const atOnce = 1_000
const perSweep = 20_000

/**
 * SQL: nothing is left to be told of event `e`. A pending event or delivery is still to be delivered unless its endpoint is
 * disabled, a failed one can be retried, and an open wake is delivered again when it expires. Each is looked up for the
 * few old events: a join could read all tasks. What is asked of a row is selected, and no condition: for `state = 'open'`
 * or `ended_at is null` PostgreSQL would read all of a partial index for each event, if statistics, perhaps old ones, say
 * that hardly any row is in it.
 */
export const isTold = `(not e.held or (
    select p.state = 'enabled' and p.deleted_at is null from session s join endpoint p on p.id = s.endpoint_id
    where s.id = e.session_id) is not true)
  and not exists (select 1 from delivery d where d.event_id = e.id and d.state in ('pending', 'failed') offset 0)
  and (select state = 'open' from wake where id = e.wake_id) is not true`

/** SQL: event `e` is not needed any more. Beyond what {@link isTold} says, an unended task may be waiting for the answer. */
const isSettled = `${isTold} and (select ended_at is null from task where id = e.task_id) is not true`

/**
 * Removes dead letters, and then events older than the retention; returns how many events. Some at a time, the rest at
 * the next sweep.
 */
export async function sweepEvents(database: Database, retentionDays: number): Promise<number> {
  for (let swept = 0, last = atOnce; last === atOnce && swept < perSweep; swept += last) {
    last = await sweepDeadLetters(database, Math.max(deadLetterDays, retentionDays))
  }
  await database.run(`delete from recovery where ended_at <= ${clockNow} - make_interval(days => $1)`, [deadLetterDays])
  let swept = 0
  for (let last = atOnce; last === atOnce && swept < perSweep; swept += last) {
    last = await sweepOldEvents(database, retentionDays)
  }
  return swept
}

/** Locked rows are checked again: a delivery that is being retried at this moment stays. */
function sweepDeadLetters(database: Database, days: number): Promise<number> {
  return database.run(
    `with dead as materialized (
       select id from delivery where state = 'failed' and ${isAged('ended_at', '$1')}
       order by ended_at limit $2 for update skip locked
     ), attempts as (
       delete from delivery_attempt where delivery_id in (select id from dead)
     )
     delete from delivery where id in (select id from dead)`,
    [days, atOnce],
  )
}

/** With their deliveries and attempts; how many were found. */
function sweepOldEvents(database: Database, retentionDays: number): Promise<number> {
  return database.transaction(async (tx) => {
    const old = await tx.many<{ id: string }>(
      `select e.id from tenant t cross join lateral (
         select e.id from event e
         where e.tenant_id = t.id and ${isAged('e.created_at', '$1')} and ${isSettled}
         order by e.created_at limit $2) e
       limit $2`,
      [retentionDays, atOnce],
    )
    if (old.length === 0) return 0
    const locked = await tx.many<{ id: string }>('select id from event where id = any($1) for update skip locked', [
      old.map(({ id }) => id),
    ])
    // Behind the locks, in a statement of its own: a retry of a delivery locks its event (retry-delivery.ts).
    await tx.run(
      `with gone as materialized (
         select e.id from event e where e.id = any($1) and ${isSettled}
       ), deliveries as (
         delete from delivery where event_id in (select id from gone) returning id
       ), attempts as (
         delete from delivery_attempt where delivery_id in (select id from deliveries)
       )
       delete from event where id in (select id from gone)`,
      [locked.map(({ id }) => id)],
    )
    return old.length
  })
}
