import { notFound } from '../kernel/rules/errors.ts'
import { type Quota, requireRoom } from '../limits/rules/quota.ts'
import type { TenantTotals } from './count-usage.ts'
import { isInFlight } from './in-flight.ts'
import type { Tx } from './ledger.ts'
import { limitOf } from './limits-sql.ts'

/*
 * Quotas of what a transaction is about to create. Each is counted behind the lock of the tenant's totals, in a statement
 * of its own, so that there is never one too many, however many create at once. All throw `quota_exceeded`.
 */

/**
 * Tasks, behind their insertion: `totals` are counted with them. Only when even the tasks in flight would not fit if they
 * waited are those counted.
 */
export async function requireRoomForTasks(
  tx: Tx,
  tenantId: string,
  created: number,
  { liveTasks, maximum }: Pick<TenantTotals, 'liveTasks'> & { maximum: number | null },
): Promise<void> {
  if (maximum === null || Number(liveTasks) <= maximum) return
  const row = await tx.first<{ count: number }>(
    `select count(*)::int as count from task t where t.tenant_id = $1 and ${isInFlight('t')}`,
    [tenantId],
  )
  const used = Number(liveTasks) - created - row!.count
  requireRoom('maximumTasksWaiting', { maximum, used, adding: created })
}

/** A session. Its insertion counts it. */
export async function requireRoomForSession(tx: Tx, tenantId: string): Promise<void> {
  const { maximum, sessions } = await lockTotals(tx, tenantId, 'maximumSessions')
  requireRoom('maximumSessions', { maximum, used: sessions })
}

export async function requireRoomForEndpoint(tx: Tx, tenantId: string): Promise<void> {
  const { maximum } = await lockTotals(tx, tenantId, 'maximumEndpoints')
  const used = maximum === null ? 0 : await countOf(tx, `endpoint where ${isEndpoint}`, tenantId)
  requireRoom('maximumEndpoints', { maximum, used })
}

/** A further key; not for one that takes the place of another. */
export async function requireRoomForKey(tx: Tx, tenantId: string): Promise<void> {
  const { maximum } = await lockTotals(tx, tenantId, 'maximumApiKeys')
  const used = maximum === null ? 0 : await countOf(tx, `api_key where ${isKey}`, tenantId)
  requireRoom('maximumApiKeys', { maximum, used })
}

/** SQL: an endpoint that counts. */
export const isEndpoint = 'deleted_at is null'
/** SQL: a key that counts: one that lives, and was not rotated into another. */
export const isKey =
  'revoked_at is null and replaced_by is null and (expires_at is null or expires_at > statement_timestamp())'

interface LockedTotals {
  maximum: number | null
  sessions: number
}

async function lockTotals(tx: Tx, tenantId: string, quota: Quota): Promise<LockedTotals> {
  const row = await tx.first<LockedTotals>(
    `select t.sessions::float8 as sessions, (${limitOf('n.limits', quota)})::float8 as maximum
     from tenant_total t join tenant n on n.id = t.tenant_id where t.tenant_id = $1 for no key update of t`,
    [tenantId],
  )
  // Its tenant was deleted while the request was on its way.
  if (row === null) throw notFound('tenant')
  return row
}

async function countOf(tx: Tx, which: string, tenantId: string): Promise<number> {
  const row = await tx.first<{ count: number }>(`select count(*)::int as count from ${which} and tenant_id = $1`, [
    tenantId,
  ])
  return row!.count
}
