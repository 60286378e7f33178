import { clockNow } from '../../database/database.ts'
import type { Tenant as TenantRow } from '../../database/generated/client.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import { queueCaps } from '../../ledger/limits-sql.ts'
import { replanTenant, setTenantHours } from '../../ledger/preferred-hours-sql.ts'
import type { TenantState } from '../rules/tenant-state.ts'
import type { Tenant, TenantChange } from '../tenant-store.ts'
import { setResting } from './rest-tenants.ts'
import { type JoinedTenantRow, joinedTenants, tenantOf } from './tenant-row.ts'

export async function changeTenant(
  ledger: Ledger,
  id: string,
  change: TenantChange,
): Promise<Tenant | 'not_found' | 'deleting'> {
  const changed = await ledger.transaction((tx) => changeRows(tx, id, change))
  if (typeof changed === 'string') return changed
  if (change.preferredHours !== undefined) await replanTenant(ledger, id)
  return changed
}

async function changeRows(tx: Tx, id: string, change: TenantChange): Promise<Tenant | 'not_found' | 'deleting'> {
  const { name, state, weight, preferredHours, limits, resetLimits } = change
  const before = await lockedState(tx, id)
  if (before === null) return 'not_found'
  if (before === 'deleting') return 'deleting'
  tx.changed()
  const isTurned = state !== undefined && state !== before
  if (isTurned) await setResting(tx, id, state !== 'active')
  if (weight !== undefined) await tx.run('update lane set weight = $2 where tenant_id = $1', [id, weight])
  await changePolicy(tx, id, change.limiterPolicy)
  // Behind the limiter, as creation has them.
  if (limits !== undefined || resetLimits !== undefined) await changeLimits(tx, id, limits, resetLimits)
  if (isTurned) await setState(tx, id, state)
  if (name !== undefined) await tx.run('update tenant set name = $2 where id = $1', [id, name])
  if (preferredHours !== undefined) await setTenantHours(tx, id, preferredHours)
  return readTenant(tx, id)
}

/** On record as nobody's, because the tenant's audit goes with it: who deleted it, and when, stays. */
export async function beginDeleting(tx: Tx, id: string): Promise<Tenant | 'not_found' | 'deleting'> {
  const before = await lockedState(tx, id)
  if (before === null) return 'not_found'
  if (before === 'deleting') return 'deleting'
  tx.changed({ target: id, tenantId: null })
  await setResting(tx, id, true)
  await setState(tx, id, 'deleting')
  return readTenant(tx, id)
}

/** null: there is no such tenant. Its queue's row is locked first of all, as a claim has it, which goes by what it finds there. */
async function lockedState(tx: Tx, id: string): Promise<TenantState | null> {
  const lane = await tx.first('select 1 from lane where tenant_id = $1 for update', [id])
  if (lane === null) return null
  const tenant = await tx.first<Pick<TenantRow, 'state'>>('select state from tenant where id = $1', [id])
  return tenant!.state as TenantState
}

async function setState(tx: Tx, id: string, state: TenantState): Promise<void> {
  await tx.run(`update tenant set state = $2, state_since = ${clockNow} where id = $1`, [id, state])
}

async function readTenant(tx: Tx, id: string): Promise<Tenant> {
  return tenantOf((await tx.first<JoinedTenantRow>(`${joinedTenants} where n.id = $1`, [id]))!)
}

/** The tenant's queue has its caps with it. null: all of the installation's again. */
async function changeLimits(
  tx: Tx,
  id: string,
  limits: TenantChange['limits'],
  resetLimits: TenantChange['resetLimits'] = [],
): Promise<void> {
  await tx.run(
    `with changed as (
       update tenant set limits = (case when $2 then limits else '{}' end - $4::text[]) || $3::jsonb where id = $1 returning id, limits
     )
     update lane set (${queueCaps.columns}) = (select ${queueCaps.of('changed.limits')}) from changed where lane.tenant_id = changed.id`,
    [id, limits !== null, JSON.stringify(limits ?? {}), [...resetLimits]],
  )
}

/** It waits for a transition of the limiter that is under way, and the next one goes by it. */
async function changePolicy(tx: Tx, id: string, policy: TenantChange['limiterPolicy']): Promise<void> {
  const given = [policy.baseSeconds, policy.factor, policy.capSeconds]
  if (given.every((value) => value === undefined)) return
  await tx.run(
    `update limiter set
       base_seconds = case when $2 then $5::float8 else base_seconds end,
       factor = case when $3 then $6::float8 else factor end,
       cap_seconds = case when $4 then $7::float8 else cap_seconds end
     where tenant_id = $1`,
    [id, ...given.map((value) => value !== undefined), ...given.map((value) => value ?? null)],
  )
}
