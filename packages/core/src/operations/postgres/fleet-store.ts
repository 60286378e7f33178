import { clockNow, type Sql } from '../../database/database.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { isResting } from '../../ledger/resting.ts'
import { isWaiting, waitingJoins, waitingReasonsOf } from '../../ledger/waiting-reasons-sql.ts'
import { workerSeenSeconds } from '../../ledger/worker-slots.ts'
import type { FleetStore } from '../fleet-store.ts'
import { delayBuckets, type FleetSample, nextSampleInMs, type WeightBand, weightBands } from '../rules/fleet-sample.ts'

export function createFleetStore(ledger: Ledger): FleetStore {
  return {
    async sampleFleet() {
      return ledger.transaction(async (tx) => {
        // Whoever has the row counts. The others go on with the sample before.
        const isMine = await tx.first(
          'select 1 from fleet_sample where id = 1 and next_at <= clock_timestamp() for update skip locked',
        )
        if (!isMine) return false
        const { now: beganAt } = (await tx.first<{ now: Date }>(`select ${clockNow} as now`))!
        const sample = await countFleet(tx)
        const { now: endedAt } = (await tx.first<{ now: Date }>(`select ${clockNow} as now`))!
        await tx.run(
          `update fleet_sample set sampled_at = $1, sample = $2,
             next_at = ${clockNow} + make_interval(secs => $3::float8 / 1000) where id = 1`,
          [endedAt, sample, nextSampleInMs(endedAt.getTime() - beganAt.getTime())],
        )
        return true
      })
    },

    async readFleet() {
      return ledger.first<{ sample: FleetSample; ageSeconds: number }>(
        `select sample, extract(epoch from clock_timestamp() - sampled_at)::float8 as age_seconds
         from fleet_sample where id = 1 and sampled_at is not null`,
      )
    },
  }
}

async function countFleet(sql: Sql): Promise<FleetSample> {
  const [tasks, waiting, weights, rest] = [
    await sql.many<{ name: string; count: number }>(
      'select state as name, count(*)::int as count from task where ended_at is null group by 1',
    ),
    // What a task waits for is decided tenant by tenant, as its own summary does.
    await sql.many<{ name: string; count: number }>(
      `select r.reason as name, sum(r.count)::int as count
       from tenant_total total cross join lateral (
         select reasons.reason, count(*)::int as count from task t ${waitingJoins('total.tenant_id')}
         cross join lateral unnest(${waitingReasonsOf}) as reasons(reason)
         where t.tenant_id = total.tenant_id and ${isWaiting} group by 1
       ) r where total.live_tasks > 0 group by 1`,
    ),
    await sql.many<WeightBand>(weightsSql),
    (await sql.first<Omit<FleetSample, 'tasks' | 'waiting' | 'weights'>>(restSql))!,
  ]
  return { tasks: counts(tasks), waiting: counts(waiting), weights, ...rest }
}

const counts = (rows: readonly { name: string; count: number }[]): Record<string, number> =>
  Object.fromEntries(rows.map(({ name, count }) => [name, count]))

const bandOf = (weight: string) =>
  `case ${weightBands.map((most) => (most === '+Inf' ? `else '${most}' end` : `when ${weight} <= ${most} then '${most}'`)).join(' ')}`

const weightsSql = `
  with busy as (
    select tenant_id, count(*) filter (where state in ('dispatched', 'running', 'completing')) as in_flight,
      count(*) filter (where state = 'waiting' and due) as due
    from task where ended_at is null group by 1
  )
  select ${bandOf('l.weight')} as most, count(*)::int as tenants, sum(b.in_flight)::int as in_flight, sum(b.due)::int as due
  from busy b join lane l on l.tenant_id = b.tenant_id group by 1`

const secondsSince = (time: string) =>
  `greatest(coalesce(extract(epoch from statement_timestamp() - ${time}), 0), 0)::float8`

const restSql = `select
  ${secondsSince(`(select min(created_at) from task where ${isWaiting.replaceAll('t.', 'task.')})`)} as oldest_waiting_seconds,
  ${secondsSince("(select min(ready_at) from task where state = 'waiting' and due)")} as dispatch_lag_seconds,
  coalesce((select sum(count) from fleet_connections), 0)::int as connections,
  (select count(*)::int from host_state where blocked_until > statement_timestamp()) as hosts_blocked,
  (select count(*)::int from wake where state = 'open') as wakes_open,
  (select count(*)::int from delivery where state = 'pending') as deliveries_pending,
  ${secondsSince(`(select min(l.due_at) from delivery_lane l join endpoint p on p.id = l.endpoint_id
    where l.due_at is not null and not ${isResting('p.tenant_id')})`)} as oldest_delivery_seconds,
  array[${delayBuckets
    .map((most) =>
      most === Number.POSITIVE_INFINITY ? 'count(*)' : `count(*) filter (where delay_seconds <= ${most})`,
    )
    .join(', ')}]::int[] as limiter_delays,
  (select count(*)::int from worker where seen_at > statement_timestamp() - interval '${workerSeenSeconds} seconds') as workers,
  coalesce((select sum(regular + reserve) from worker
    where seen_at > statement_timestamp() - interval '${workerSeenSeconds} seconds'), 0)::int as slots
  from limiter`
