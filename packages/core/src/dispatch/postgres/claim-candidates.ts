import type { Sql } from '../../database/database.ts'
import { bytesToCome } from '../../ledger/in-flight.ts'
import type { Candidate } from '../rules/fair-share.ts'

/** A candidate with the columns that decide its turn. */
export interface ClaimCandidate extends Candidate {
  tenantId: string
  /** Discretionary, and its latest start has come. */
  promoted: boolean
  priority: number
  readyAt: Date
  /** httpMaximumConnectionsPerHost of its session. */
  connections: number
}

/** Which candidates of one tenant queue are read. */
interface CandidateQuestion {
  tenantId: string
  /** How many of each kind: ordinary, discretionary, promoted. */
  take: number
  /** Discretionary ones may be wanted. */
  discretionaryToo: boolean
}

const isWaiting = "t.state = 'waiting' and t.due"
/** Within a tenant, and within its ordinary and its discretionary tasks; the indexes task_claim and task_claim_group. */
const inOrder = 'order by t.priority desc, t.ready_at, t.id'
// By the time of the statement, which unlike the clock's can be looked up in an index, and never lies ahead of it.
const isPromoted = 't.effective_discretionary and t.latest_start <= statement_timestamp()'
const taken = `t.id as task_id, t.tenant_id, t.session_id, t.host, t.priority, t.ready_at, t.effective_discretionary,
  t.latest_start, ${bytesToCome('t')}::float8 as bytes`
const shown = `c.task_id, c.tenant_id, c.session_id, c.host, c.priority, c.ready_at, c.bytes,
  c.effective_discretionary and coalesce(c.latest_start > statement_timestamp(), true) as discretionary,
  c.effective_discretionary and coalesce(c.latest_start <= statement_timestamp(), false) as promoted,
  (s.configuration->>'httpMaximumConnectionsPerHost')::int as connections`

/** The first candidates of each tenant queue. */
export function firstCandidates(tx: Sql, queues: readonly CandidateQuestion[]): Promise<ClaimCandidate[]> {
  const ofTenant = `from task t where t.tenant_id = l.tenant_id and ${isWaiting}`
  return tx.many<ClaimCandidate>(
    `select ${shown} from unnest($1::text[], $2::int[], $3::bool[]) as l(tenant_id, take, discretionary_too)
     cross join lateral (
       (select ${taken} ${ofTenant} and not t.effective_discretionary ${inOrder} limit l.take)
       union all
       (select ${taken} ${ofTenant} and t.effective_discretionary and l.discretionary_too ${inOrder} limit l.take)
       union all
       (select ${taken} ${ofTenant} and ${isPromoted} order by t.latest_start limit l.take)
     ) c join session s on s.id = c.session_id`,
    [
      queues.map(({ tenantId }) => tenantId),
      queues.map(({ take }) => take),
      queues.map(({ discretionaryToo }) => discretionaryToo),
    ],
  )
}

/** The tasks of one session at one host. */
export interface Group {
  sessionId: string
  host: string
}
interface GroupQuestion {
  tenantId: string
  /** The scan goes on behind this one. */
  after: Group
  discretionaryToo: boolean
}
export const beforeAllGroups: Group = { sessionId: '', host: '' }
/** Tasks of a group read at once. */
const headsPerGroup = 8

/**
 * The first tasks of each group, `groups` groups of every tenant queue. Finds tasks that may begin behind any number of
 * tasks that may not, by skipping from group to group in the index.
 */
export async function headsOfGroups(
  tx: Sql,
  queues: readonly GroupQuestion[],
  groups: number,
): Promise<{ heads: ClaimCandidate[]; seen: (Group & { tenantId: string })[] }> {
  const nextGroup = (of: string) =>
    `(select t.session_id, t.host from task t where t.tenant_id = ${of}.tenant_id and ${isWaiting}
        and (t.session_id, t.host) > (${of}.session_id, ${of}.host) order by t.session_id, t.host limit 1)`
  // Bounds instead of equalities: then no other index than task_claim_group gives this order, whatever statistics say.
  const headsOfGroup = `select ${taken} from task t where t.tenant_id = g.tenant_id and ${isWaiting}
      and (t.session_id, t.host) >= (g.session_id, g.host)
      and (t.session_id, t.host, t.effective_discretionary) <= (g.session_id, g.host, g.discretionary_too)
    order by t.session_id, t.host, t.effective_discretionary, t.priority desc, t.ready_at, t.id limit ${headsPerGroup}`
  const rows = await tx.many<ClaimCandidate & { groupSession: string; groupHost: string; groupTenant: string }>(
    `with recursive g as (
       select l.tenant_id, l.discretionary_too, n.session_id, n.host, 1 as place
       from unnest($1::text[], $2::text[], $3::text[], $4::bool[]) as l(tenant_id, session_id, host, discretionary_too)
       cross join lateral ${nextGroup('l')} n
       union all
       select g.tenant_id, g.discretionary_too, n.session_id, n.host, g.place + 1
       from g cross join lateral ${nextGroup('g')} n where g.place < $5
     ), c as (
       select g.tenant_id as group_tenant, g.session_id as group_session, g.host as group_host, g.place, h.*
       from g left join lateral (${headsOfGroup}) h on true
     )
     select ${shown}, c.group_tenant, c.group_session, c.group_host
     from c join session s on s.id = c.group_session order by c.place`,
    [
      queues.map(({ tenantId }) => tenantId),
      queues.map(({ after }) => after.sessionId),
      queues.map(({ after }) => after.host),
      queues.map(({ discretionaryToo }) => discretionaryToo),
      groups,
    ],
  )
  const seen = new Map<string, Group & { tenantId: string }>()
  for (const { groupTenant: tenantId, groupSession: sessionId, groupHost: host } of rows)
    seen.set(JSON.stringify([tenantId, sessionId, host]), { tenantId, sessionId, host })
  return { heads: rows.filter(({ taskId }) => taskId !== null), seen: [...seen.values()] }
}

/** Ordinary and promoted tasks before discretionary ones; then by priority, promoted ones first among equals, then by time. */
export function byTurn(a: ClaimCandidate, b: ClaimCandidate): number {
  return (
    Number(a.discretionary) - Number(b.discretionary) ||
    b.priority - a.priority ||
    Number(b.promoted) - Number(a.promoted) ||
    a.readyAt.getTime() - b.readyAt.getTime() ||
    (a.taskId < b.taskId ? -1 : Number(a.taskId > b.taskId))
  )
}
