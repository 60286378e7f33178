import { isAged } from '../../database/aged.ts'
import { clockNow, type Database, type Sql } from '../../database/database.ts'
import { isTold } from '../../events/postgres/expire-events.ts'
import type { Retention } from '../rules/retention.ts'
import { type TaskEvent, whatGoes } from '../rules/what-goes.ts'

/** Looked at with one query, and forgotten in one transaction at most. */
const batchSize = 200
/** A call ends behind the batch with which it has forgotten, or looked at, so many. */
const mostForgotten = 400
const mostLookedAt = 2_000

/** The row that was looked at last, of those in the order of a time. */
export interface LookedAt {
  id: string
  at: Date
}

/**
 * SQL: a task that has ended and has nothing in storage: no file, no orphaned object, no parts for resume data. The words
 * of the partial index `task_forgettable`.
 */
const hasNothingLeft = `ended_at is not null and garbage is null and resume_until is null
  and (file_state is null or file_state in ('released', 'expired'))`

/**
 * Removes some of the tasks that ended long ago, from behind `after` on, in the order of their ends; `last`: where to go
 * on; `isThrough`: nothing was left behind it. Those that stay (whatGoes) are in nobody's way, however many they are, and
 * those that another process is at are passed over: it goes on with the ones behind them.
 */
export async function forgetTasks(
  database: Database,
  days: Pick<Retention, 'task' | 'taskEvent'>,
  after: LookedAt | null,
): Promise<{ forgotten: number; last: LookedAt | null; isThrough: boolean }> {
  let forgotten = 0
  let lookedAt = 0
  let last = after
  let isThrough = false
  do {
    const looked = await lookAt(database, days, last)
    lookedAt += looked.length
    const free = looked.filter(({ stays }) => !stays)
    const going = free.slice(0, mostForgotten - forgotten)
    const ids = going.map(({ id }) => id)
    if (ids.length > 0) forgotten += await database.transaction((tx) => forget(tx, days, ids))
    const all = going.length === free.length
    last = (all ? looked : going).at(-1) ?? last
    isThrough = all && looked.length < batchSize
  } while (!isThrough && forgotten < mostForgotten && lookedAt < mostLookedAt)
  return { forgotten, last, isThrough }
}

/** Without locks, because most that stay do so for days. Each event is looked up by itself (`offset 0`). Their tasks have ended. */
function lookAt(
  database: Sql,
  days: Pick<Retention, 'task'>,
  after: LookedAt | null,
): Promise<(LookedAt & { stays: boolean })[]> {
  return database.many(
    `select id, at, exists (select 1 from event e where e.task_id = old.id and not (${isTold}) offset 0)
       or exists (select 1 from file_key where task_id = old.id offset 0) as stays
     from (
       select id, ended_at as at from task
       where ${hasNothingLeft} and ${isAged('ended_at', '$1')}
         and (ended_at, id) > (coalesce($2::timestamptz, '-infinity'), coalesce($3, ''))
       order by ended_at, id limit $4) old
     order by at, id`,
    [days.task, after?.at ?? null, after?.id ?? null, batchSize],
  )
}

/**
 * Nothing is waited for: locked rows are another's, or change at this moment. Tasks come before their events, as
 * everywhere; sessions are not locked, because the events that go are told and those of a pending wake stay.
 */
async function forget(tx: Sql, days: Pick<Retention, 'taskEvent'>, found: readonly string[]): Promise<number> {
  const locked = await tx.many<{ id: string }>(
    `select id from task where id = any($1) and ${hasNothingLeft} for update skip locked`,
    [found],
  )
  const tasks = locked.map(({ id }) => id)
  if (tasks.length === 0) return 0
  const free = await tx.many<{ id: string }>('select id from event where task_id = any($1) for update skip locked', [
    tasks,
  ])
  // Behind the locks, in a statement of its own: a retry of a delivery locks its event (retry-delivery.ts).
  const events = await tx.many<TaskEvent>(
    `select e.id, e.task_id, (${isTold}) as settled, ${isAged('e.created_at', '$3')} as old, e.id = any($2) as locked
     from event e where e.task_id = any($1)`,
    [tasks, free.map(({ id }) => id), days.taskEvent],
  )
  const { taskIds, eventIds } = whatGoes(tasks, events)
  await tx.run(
    `with deliveries as (
       delete from delivery where event_id = any($2) returning id
     ), attempts as (
       delete from delivery_attempt where delivery_id in (select id from deliveries)
     ), events as (
       delete from event where id = any($2)
     ), steps as (
       delete from task_step where task_id = any($1)
     ), parts as (
       delete from transfer_part where task_id = any($1)
     ), questions as (
       delete from decision where task_id = any($1)
     ), gone as (
       delete from task where id = any($1) returning tenant_id, id
     )
     insert into gone_task (tenant_id, id, gone_at) select tenant_id, id, ${clockNow} from gone`,
    [taskIds, eventIds],
  )
  return taskIds.length
}
