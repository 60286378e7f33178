import { decodeCursor, encodeCursor } from '../../database/cursor.ts'
import type { Sql } from '../../database/database.ts'
import { countRequests } from '../../ledger/count-usage.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { snakeCase } from '../../ledger/patch.ts'
import type { TenantUsagePoint } from '../rules/usage-csv.ts'
import { type CountedPoint, type CountedUsage, usageCounters, usagePoints } from '../rules/usage-points.ts'
import { stepMs, type UsageRange } from '../rules/usage-range.ts'
import type { UsageStore } from '../usage-store.ts'

export function createUsageStore(ledger: Ledger): UsageStore {
  return {
    async readUsage(tenantId, range) {
      const [usage] = await readCounted(ledger, [tenantId], range)
      return usage!
    },

    async listUsage(range, tenantId, { limit, cursor }) {
      const after = decodeCursor(cursor, /^ten_[0-9a-z]{26} \d{1,15}$/)
      const [afterTenant = '', afterMs = '0'] = after?.split(' ') ?? []
      const pointsEach = (range.endMs - range.sinceMs) / stepMs[range.step]
      const tenants = await ledger.many<{ tenantId: string }>(
        `select tenant_id from tenant_total where tenant_id >= $1 and ($2::text is null or tenant_id = $2)
         order by tenant_id limit $3`,
        // The first may be done with, and there is another page when one row more than a page is found.
        [afterTenant, tenantId, 1 + Math.ceil((limit + 1) / Math.max(1, pointsEach))],
      )
      if (tenantId !== null && tenants.length === 0 && after === undefined) return null
      const counted = await readCounted(
        ledger,
        tenants.map((row) => row.tenantId),
        range,
      )
      const isBehind = ({ tenantId: of, at }: TenantUsagePoint) => of > afterTenant || at.getTime() > Number(afterMs)
      const rows = counted
        .flatMap((usage): TenantUsagePoint[] =>
          usagePoints(range, usage).data.map((point) => ({ tenantId: usage.tenantId, ...point })),
        )
        .filter(isBehind)
      const data = rows.slice(0, limit)
      const last = data.at(-1)
      const nextCursor = rows.length > limit && last ? encodeCursor(`${last.tenantId} ${last.at.getTime()}`) : null
      return { data, nextCursor }
    },

    countRequests: (requests) => countRequests(ledger.relaxed, requests),
  }
}

interface CountedRow {
  tenantId: string
  storedBytes: bigint
  nowMs: number
  points: CountedPoint[] | null
}

const sums = [
  ...usageCounters.map((name) => `'${name}', sum(${snakeCase(name)})`),
  `'storedDelta', sum(stored_delta)`,
  // To the end of the point rather than of the hour.
  `'storedByteSeconds', sum(stored_byte_seconds
    + stored_delta * extract(epoch from at + $4::interval - hour - interval '1 hour')::float8)`,
].join(', ')

/** Points behind the range come as one, whose time is null. One statement: totals and hours are of one moment. */
async function readCounted(
  sql: Sql,
  tenantIds: readonly string[],
  { step, sinceMs, endMs }: UsageRange,
): Promise<(CountedUsage & { tenantId: string })[]> {
  const rows = await sql.many<CountedRow>(
    `select t.tenant_id, t.stored_bytes, (extract(epoch from statement_timestamp()) * 1000)::float8 as now_ms,
       (select json_agg(point order by at) from (
          select at, json_build_object('atMs', extract(epoch from at) * 1000, ${sums}) as point
          from (select *, case when hour < $3 then date_trunc($5, hour, 'UTC') end as at from usage_hour
            where tenant_id = t.tenant_id and hour >= $2) as hours group by at) as points) as points
     from tenant_total t where tenant_id = any($1) order by tenant_id`,
    [tenantIds, new Date(sinceMs), new Date(endMs), `${stepMs[step]} milliseconds`, step],
  )
  return rows.map(({ tenantId, storedBytes, nowMs, points }) => {
    const known = points ?? []
    const isLater = ({ atMs }: { atMs: number | null }) => atMs === null
    return {
      tenantId,
      nowMs,
      storedBytes: Number(storedBytes),
      storedLater: known.find(isLater)?.storedDelta ?? 0,
      points: known.filter((point) => !isLater(point)),
    }
  })
}
