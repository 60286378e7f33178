import type { Sql } from '../../database/database.ts'
import { tellsOfOneTask } from '../../wakes/postgres/limiter-store.ts'
import { type AdviceFigures, sample, sessionAdvice } from '../rules/advice.ts'

/** SQL: the figures of the session `s` as JSON, from so many of its wakes and completed tasks at most, by their indexes. */
export const figuresOfSession = `(
  with woken as (
    select w.id from wake w where w.session_id = s.id and w.opened_at > statement_timestamp() - interval '1 day'
    order by w.id desc limit ${sample.wakes}
  ), done as (
    select host, file_bytes::float8 as bytes, expects_to_receive::float8 as expected from task
    where session_id = s.id and state = 'completed' and ended_at > statement_timestamp() - interval '1 hour'
    order by ended_at desc limit ${sample.tasks}
  ), busiest as (
    select json_build_object('host', host, 'tasks', count(*), 'meanBytes', avg(bytes)) as host
    from done group by done.host order by count(*) desc, done.host limit 1
  ), expectation as (
    select count(*) as tasks,
      percentile_cont(0.5) within group (order by greatest(expected, 1) / greatest(bytes, 1)) as ratio
    from done where expected is not null
  )
  select json_build_object(
    'wakes', (select count(*) from woken),
    'singleTaskWakes', (select count(*) from woken w where ${tellsOfOneTask}),
    'busiestHost', (select host from busiest),
    'pendingSeconds', case when s.wake_due_at is not null then (
      select extract(epoch from clock_timestamp() - created_at)::float8 from event
      where session_id = s.id and held order by sequence limit 1) end,
    'expectations', (select json_build_object('tasks', tasks, 'medianRatio', ratio) from expectation where ratio is not null)))`

/** The advice for a client about its newest live session with this identifier. */
export async function readAdvice(sql: Sql, tenantId: string, identifier: string): Promise<string[]> {
  const row = await sql.first<{ figures: AdviceFigures }>(
    `select ${figuresOfSession} as figures from session s
     where s.tenant_id = $1 and s.identifier = $2 and s.state <> 'invalidated'`,
    [tenantId, identifier],
  )
  return row ? sessionAdvice(row.figures) : []
}
