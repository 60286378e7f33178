import type { Sql } from '../../database/database.ts'
import { type GroupInFlight, groupsInFlight, isInFlight } from '../../ledger/in-flight.ts'
import { byteQuotaLeft, hasByteQuota, isByteQuotaReached } from '../../ledger/quota-sql.ts'
import { bytesInFlightPerTenant, type FreeSlots } from '../rules/capacity.ts'
import type { QueueTurn, TenantQueue } from '../rules/fair-share.ts'
import type { LockedQueue } from '../rules/locked-elsewhere.ts'

/** Tenant queues looked at together. */
const queuesPerPage = 64

/** A place in the order of tenant queues. */
export interface QueuePlace {
  vtime: number
  tenantId: string
}
export const beforeAllQueues: QueuePlace = { vtime: Number.NEGATIVE_INFINITY, tenantId: '' }

export interface QueuePage {
  queues: Omit<TenantQueue, 'candidates'>[]
  inFlight: GroupInFlight[]
  /** The largest virtual time of any tenant queue. */
  ceiling: number
  /** Those that another dispatcher had locked. */
  elsewhere: LockedQueue[]
  /** Where the next page begins; null when there is none. */
  end: QueuePlace | null
}

/**
 * Locks tenant queues that could take a slot, in the order of their virtual time, leaving out those that another
 * dispatcher has locked. Tasks in flight are counted only then, in a statement of its own, which sees all that was
 * committed before: so caps are exact however many dispatchers there are. `alreadyLocked` are those that the caller has
 * locked already: a tenant queue may move behind others before it is locked, and must not be met there again. Whether a
 * tenant queue rests is looked at again behind its lock.
 */
export async function lockTenantQueues(
  tx: Sql,
  room: FreeSlots,
  after: QueuePlace,
  alreadyLocked: readonly string[],
): Promise<QueuePage> {
  // Not `exists`: with old statistics the planner would read all waiting tasks of all tenants into a hash.
  const waiting = (which = '') =>
    `(select true from task t where t.tenant_id = l.tenant_id and t.state = 'waiting' and t.due ${which} limit 1)`
  const offered = await tx.many<QueuePlace & QueueTurn>(
    `select l.tenant_id, l.vtime, l.weight from lane l cross join lateral
       (select count(*) as count from task t where t.tenant_id = l.tenant_id and ${isInFlight('t')}) flight
     where (l.vtime, l.tenant_id) > ($1::float8, $2::text) and not l.resting and flight.count < least(l.cap, $3::int)
       and l.tenant_id <> all($6::text[])
       and (${waiting('and not t.effective_discretionary')}
         or ($4::int > 0 or $5::int > 0 and flight.count = 0) and ${waiting()}
         or ${waiting('and t.effective_discretionary and t.latest_start <= statement_timestamp()')})
       and not ${isByteQuotaReached('l')}
     order by l.vtime, l.tenant_id limit ${queuesPerPage}`,
    // Without slots there is only the reserve, which is for those that have nothing in flight.
    [after.vtime, after.tenantId, room.slots > 0 ? 2 ** 31 - 1 : 1, room.spare, room.reserve, alreadyLocked],
  )
  const end = offered.length === queuesPerPage ? offered.at(-1)! : null
  if (offered.length === 0) return { queues: [], inFlight: [], ceiling: 0, elsewhere: [], end }
  const locked = await tx.many<QueuePlace & { weight: number; cap: number; hasQuota: boolean; ceiling: number }>(
    `select l.tenant_id, l.vtime, l.weight, l.cap, ${hasByteQuota('l')} as has_quota,
       (select max(vtime) from lane) as ceiling from lane l
     where l.tenant_id = any($1) and not l.resting order by l.vtime, l.tenant_id for update of l skip locked`,
    [offered.map(({ tenantId }) => tenantId)],
  )
  const quotas = await quotasLeft(
    tx,
    locked.filter(({ hasQuota }) => hasQuota).map(({ tenantId }) => tenantId),
  )
  const inFlight = await groupsInFlight(
    tx,
    locked.map(({ tenantId }) => tenantId),
  )
  const queues = locked.map(({ tenantId, vtime, weight, cap }) => {
    const groups = inFlight.filter((group) => group.tenantId === tenantId)
    const count = groups.reduce((sum, group) => sum + group.count, 0)
    const bytes = groups.reduce((sum, group) => sum + group.bytes, 0)
    return {
      ...{ tenantId, vtime, weight, free: cap - count, idle: count === 0 },
      bytesFree: bytesInFlightPerTenant - bytes,
      quotaLeft: quotas.get(tenantId) ?? Number.POSITIVE_INFINITY,
    }
  })
  const ours = new Set(locked.map(({ tenantId }) => tenantId))
  const elsewhere = offered.filter(({ tenantId }) => !ours.has(tenantId))
  return { queues, inFlight, ceiling: locked[0]?.ceiling ?? 0, elsewhere, end }
}

/** Behind the locks of these tenant queues: what was claimed of them before counts. */
async function quotasLeft(tx: Sql, tenantIds: readonly string[]): Promise<Map<string, number>> {
  if (tenantIds.length === 0) return new Map()
  const rows = await tx.many<{ tenantId: string; quotaLeft: number }>(
    `select l.tenant_id, ${byteQuotaLeft('l')} as quota_left from lane l where l.tenant_id = any($1)`,
    [tenantIds],
  )
  return new Map(rows.map(({ tenantId, quotaLeft }) => [tenantId, quotaLeft]))
}
