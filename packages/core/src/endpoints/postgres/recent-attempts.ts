import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import type { Sql } from '../../database/database.ts'
import type { Page, PageQuery } from '../../kernel/page.ts'
import type { RecentAttempts } from '../endpoint-store.ts'
import type { EndedAttempt } from '../rules/attempt-stats.ts'

/** Enough for a rate and percentiles, and few enough to be read for a whole page of endpoints. */
const most = 50
/** Those in flight have no end yet. Beside them stand what no process has come back for. */
const lookedAt = 1_000

/** Each endpoint costs one look into an index, however many attempts it has. */
export async function listRecentAttempts(
  sql: Sql,
  tenantId: string,
  endpointId: string | undefined,
  { limit, cursor }: PageQuery,
): Promise<Page<RecentAttempts>> {
  const after = decodeCursor(cursor, typeidShape) ?? ''
  const rows = await sql.many<{ endpointId: string; startedMs: number[]; durations: number[]; statuses: number[] }>(
    `with page as (
       select id from endpoint where tenant_id = $1 and id > $2 and ($4::text is null or id = $4) and deleted_at is null
       order by id limit $3
     )
     select page.id as endpoint_id, ended.* from page cross join lateral (
       select coalesce(array_agg(extract(epoch from started_at) * 1000 order by id desc), '{}')::float8[] as started_ms,
         coalesce(array_agg(extract(epoch from ended_at - started_at) * 1000 order by id desc), '{}')::float8[] as durations,
         coalesce(array_agg(coalesce(status, 0) order by id desc), '{}')::int[] as statuses
       from (
         select * from (
           select id, started_at, ended_at, status from delivery_attempt
           where endpoint_id = page.id order by id desc limit ${lookedAt}
         ) as newest where ended_at is not null order by id desc limit ${most}
       ) as recent
     ) as ended order by page.id`,
    [tenantId, after, limit + 1, endpointId ?? null],
  )
  return pageOf(
    rows,
    limit,
    ({ endpointId }) => endpointId,
    ({ endpointId, startedMs, durations, statuses }) => ({
      endpointId,
      recent: startedMs.map(
        (startedAt, n): EndedAttempt => ({
          startedAt: new Date(startedAt),
          durationMs: durations[n]!,
          status: statuses[n] || null,
        }),
      ),
    }),
  )
}
