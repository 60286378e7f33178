import type { Sql } from '../database/database.ts'

/* Tasks in flight, counted from partial indexes: there are no counters that could drift. */

/** `task` is the name of its row. */
export const isInFlight = (task: string) => `${task}.state in ('dispatched', 'running', 'completing')`
/**
 * SQL: the tasks in flight that may have connections to their host: a fully received file waits only for storage and
 * its commit.
 */
export const isFetching = (task: string) => `${task}.state in ('dispatched', 'running')`
/** SQL: bytes that a task is still expected to receive, by the best known size. `task` is the name of its row. */
export const bytesToCome = (task: string) =>
  `greatest(coalesce(${task}.bytes_expected, ${task}.expects_to_receive, 0) - ${task}.bytes_received, 0)`

/** Tasks in flight of a session at a host. */
export interface GroupInFlight {
  tenantId: string
  sessionId: string
  host: string
  count: number
  /** Connections of the downloading tasks, together. */
  connections: number
  /** Expected, and not there yet. */
  bytes: number
}

export function groupsInFlight(sql: Sql, tenantIds: readonly string[]): Promise<GroupInFlight[]> {
  return sql.many<GroupInFlight>(
    `select t.tenant_id, t.session_id, t.host, count(*)::int as count,
       coalesce(sum(t.connections) filter (where ${isFetching('t')}), 0)::int as connections,
       sum(${bytesToCome('t')})::float8 as bytes
     from task t where t.tenant_id = any($1) and ${isInFlight('t')} group by t.tenant_id, t.session_id, t.host`,
    [tenantIds],
  )
}

interface HostInFlight {
  host: string
  /** It has a row in host_state. */
  known: boolean
  blocked: boolean
  halfOpen: boolean
  /** Connections. */
  inFlight: number
}

/** The politeness state of hosts and the tasks in flight there, over all tenants. */
export function hostsInFlight(sql: Sql, hosts: readonly string[]): Promise<HostInFlight[]> {
  return sql.many<HostInFlight>(
    `select given.host, h.host is not null as known, coalesce(h.blocked_until > clock_timestamp(), false) as blocked,
       coalesce(h.half_open, false) as half_open, flight.count as in_flight
     from unnest($1::text[]) as given(host) left join host_state h on h.host = given.host
     cross join lateral (
       select coalesce(sum(t.connections), 0)::int as count from task t where t.host = given.host and ${isFetching('t')}) flight`,
    [hosts],
  )
}
