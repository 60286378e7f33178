import { expect } from 'vitest'
import type { Sql } from '#core/database/database.ts'

interface Counted {
  tenantId: string
  liveTasks: bigint
  storedBytes: bigint
  sessions: bigint
}

/**
 * Every tenant's totals are what its tasks' rows count up to, and its usage by the hour what its rows and events tell. For
 * databases that had no rows before usage was counted, and of which nothing was swept.
 */
export async function expectUsageAgrees(sql: Sql): Promise<void> {
  const totals = await sql.many<Counted>(
    'select tenant_id, live_tasks, stored_bytes, sessions from tenant_total order by 1',
  )
  expect(totals).toEqual(await sql.many<Counted>(rowsSql))
  expect(await sql.many('select * from tenant_total where live_tasks < 0 or stored_bytes < 0')).toEqual([])
  expect(await sql.many(usageSql)).toEqual(await sql.many(eventsSql))
  expect(await sql.many(countedAttemptsSql)).toEqual(await sql.many(attemptsSql))
}

const countedAttemptsSql = `
  select tenant_id, sum(delivery_attempts)::int8 as attempts from usage_hour
  group by 1 having sum(delivery_attempts) > 0 order by 1`

/** Those with a result. One that a newer connection took over counts for nothing. */
const attemptsSql = `
  select d.tenant_id, count(*) as attempts from delivery_attempt a join delivery d on d.id = a.delivery_id
  where a.ended_at is not null and a.error is distinct from 'another connection took over before an answer came'
  group by 1 order by 1`

const rowsSql = `
  select n.id as tenant_id, count(t.id) filter (where t.ended_at is null) as live_tasks,
    coalesce(sum(t.file_bytes) filter (where t.file_state in ('temporary', 'permanent')), 0)::int8 as stored_bytes,
    (select count(*) from session s where s.tenant_id = n.id and s.state <> 'invalidated') as sessions
  from tenant n left join task t on t.tenant_id = n.id group by n.id order by n.id`

/** By the hour, without hours in which nothing happened. */
const usageSql = `
  select tenant_id, hour, sum(tasks_created)::int8 as created, sum(tasks_completed)::int8 as completed,
    sum(tasks_failed)::int8 as failed, sum(tasks_canceled)::int8 as canceled,
    sum(bytes_received)::int8 as received, sum(wakes)::int8 as wakes, sum(stored_delta)::int8 as stored
  from usage_hour where part = 0 group by 1, 2 order by 1, 2`

const eventsSql = `
  with ended as (
    select tenant_id, created_at as at, data #>> '{task,state}' as state,
      (data #>> '{task,progress,countOfBytesReceived}')::int8 as bytes
    from event where type = 'task.completed'
  ), happened as (
    select tenant_id, created_at as at, 1 as created, 0 as completed, 0 as failed, 0 as canceled, 0::int8 as received,
      0 as wakes, 0::int8 as stored from task
    union all select tenant_id, at, 0, (state = 'completed')::int, (state = 'failed')::int, (state = 'canceled')::int, bytes, 0,
      case state when 'completed' then bytes else 0 end from ended
    union all select tenant_id, opened_at, 0, 0, 0, 0, 0, 1, 0 from wake
    union all select e.tenant_id, e.created_at, 0, 0, 0, 0, 0, 0, -t.file_bytes
      from event e join task t on t.id = e.task_id where e.type = 'file.expired'
    union all select t.tenant_id, s.at, 0, 0, 0, 0, 0, 0, -t.file_bytes
      from task_step s join task t on t.id = s.task_id where s.kind = 'fileReleased'
  )
  select tenant_id, date_trunc('hour', at, 'UTC') as hour, sum(created)::int8 as created, sum(completed)::int8 as completed,
    sum(failed)::int8 as failed, sum(canceled)::int8 as canceled, sum(received)::int8 as received,
    sum(wakes)::int8 as wakes, sum(stored)::int8 as stored
  from happened group by 1, 2 order by 1, 2`
