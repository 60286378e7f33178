import type { Lane as LaneRow, Limiter as LimiterRow, Tenant as TenantRow } from '../../database/generated/client.ts'
import type { TenantLimits } from '../../limits/rules/limits.ts'
import type { PreferredHours } from '../../sessions/rules/preferred-hours.ts'
import type { TenantState } from '../rules/tenant-state.ts'
import type { Tenant } from '../tenant-store.ts'

/** A tenant with what its other rows say of it. */
export type JoinedTenantRow = Pick<TenantRow, 'id' | 'name' | 'state' | 'preferredHours' | 'limits' | 'createdAt'> &
  Pick<LaneRow, 'weight'> &
  Pick<LimiterRow, 'baseSeconds' | 'factor' | 'capSeconds'>

/** SQL: {@link JoinedTenantRow}s; the tenant is `n`. */
export const joinedTenants = `select n.id, n.name, n.state, n.preferred_hours, n.limits, n.created_at, q.weight,
    l.base_seconds, l.factor, l.cap_seconds
  from tenant n join lane q on q.tenant_id = n.id join limiter l on l.tenant_id = n.id`

export function tenantOf(row: JoinedTenantRow): Tenant {
  const { id, name, createdAt, weight, baseSeconds, factor, capSeconds } = row
  return {
    id,
    name,
    state: row.state as TenantState,
    createdAt,
    weight,
    limiterPolicy: { baseSeconds, factor, capSeconds },
    preferredHours: row.preferredHours as PreferredHours | null,
    limits: row.limits as TenantLimits,
  }
}
