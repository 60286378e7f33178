import type { Sql } from '../../database/database.ts'
import { isInFlight } from '../../ledger/in-flight.ts'
import { ringPlaces, sampledCounters } from '../rules/sample-rings.ts'
import { countedSince, isRunning } from './counted-since.ts'

/**
 * Samples all tenants as of a whole minute, unless that was done or is being done. In a transaction: whoever has the row of
 * the sampler samples, and the others go on.
 */
export async function sampleTenants(tx: Sql, minute: Date): Promise<boolean> {
  const round = await tx.first<{ since: Date | null }>(
    `select sampled_at as since from usage_sampler
     where id = 1 and (sampled_at is null or sampled_at < $1) for update skip locked`,
    [minute],
  )
  if (!round) return false
  // The first time nobody knows since when something was counted.
  const places = round.since === null ? [] : ringPlaces(minute.getTime())
  await tx.run(sampling, [
    round.since ?? minute,
    minute,
    places.map(({ stepSeconds }) => stepSeconds),
    places.map(({ slot }) => slot),
    places.map(({ atMs }) => new Date(atMs)),
    places.map(({ hasCounts }) => hasCounts),
  ])
  await tx.run(forgetting)
  await tx.run('update usage_sampler set sampled_at = $1, begun_at = coalesce(begun_at, $1) where id = 1', [minute])
  return true
}

/** Processes of the version before remove tenants, and leave these rows. */
const forgetting = `
  with gone as (
    delete from usage_level l where not exists (select from tenant_total total where total.tenant_id = l.tenant_id) returning tenant_id
  ) delete from usage_sample s using gone where s.tenant_id = gone.tenant_id`

const nothing = `array_fill(0::int8, array[${sampledCounters.length}])`

/**
 * One look at the tasks in flight, and a look at the hour's usage for each tenant; what waits is the rest of the tasks that
 * have not ended. Only tenants of which something has changed are written. The lock keeps nothing but the removal of a
 * deleted tenant back, behind which nobody would look for the rows; whoever has it keeps nobody else from being sampled.
 */
const sampling = `
  with flight as materialized (
    select t.tenant_id, count(*)::int as running from task t where ${isInFlight('t')} and ${isRunning('t')} group by 1
  ), found as materialized (
    select total.tenant_id, coalesce(f.running, 0) as running, greatest(total.live_tasks - coalesce(f.running, 0), 0)::int as waiting,
      c.counts, case when cardinality($3::int[]) = 0 then ${nothing} else c.added end as added,
      coalesce(l.running, 0) as running_before, coalesce(l.waiting, 0) as waiting_before
    from tenant_total total left join flight f on f.tenant_id = total.tenant_id
    left join usage_level l on l.tenant_id = total.tenant_id
    cross join lateral (${countedSince({ tenant: 'total.tenant_id', since: '$1::timestamptz', until: '$2::timestamptz', level: 'l' })}) c
    where coalesce(f.running, 0) <> coalesce(l.running, 0)
      or greatest(total.live_tasks - coalesce(f.running, 0), 0) <> coalesce(l.waiting, 0)
      or c.added <> ${nothing}
  ), changed as materialized (
    select found.* from found join tenant_total total on total.tenant_id = found.tenant_id
      join tenant n on n.id = found.tenant_id and n.state <> 'deleting'
    order by total.tenant_id for key share of total skip locked
  ), leveled as (
    insert into usage_level as l (tenant_id, at, running, waiting, counts)
    select tenant_id, $2, running, waiting, counts from changed
    on conflict (tenant_id) do update set at = excluded.at, running = excluded.running, waiting = excluded.waiting,
      counts = excluded.counts
  )
  insert into usage_sample as s (tenant_id, step_seconds, slot, at, since, running, waiting, running_before, waiting_before, counts)
  select tenant_id, step_seconds, slot, place.at, $1, running, waiting, running_before, waiting_before,
    case when has_counts then added else '{}' end
  from changed cross join unnest($3::int[], $4::int[], $5::timestamptz[], $6::bool[]) as place(step_seconds, slot, at, has_counts)
  on conflict (tenant_id, step_seconds, slot) do update set at = excluded.at, since = excluded.since, counts = excluded.counts,
    running = case when s.at = excluded.at then greatest(s.running, excluded.running) else excluded.running end,
    waiting = case when s.at = excluded.at then greatest(s.waiting, excluded.waiting) else excluded.waiting end,
    running_before = case when s.at = excluded.at then s.running_before else excluded.running_before end,
    waiting_before = case when s.at = excluded.at then s.waiting_before else excluded.waiting_before end`
