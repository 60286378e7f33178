import { isInFlight } from '../../ledger/in-flight.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { sampledCounters } from '../rules/sample-rings.ts'
import type { TaskLevels } from '../rules/stats-points.ts'
import { type SampledChange, type SampledWork, tenantsTold } from '../rules/work-shares.ts'
import type { WorkShareStore } from '../work-share-store.ts'
import { countedSince, isRunning } from './counted-since.ts'

export function createWorkShareStore(ledger: Ledger): WorkShareStore {
  return {
    async readWork({ stepSeconds, points }) {
      const rows = await ledger.many<WorkRow>(reading, [stepSeconds, points * stepSeconds, tenantsTold])
      const others = rows.find(({ tenantId }) => tenantId === null)!
      const tenants = rows.flatMap(({ tenantId, name, weight, competing, ...row }) =>
        tenantId === null ? [] : [{ tenantId, name, weight, isCompeting: competing > 0, sampled: sampledOf(row) }],
      )
      const { tenants: count, competing, competingWeight } = others
      return { tenants, others: { tenants: count, competing, competingWeight, sampled: sampledOf(others) } }
    },
  }
}

interface SampledRow {
  nowMs: number
  begunMs: number | null
  sampledMs: number | null
  now: TaskLevels
  level: TaskLevels
  pending: number[]
  changes: SampledChange[] | null
}
interface WorkRow extends SampledRow {
  /** null: the others together. */
  tenantId: string | null
  name: string
  weight: number
  tenants: number
  competing: number
  competingWeight: number
}

function sampledOf({ nowMs, begunMs, sampledMs, now, level, pending, changes }: SampledRow): SampledWork {
  return { nowMs, begunMs, sampledMs, now, level, pending, changes: changes ?? [] }
}

const unixMs = (at: string) => `(extract(epoch from ${at}) * 1000)::float8`
const told = /^(tasks(Completed|Failed|Canceled)|bytesReceived)$/
const ended = (counts: string) =>
  sampledCounters
    .flatMap((name, n) => (/^tasks(Completed|Failed|Canceled)$/.test(name) ? [`coalesce(${counts}[${n + 1}], 0)`] : []))
    .join(' + ')
/** Of what nobody asks for: 0. */
const sums = (counts: string) =>
  `array[${sampledCounters.map((name, n) => (told.test(name) ? `coalesce(sum(${counts}[${n + 1}]), 0)::float8` : '0')).join(', ')}]`
const levels = (running: string, waiting: string) =>
  `json_build_object('running', coalesce(sum(${running}), 0), 'waiting', coalesce(sum(${waiting}), 0))`

/**
 * One look at the tasks in flight, one at each tenant's hour and one at its ring. What waits is counted by whoever creates
 * and ends tasks; whether something of it may begin is the first entry of an index.
 */
const reading = `
  with sampler as materialized (
    select sampled_at, begun_at from usage_sampler where id = 1
  ), flight as materialized (
    select t.tenant_id, count(*) filter (where ${isRunning('t')})::int as running from task t where ${isInFlight('t')} group by 1
  ), ring as materialized (
    select s.tenant_id, s.at, s.since, s.running - s.running_before as running, s.waiting - s.waiting_before as waiting, s.counts
    from usage_sample s where s.step_seconds = $1 and s.at > statement_timestamp() - make_interval(secs => $2::float8)
  ), recent as (
    select tenant_id, sum(${ended('counts')}) as ended from ring group by 1
  ), work as materialized (
    select n.id as tenant_id, n.name, q.weight, coalesce(f.running, 0) as running,
      greatest(total.live_tasks - coalesce(f.running, 0), 0) as waiting,
      coalesce(l.running, 0) as level_running, coalesce(l.waiting, 0) as level_waiting, c.added,
      coalesce(f.running, 0) + ${ended('c.added')} + coalesce(recent.ended, 0) as done,
      not q.resting and total.live_tasks > 0 and (f.tenant_id is not null or exists (
        select from task d where d.tenant_id = n.id and d.state = 'waiting' and d.due)) as competes
    from tenant n join tenant_total total on total.tenant_id = n.id join lane q on q.tenant_id = n.id
    left join flight f on f.tenant_id = n.id left join usage_level l on l.tenant_id = n.id
    cross join sampler r
    cross join lateral (${countedSince({
      tenant: 'n.id',
      since: 'coalesce(r.sampled_at, statement_timestamp())',
      until: 'statement_timestamp()',
      level: 'l',
    })}) c
    left join recent on recent.tenant_id = n.id
    where n.state <> 'deleting'
  ), told as materialized (
    select tenant_id from work where competes or done > 0 order by done desc, tenant_id limit $3
  ), split as materialized (
    select work.*, told.tenant_id as of_tenant from work left join told on told.tenant_id = work.tenant_id
  ), changes as (
    select of_tenant, json_agg(json_build_object('atMs', ${unixMs('at')}, 'sinceMs', ${unixMs('since')},
        'running', running, 'waiting', waiting, 'counts', counts) order by at) as changes
    from (
      select split.of_tenant, s.at, min(s.since) as since, sum(s.running) as running, sum(s.waiting) as waiting, ${sums('s.counts')} as counts
      from split join ring s on s.tenant_id = split.tenant_id group by 1, 2
    ) as each group by 1
  ), groups as (
    select of_tenant, min(name) as name, min(weight) as weight, count(tenant_id)::int as tenants,
      count(*) filter (where competes)::int as competing, coalesce(sum(weight) filter (where competes), 0) as competing_weight,
      ${levels('running', 'waiting')} as now, ${levels('level_running', 'level_waiting')} as level,
      to_json(${sums('added')}) as pending, coalesce(sum(done), 0) as done
    from (select * from split union all select null, '', 0, 0, 0, 0, 0, '{}', 0, false, null) as each group by 1
  )
  select g.of_tenant as tenant_id, g.name, g.weight, g.tenants, g.competing, g.competing_weight, g.now, g.level, g.pending,
    c.changes, ${unixMs('statement_timestamp()')} as now_ms, ${unixMs('r.begun_at')} as begun_ms, ${unixMs('r.sampled_at')} as sampled_ms
  from groups g cross join sampler r left join changes c on c.of_tenant is not distinct from g.of_tenant
  order by g.done desc, g.of_tenant`
