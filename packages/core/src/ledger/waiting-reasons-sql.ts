import { bytesInFlightPerTenant, connectionsPerHost } from '../dispatch/rules/capacity.ts'
import type { ReachedQuota, WaitingFacts, WaitingReason } from '../tasks/rules/waiting-reason.ts'
import { bytesToCome, isFetching, isInFlight } from './in-flight.ts'
import { hoursOf } from './preferred-hours-sql.ts'
import { byteQuotas } from './quota-sql.ts'
import { workerSeenSeconds } from './worker-slots.ts'

/*
 * The only place that decides what a task waits for. Views, the list's filter and the summary all use it, so that they
 * agree. It is SQL because the summary evaluates it for every waiting task. `t` is the task.
 */

/** The database's clock, the same for the whole statement. */
const now = 'statement_timestamp()'
const inFlight = isInFlight('f')
/** When its discretionary tasks may begin. */
const hours = hoursOf('ws', 'wn')
const ready = `t.state = 'waiting' and t.decision_until is null and t.ready_at <= ${now}`

/**
 * SQL: the other rows that a task may wait for. `tenant` is the parameter with the tenant's id: tasks in flight are
 * counted once for the statement, from their index, however many tasks wait.
 */
export function waitingJoins(tenant: string): string {
  return `
    left join session ws on ws.id = t.session_id left join tenant wn on wn.id = t.tenant_id
    left join lane wl on wl.tenant_id = t.tenant_id
    left join (
      select count(*)::int as count, coalesce(sum(${bytesToCome('f')}), 0) as bytes
      from task f where f.tenant_id = ${tenant} and ${inFlight}
    ) tenant_flight on true
    left join fleet_connections fleet_host on fleet_host.host = t.host
    left join fleet_in_flight fleet on true
    left join (
      select count(*)::int as workers, sum(regular)::int as regular, sum(discretionary)::int as discretionary, sum(reserve)::int as reserve
      from worker where seen_at > ${now} - interval '${workerSeenSeconds} seconds'
    ) places on true
    left join (
      select f.session_id, f.host, sum(f.connections)::int as count,
        (select (configuration ->> 'httpMaximumConnectionsPerHost')::int from session where id = f.session_id) as cap
      from task f where f.tenant_id = ${tenant} and ${isFetching('f')} group by f.session_id, f.host
    ) host_flight on host_flight.session_id = t.session_id and host_flight.host = t.host
    left join host_state hs on hs.host = t.host
    left join (${reachedQuotas(tenant)}) quota on true`
}

/** SQL: `reached`, a json array of {@link ReachedQuota}; null: none is. */
function reachedQuotas(tenant: string): string {
  const quotas = Object.entries(byteQuotas).map(
    ([name, { cap, usedBy, resetsAt }]) =>
      `select '${name}' as name, ${cap} as maximum, ${usedBy(tenant)} as used, ${resetsAt} as resets_at
       from lane where tenant_id = ${tenant} and ${cap} is not null`,
  )
  return `select json_agg(json_build_object('name', name, 'maximum', maximum, 'used', used, 'resetsAt', resets_at)) as reached
    from (${quotas.join(' union all ')}) quotas where used >= maximum`
}

/** A reason and its condition in each row. Conditions of the moment count only for a task that could begin now. */
const reasonConditions: Record<WaitingReason, string> = {
  discretionary: `t.state = 'waiting' and t.effective_discretionary and t.decision_until is null and (
      ${hours} is not null and t.ready_at > greatest(${now}, t.earliest_begin_date, t.gated_until, t.retry_at)
      or t.ready_at <= ${now} and (t.latest_start is null or t.latest_start > ${now})
        and fleet.count >= case when tenant_flight.count > 0 then places.discretionary else places.regular + places.reserve end)`,
  earliestBeginDate: `t.earliest_begin_date > ${now}`,
  wakeLimiter: `t.gated_until > ${now}`,
  tenantCapacity: `${ready} and (tenant_flight.count >= wl.cap or tenant_flight.count > 0
    and ${bytesToCome('t')} > greatest(${bytesInFlightPerTenant} - tenant_flight.bytes, 0))`,
  quota: `${ready} and quota.reached is not null`,
  hostCapacity: `${ready} and (host_flight.count >= host_flight.cap or fleet_host.count >= ${connectionsPerHost})`,
  hostBackoff: `t.state = 'waiting' and hs.blocked_until > ${now} or ${ready} and hs.half_open and fleet_host.count > 0`,
  delegateDecision: `t.state = 'waiting' and t.decision_until is not null`,
  retryBackoff: `t.retry_at > ${now}`,
  capacity: `${ready} and fleet.count >= places.regular + case when tenant_flight.count = 0 then places.reserve else 0 end`,
}

/** Seconds for which a task without another reason is just about to begin; after that it waits for a worker. */
const aboutToBegin = "interval '2 seconds'"

/** A task without another reason waits for a worker, unless it has only just become due and slots are free. */
const otherwise = `case when places.workers > 0 and t.ready_at between ${now} - ${aboutToBegin} and ${now}
    then '{}'::text[] else array['capacity'] end`

/** The reasons of a waiting task, `text[]`; none: it is about to begin. */
export const waitingReasonsOf = `coalesce(nullif(array_remove(array[
    ${Object.entries(reasonConditions)
      .map(([reason, when]) => `case when ${when} then '${reason}' end`)
      .join(',\n    ')}
  ], null), '{}'), ${otherwise})`

/** A task that clients see as waiting. */
export const isWaiting = "t.state in ('waiting', 'dispatched')"

/** The column `waiting`: {@link WaitingRow}, or null for a task that does not wait. */
export const waitingColumn = `case when ${isWaiting} then json_build_object(
    'at', ${now}, 'reasons', ${waitingReasonsOf},
    'tenantInFlight', tenant_flight.count, 'tenantCap', wl.cap,
    'workers', places.workers, 'fleetAtHost', coalesce(fleet_host.count, 0),
    'hostInFlight', coalesce(host_flight.count, 0), 'hostCap', coalesce(host_flight.cap, 0),
    'hostBlockedUntil', hs.blocked_until, 'hostReason', hs.reason,
    'quotas', quota.reached, 'hours', ${hours}) end as waiting`

/** As it comes out of the database: times are text. */
export interface WaitingRow extends Omit<WaitingFacts, 'at' | 'hostBlockedUntil' | 'quotas'> {
  at: string
  hostBlockedUntil: string | null
  quotas: (Omit<ReachedQuota, 'resetsAt'> & { resetsAt: string | null })[] | null
}

export function waitingFactsOf(row: WaitingRow | null): WaitingFacts | null {
  if (row === null) return null
  const { at, hostBlockedUntil } = row
  const quotas = (row.quotas ?? []).map((quota) => ({ ...quota, resetsAt: timeOf(quota.resetsAt) }))
  return { ...row, at: new Date(at), hostBlockedUntil: timeOf(hostBlockedUntil), quotas }
}

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}
