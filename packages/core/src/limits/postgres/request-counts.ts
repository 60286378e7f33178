import type { Sql } from '../../database/database.ts'
import type { RequestCounts } from '../request-counts.ts'
import { countedSeconds } from '../rules/request-window.ts'

/** Counts in one row a key. One statement, `takeRequests` of `rules/request-window.ts` in SQL. */
export function createPostgresRequestCounts(relaxed: Sql): RequestCounts {
  return {
    async take(keyId, { quota, owed, wanted }) {
      const row = await relaxed.first<{ given: number; left: number; freeInMs: number }>(takeSql, [
        keyId,
        quota,
        owed,
        wanted,
      ])
      return row!
    },
  }
}

/** Removes the rows of keys that were not used lately; how many. */
export function forgetRequests(relaxed: Sql): Promise<number> {
  return relaxed.run(
    `delete from request_count where second < extract(epoch from clock_timestamp())::int8 - ${5 * countedSeconds}`,
  )
}

const zeros = (count: string | number) => `array_fill(0::int8, array[${count}])`
const sumOf = (counts: string) => `(select sum(n) from unnest(${counts}) n)`
const givenOf = (used: string) => `least($4::int8, greatest($2::int8 - ${used} - $3::int8, 0))::int8`
const last = countedSeconds

const takeSql = `
  with clock as materialized (select extract(epoch from clock_timestamp()) as now)
  insert into request_count as r (key_id, second, given, counts)
  select $1, floor(now)::int8, ${givenOf('0')}, ${zeros(last - 1)} || ($3::int8 + ${givenOf('0')}) from clock
  on conflict (key_id) do update set (second, given, counts) = (
    select s.second, s.given, s.counts[1:${last - 1}] || (s.counts[${last}] + $3::int8 + s.given) from (
      select w.second, w.counts, ${givenOf(sumOf('w.counts'))} as given from (
        select greatest(r.second, excluded.second) as second, r.counts[gone + 1:${last}] || ${zeros('gone')} as counts
        from (select least(greatest(excluded.second - r.second, 0), ${last})::int4 as gone) age
      ) w
    ) s
  )
  returning given::float8, greatest($2::int8 - ${sumOf('counts')}, 0)::float8 as left,
    coalesce(1000 * (second - (select now from clock) + (
      select min(n) from generate_series(1, ${last}) n where counts[n] > 0)), 0)::float8 as free_in_ms`
