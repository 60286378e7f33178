import { isInFlight } from '../../ledger/in-flight.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { TaskLevels, TenantSample, TenantSamples } from '../rules/stats-points.ts'
import type { SampleStore } from '../sample-store.ts'
import { countedSince, isRunning } from './counted-since.ts'
import { sampleTenants } from './sample-tenants.ts'

const minuteNow = "date_trunc('minute', clock_timestamp(), 'UTC')"

export function createSampleStore(ledger: Ledger): SampleStore {
  return {
    async sampleTenants() {
      // Nearly always another process has done it, or it is too early: without a transaction.
      const due = await ledger.first<{ minute: Date }>(
        `select minute from usage_sampler, ${minuteNow} as minute
         where id = 1 and (sampled_at is null or sampled_at < minute)`,
      )
      return due !== null && ledger.transaction((tx) => sampleTenants(tx, due.minute))
    },

    async readSamples(tenantId, { stepSeconds, points }) {
      const row = await ledger.first<SamplesRow>(reading, [tenantId, stepSeconds, points * stepSeconds])
      const { nowMs, begunMs, sampledMs, liveTasks, running, level, pending, samples } = row!
      return {
        nowMs,
        begunMs,
        sampledMs,
        now: { running, waiting: Math.max(0, Number(liveTasks) - running) },
        level,
        pending,
        samples: samples ?? [],
      }
    },
  }
}

interface SamplesRow extends Omit<TenantSamples, 'now' | 'samples'> {
  liveTasks: bigint
  running: number
  level: TaskLevels
  samples: TenantSample[] | null
}

const unixMs = (at: string) => `(extract(epoch from ${at}) * 1000)::float8`

/** Tasks in flight and at most a ring are read; what waits is counted by whoever creates and ends tasks. */
const reading = `
  select ${unixMs('statement_timestamp()')} as now_ms, ${unixMs('r.begun_at')} as begun_ms, ${unixMs('r.sampled_at')} as sampled_ms,
    total.live_tasks,
    (select count(*)::int from task t where t.tenant_id = $1 and ${isInFlight('t')} and ${isRunning('t')}) as running,
    json_build_object('running', coalesce(l.running, 0), 'waiting', coalesce(l.waiting, 0)) as level,
    to_json(c.added) as pending,
    (select json_agg(json_build_object('atMs', ${unixMs('s.at')}, 'sinceMs', ${unixMs('s.since')},
        'running', s.running, 'waiting', s.waiting, 'runningBefore', s.running_before, 'waitingBefore', s.waiting_before,
        'counts', s.counts) order by s.at)
      from usage_sample s where s.tenant_id = $1 and s.step_seconds = $2
        and s.at > statement_timestamp() - make_interval(secs => $3::float8)) as samples
  from tenant_total total join usage_sampler r on r.id = 1 left join usage_level l on l.tenant_id = total.tenant_id
  cross join lateral (${countedSince({
    tenant: '$1',
    since: 'coalesce(r.sampled_at, statement_timestamp())',
    until: 'statement_timestamp()',
    level: 'l',
  })}) c
  where total.tenant_id = $1`
