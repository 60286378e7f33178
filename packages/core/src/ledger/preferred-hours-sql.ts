import { clockNow, type Database, type Sql } from '../database/database.ts'
import { startAt } from '../sessions/rules/latest-start.ts'
import { nextOpening, type PreferredHours } from '../sessions/rules/preferred-hours.ts'
import { countStep, writingSteps } from './write-steps.ts'

const deferredAtOnce = 2_000
const replannedAtOnce = 2_000

/** The hours that hold for the tasks of a session of a tenant, which SQL knows by these names; SQL null: any time. */
export const hoursOf = (session: string, tenant: string) =>
  `coalesce(nullif(${session}.configuration -> 'preferredHours', 'null'), ${tenant}.preferred_hours)`
export const hoursInForce = hoursOf('s', 'n')

/**
 * Marks those of the waiting tasks that may begin now, whose hours are open or whose latest start has come, and puts the
 * others off until then.
 */
export async function promotePlanned(database: Database, limit: number): Promise<void> {
  await database.transaction(async (tx) => {
    const now = await timeOf(tx)
    const tasks = await tx.many<{ id: string; latestStart: Date | null; hours: PreferredHours }>(
      `select t.id, t.latest_start, ${hoursInForce} as hours
       from task t join session s on s.id = t.session_id join tenant n on n.id = t.tenant_id
       where t.state = 'waiting' and not t.due and t.ready_at <= $2::timestamptz and t.effective_discretionary
         and not t.asks_before_begin and t.decision_until is null
         and ${hoursInForce} is not null
       order by t.ready_at limit $1 for update of t skip locked`,
      [limit, new Date(now)],
    )
    const opening = openingsFrom(now)
    const planned = tasks.map(({ id, latestStart, hours }) => {
      const at = startAt(opening(hours), now, latestStart?.getTime() ?? null)
      return { id, due: at === now, at: new Date(at) }
    })
    await tx.run(
      `with planned as (
         update task set due = planned.due, ready_at = case when planned.due then ready_at else planned.at end,
           steps = case when planned.due then steps else steps + 1 end
         from unnest($1::text[], $2::bool[], $3::timestamptz[]) as planned (id, due, at) where task.id = planned.id
         returning task.id, task.due, task.ready_at, task.steps
       ), off as (select * from planned where not due), ${writingSteps('off', 'putOff')}
       select 1 from planned`,
      [planned.map(({ id }) => id), planned.map(({ due }) => due), planned.map(({ at }) => at)],
    )
  })
}

/** Until when a task that is ready is put off by its hours; null: it may begin now. */
export async function putOffUntil(tx: Sql, taskId: string): Promise<Date | null> {
  const now = await timeOf(tx)
  const task = await tx.first<{ latestStart: Date | null; hours: PreferredHours }>(
    `select t.latest_start, ${hoursInForce} as hours
     from task t join session s on s.id = t.session_id join tenant n on n.id = t.tenant_id
     where t.id = $1 and t.effective_discretionary and ${hoursInForce} is not null`,
    [taskId],
  )
  const at = task === null ? now : startAt(nextOpening(task.hours, now), now, task.latestStart?.getTime() ?? null)
  return at > now ? new Date(at) : null
}

/** Sessions whose tasks are due, and hours hold for them: their own, or the tenant's. */
const sessionsWithHours = `
  select s.id, s.configuration -> 'preferredHours' as hours from session s
  where s.configuration -> 'preferredHours' <> 'null' and ${hasDue('s')}
  union all
  select s.id, n.preferred_hours from tenant n join session s on s.tenant_id = n.id
  where n.preferred_hours is not null and s.state <> 'invalidated'
    and coalesce(s.configuration -> 'preferredHours', 'null') = 'null' and ${hasDue('s')}`

/** By looking for each of them: by statistics that know nothing of hours, all sessions would be joined with all such tasks. */
function hasDue(session: string): string {
  return `exists (select 1 from task t where t.tenant_id = ${session}.tenant_id and t.session_id = ${session}.id and t.state = 'waiting' and t.due
    and t.effective_discretionary and t.ready_at <= statement_timestamp() offset 0)`
}

/**
 * Defers discretionary tasks whose hours have closed since they were due, unless their latest start has come. Some at a
 * time, so that locks are short: the rest at the next call. Returns how many.
 */
export async function holdClosedSessions(database: Database): Promise<number> {
  const sessions = await database.many<{ id: string; hours: PreferredHours }>(sessionsWithHours)
  if (sessions.length === 0) return 0
  const now = await timeOf(database)
  const opening = openingsFrom(now)
  const closed = sessions
    .map(({ id, hours }) => ({ id, opens: new Date(opening(hours)) }))
    .filter(({ opens }) => opens.getTime() > now)
  if (closed.length === 0) return 0
  return database.run(
    `with deferred as (
       update task set due = false, ready_at = least(closed.opens, task.latest_start), ${countStep}
       from unnest($1::text[], $2::timestamptz[]) as closed (id, opens)
       where closed.id = task.session_id and task.id in (
         select t.id from session s join task t on t.tenant_id = s.tenant_id and t.session_id = s.id
         where s.id = any($1) and t.state = 'waiting' and t.due
           and t.effective_discretionary and (t.latest_start is null or t.latest_start > clock_timestamp())
         limit $3 for update of t skip locked)
       returning task.id, task.ready_at, task.steps
     ), ${writingSteps('deferred', 'putOff')}
     select 1 from deferred`,
    [closed.map(({ id }) => id), closed.map(({ opens }) => opens), deferredAtOnce],
  )
}

/** The next opening of hours; of the same ones, which many tasks have, looked for once. */
function openingsFrom(now: number): (hours: PreferredHours) => number {
  const known = new Map<string, number>()
  return (hours) => {
    const name = JSON.stringify(hours)
    const opening = known.get(name) ?? nextOpening(hours, now)
    known.set(name, opening)
    return opening
  }
}

/** The database's clock, Unix milliseconds. */
async function timeOf(sql: Sql): Promise<number> {
  return (await sql.first<{ now: Date }>(`select ${clockNow} as now`))!.now.getTime()
}

/** To be followed, once it is committed, by {@link replanTenant}. */
export async function setTenantHours(tx: Sql, tenantId: string, hours: PreferredHours | null): Promise<void> {
  await tx.run('update tenant set preferred_hours = $2 where id = $1', [tenantId, hours && JSON.stringify(hours)])
}

/**
 * Makes every waiting discretionary task of the tenant as ready as it can be, so that it is planned anew. Some at a
 * time; if it ends half-way, the operator has had no answer, and repeating does all of it.
 */
export async function replanTenant(database: Database, tenantId: string): Promise<void> {
  for (let after: string | null = ''; after !== null; ) {
    // All of them, also those that another one is just putting off by the hours from before: this waits for it.
    const touched: { id: string }[] = await database.many<{ id: string }>(
      `update task set ready_at = least(ready_at, greatest(${clockNow}, earliest_begin_date, gated_until, retry_at))
       where id in (select id from task where tenant_id = $1 and id > $2 and state = 'waiting' and not due
         and effective_discretionary order by id limit $3 for update)
       returning id`,
      [tenantId, after, replannedAtOnce],
    )
    const last = touched
      .map(({ id }) => id)
      .toSorted()
      .at(-1)
    after = touched.length < replannedAtOnce ? null : (last ?? null)
  }
}
