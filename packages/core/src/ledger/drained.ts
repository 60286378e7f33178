import { drainedSeconds } from '../wakes/rules/wake.ts'
import { hoursInForce } from './preferred-hours-sql.ts'
import { isTenantOverBytes } from './quota-sql.ts'

/*
 * A session has drained when none of its tasks runs, is due, or begins again within a minute by a retry, by a pause
 * after an internal error or by its host's. What waits for its begin date, the gate, preferred hours, a quota, a
 * decision or a later retry does not hold a wake back.
 */

/** SQL: the task's host is left alone for longer than a wake may be delayed. */
const hostRests = (host: string, now: string) =>
  `exists (select 1 from host_state h where h.host = ${host}
     and h.blocked_until > ${now} + interval '${drainedSeconds} seconds')`

const isInFlight = "t.state in ('dispatched', 'running', 'completing')"

/** SQL: its time has come, and it is about to be marked as due. */
const isReady = (now: string) =>
  `t.state = 'waiting' and not t.due and t.decision_until is null and t.ready_at <= ${now} and not ${hostRests('t.host', now)}`

/** SQL: it was handed out before, and is going to be again in a moment. */
const isReturning = (now: string) =>
  `t.state = 'waiting' and not t.due and t.epoch > 0 and t.decision_until is null
   and t.ready_at > ${now} and t.ready_at <= ${now} + interval '${drainedSeconds} seconds'
   and (t.earliest_begin_date is null or t.earliest_begin_date <= ${now})
   and (t.gated_until is null or t.gated_until <= ${now}) and not ${hostRests('t.host', now)}
   and (not t.effective_discretionary or t.retry_at = t.ready_at or not exists (
     select 1 from session s join tenant n on n.id = s.tenant_id where s.id = t.session_id and ${hoursInForce} is not null))`

/**
 * SQL: a task of the session delays its wake. This runs with every event that is written, so it is a few steps down
 * indexes, however many tasks wait: those that are due are looked at host by host (task_claim_group). `now` must be no
 * volatile function.
 */
export function isBusy({ tenant, session }: { tenant: string; session: string }, now: string): string {
  const due = `t.tenant_id = ${tenant} and t.session_id = ${session} and t.state = 'waiting' and t.due`
  return `(exists (select 1 from task t where t.session_id = ${session} and ${isInFlight})
    or not ${isTenantOverBytes(tenant)} and (exists (
      with recursive hosts as (
        (select t.host from task t where ${due} order by t.host limit 1)
        union all
        select (select t.host from task t where ${due} and t.host > hosts.host order by t.host limit 1)
        from hosts where hosts.host is not null
      )
      select 1 from hosts where hosts.host is not null and not ${hostRests('hosts.host', now)})
    or exists (select 1 from task t where t.session_id = ${session} and ${isReady(now)}))
    or exists (select 1 from task t where t.session_id = ${session} and ${isReturning(now)}))`
}

/** SQL: how many tasks delay the session's wake. For people: it reads them all. */
export function countBusy({ tenant, session }: { tenant: string; session: string }, now: string): string {
  const mayBegin = `not ${isTenantOverBytes(tenant)}`
  return `(select count(*)::int from task t where t.session_id = ${session} and (${isInFlight}
    or ${mayBegin} and (t.state = 'waiting' and t.due and not ${hostRests('t.host', now)} or ${isReady(now)})
    or ${isReturning(now)}))`
}
