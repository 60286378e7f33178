import { type AdviceFigures, sample } from '../domain/advice.ts'
import type { Sql } from './database.ts'
import { tellsOfOneTask } from './store-limiter.ts'

/** One statement that reads so many wakes and so many completed tasks of the session at most, by their indexes. */
const figures = `
  with woken as (
    select w.id from wake w where w.session_id = $1 and w.opened_at > clock_timestamp() - interval '1 day'
    order by w.id desc limit ${sample.wakes}
  ), done as (
    select host, file_bytes::float8 as bytes, expects_to_receive::float8 as expected from task
    where session_id = $1 and state = 'completed' and ended_at > clock_timestamp() - interval '1 hour'
    order by ended_at desc limit ${sample.tasks}
  ), busiest as (
    select host, count(*)::int as tasks, avg(bytes) as mean_bytes from done group by host order by tasks desc, host limit 1
  ), expectation as (
    select count(*)::int as tasks,
      percentile_cont(0.5) within group (order by greatest(expected, 1) / greatest(bytes, 1)) as ratio
    from done where expected is not null
  )
  select (select count(*)::int from woken) as wakes,
    (select count(*)::int from woken w where ${tellsOfOneTask}) as single_task_wakes,
    busiest.host, busiest.tasks, busiest.mean_bytes, expectation.tasks as expecting, expectation.ratio
  from expectation left join busiest on true`

interface FiguresRow {
  wakes: number
  singleTaskWakes: number
  host: string | null
  tasks: number
  meanBytes: number
  expecting: number
  ratio: number | null
}

export async function readAdviceFigures(sql: Sql, sessionId: string): Promise<AdviceFigures> {
  const row = (await sql.first<FiguresRow>(figures, [sessionId]))!
  const { wakes, singleTaskWakes, host, tasks, meanBytes, expecting, ratio } = row
  return {
    wakes,
    singleTaskWakes,
    busiestHost: host === null ? null : { host, tasks, meanBytes },
    expectations: ratio === null ? null : { tasks: expecting, medianRatio: ratio },
  }
}
