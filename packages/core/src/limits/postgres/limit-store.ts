import { isInFlight } from '../../ledger/in-flight.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { queueCaps } from '../../ledger/limits-sql.ts'
import { isEndpoint, isKey } from '../../ledger/quota-room.ts'
import { byteQuotas } from '../../ledger/quota-sql.ts'
import type { LimitStore, LimitsAndUse } from '../limit-store.ts'
import { effectiveLimits, type Limits, limitNames, type TenantLimits } from '../rules/limits.ts'
import { forgetRequests } from './request-counts.ts'

export function createLimitStore(ledger: Ledger): LimitStore {
  return {
    async readLimits(tenantId) {
      const row = await ledger.first<LimitsRow>(readSql, [tenantId])
      const { defaults, own, nextDay, live, inFlight, ...counts } = row!
      const installations = Object.fromEntries(limitNames.map((name) => [name, defaults[name] ?? null])) as Limits
      return {
        limits: effectiveLimits(installations, own),
        used: {
          maximumTasksWaiting: live - inFlight,
          maximumTasksInFlight: inFlight,
          maximumStoredBytes: counts.stored,
          maximumBytesPerDay: counts.today,
          maximumBytesPerSecond: Math.round(counts.perSecond),
          maximumSessions: counts.sessions,
          maximumEndpoints: counts.endpoints,
          maximumApiKeys: counts.keys,
        },
        nextDay,
      }
    },

    forgetRequests: () => forgetRequests(ledger.relaxed),

    async setDefaults(limits) {
      const given = limitNames.filter((name) => limits[name] !== null)
      await ledger.transaction(async (tx) => {
        await tx.run('delete from default_limit where name <> all($1::text[])', [given])
        await tx.run(
          `insert into default_limit as d (name, maximum) select * from unnest($1::text[], $2::int8[]) order by 1
           on conflict (name) do update set maximum = excluded.maximum where d.maximum <> excluded.maximum`,
          [given, given.map((name) => limits[name])],
        )
        await tx.run(
          `update lane set (${queueCaps.columns}) = (select ${queueCaps.of('n.limits')}) from tenant n
           where n.id = lane.tenant_id and (${queueCaps.columns}) is distinct from (${queueCaps.of('n.limits')})`,
        )
      })
    },
  }
}

interface LimitsRow extends Pick<LimitsAndUse, 'nextDay'> {
  defaults: Partial<Limits>
  own: TenantLimits
  live: number
  inFlight: number
  stored: number
  today: number
  perSecond: number
  sessions: number
  endpoints: number
  keys: number
}

/** Numbers as float8, which is exact up to 2^53. */
const readSql = `
  select n.limits as own, ${byteQuotas.maximumBytesPerDay.resetsAt} as next_day,
    (select coalesce(jsonb_object_agg(name, maximum), '{}') from default_limit) as defaults,
    (select live_tasks from tenant_total where tenant_id = n.id)::float8 as live,
    (select count(*) from task f where f.tenant_id = n.id and ${isInFlight('f')})::float8 as in_flight,
    ${byteQuotas.maximumStoredBytes.usedBy('n.id')}::float8 as stored,
    ${byteQuotas.maximumBytesPerDay.usedBy('n.id')}::float8 as today,
    (select coalesce(sum(f.bytes_per_second), 0) from task f
      where f.tenant_id = n.id and ${isInFlight('f')} and f.state = 'running') as per_second,
    (select sessions from tenant_total where tenant_id = n.id)::float8 as sessions,
    (select count(*) from endpoint where tenant_id = n.id and ${isEndpoint})::float8 as endpoints,
    (select count(*) from api_key where tenant_id = n.id and ${isKey})::float8 as keys
  from tenant n where n.id = $1`
