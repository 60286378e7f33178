import { decodeCursor, pageOf } from '../../database/cursor.ts'
import { clockNow, type Sql } from '../../database/database.ts'
import type { HostState as HostRow } from '../../database/generated/client.ts'
import type { Page, PageQuery } from '../../kernel/page.ts'
import type { NamedHostStanding } from '../host-store.ts'
import { healthOf } from './host-row.ts'

/** The name of a host, as a cursor. */
const hostShape = /^[^\s/@]{1,300}$/

/** One statement, so that it shows one moment. */
export async function readHost(sql: Sql, tenantId: string, host: string): Promise<NamedHostStanding | null> {
  const isTheirs = 'where exists (select 1 from task where tenant_id = $1 and host = $2)'
  const [found] = await standings(sql, `(select $2::text as host ${isTheirs})`, [tenantId, host])
  return found ?? null
}

export async function listHosts(
  sql: Sql,
  tenantId: string,
  { healthy }: { healthy?: boolean | undefined },
  { limit, cursor }: PageQuery,
): Promise<Page<NamedHostStanding>> {
  const after = decodeCursor(cursor, hostShape) ?? ''
  const named = healthy === false ? unwellHosts : hostsOfTasks(healthy === true)
  const rows = await standings(sql, `(${named})`, [tenantId, after, limit + 1])
  return pageOf(
    rows,
    limit,
    ({ host }) => host,
    (row) => row,
  )
}

/** Whether a row of `host_state` says something else than `healthy` (see {@link hostStateName}). */
const isUnwell = (row: string) => `(${row}.half_open or ${row}.blocked_until > ${clockNow})`

/** Few hosts are unwell at a time, so they are looked for first, and then whether the tenant has a task there. */
const unwellHosts = `select s.host from host_state s
  where ${isUnwell('s')} and s.host > $2
    and exists (select 1 from task where tenant_id = $1 and host = s.host)
  order by s.host limit $3`

/**
 * From name to name in the index: a million tasks at one host are one step. No further than the page, which comes in that order: the state is
 * looked up for each row, because a join may bring them in another one.
 */
function hostsOfTasks(onlyHealthy: boolean): string {
  const next = (before: string) =>
    `select host from task where tenant_id = $1 and host > ${before} order by host limit 1`
  return `with recursive named (host) as (
      (${next('$2')}) union all select (${next('named.host')}) from named where named.host is not null)
    select host from named where host is not null
      ${onlyHealthy ? `and not coalesce((select ${isUnwell('s')} from host_state s where s.host = named.host), false)` : ''}
    limit $3`
}

/** `named`: a subquery with the column `host`. `$1` is the tenant. */
async function standings(sql: Sql, named: string, params: unknown[]): Promise<NamedHostStanding[]> {
  const rows = await sql.many<HostRow & { name: string; now: Date; yours: number; waiting: number }>(
    `select h.*, named.host as name, ${clockNow} as now,
       (select coalesce(sum(connections), 0)::int from task where host = named.host and tenant_id = $1
          and ended_at is null and state in ('dispatched', 'running', 'completing')) as yours,
       (select count(*)::int from task where host = named.host and tenant_id = $1
          and ended_at is null and state = 'waiting') as waiting
     from ${named} named left join host_state h on h.host = named.host order by named.host`,
    params,
  )
  return rows.map((row) => ({
    host: row.name,
    health: healthOf({ ...row, halfOpen: row.halfOpen ?? false, failures: row.failures ?? 0 }),
    bytesPerSecond: row.bytesPerSecond,
    singleConnectionUntilMs: row.singleConnectionUntil?.getTime() ?? null,
    nowMs: row.now.getTime(),
    connections: row.yours,
    waitingTasks: row.waiting,
  }))
}
