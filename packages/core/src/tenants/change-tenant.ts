import { found } from '../kernel/rules/errors.ts'
import type { TenantLimits } from '../limits/rules/limits.ts'
import { refuseBadHours } from '../sessions/check-preferred-hours.ts'
import type { PreferredHours } from '../sessions/rules/preferred-hours.ts'
import type { Tenant, TenantLimiterPolicy, TenantStore } from './tenant-store.ts'

interface ChangeTenantPorts {
  stores: { tenants: Pick<TenantStore, 'changeTenant'> }
}

type GivenPolicy = { [Field in keyof TenantLimiterPolicy]?: TenantLimiterPolicy[Field] | undefined }
interface GivenChange {
  limiterPolicy?: GivenPolicy | null | undefined
  preferredHours?: PreferredHours | null | undefined
  limits?: TenantLimits | null | undefined
}

const installations: TenantLimiterPolicy = { baseSeconds: null, factor: null, capSeconds: null }

/**
 * Members that are not given stay; `limiterPolicy` null, or a field of it, is the installation's, `preferredHours` null
 * is any time; `limits` null is the installation's, and one of them that is null is none. Throws `not_found`, `invalid_request`.
 */
export async function changeTenant(
  { stores }: ChangeTenantPorts,
  id: string,
  { limiterPolicy = {}, preferredHours, limits }: GivenChange,
): Promise<Tenant> {
  refuseBadHours(preferredHours, '/preferredHours')
  const tenant = found(
    'tenant',
    await stores.tenants.changeTenant(id, { limiterPolicy: limiterPolicy ?? installations, preferredHours, limits }),
  )
  return tenant
}
