import { refuseBadHours } from '../sessions/check-preferred-hours.ts'
import type { PreferredHours } from '../sessions/rules/preferred-hours.ts'
import { livingTenant } from './rules/tenant-state.ts'
import type { Tenant, TenantChange, TenantLimiterPolicy, TenantStore } from './tenant-store.ts'

interface ChangeTenantPorts {
  stores: { tenants: Pick<TenantStore, 'changeTenant'> }
}

type GivenPolicy = { [Field in keyof TenantLimiterPolicy]?: TenantLimiterPolicy[Field] | undefined }
interface GivenChange extends Omit<TenantChange, 'limiterPolicy'> {
  limiterPolicy?: GivenPolicy | null | undefined
  preferredHours?: PreferredHours | null | undefined
}

const installations: TenantLimiterPolicy = { baseSeconds: null, factor: null, capSeconds: null }

/**
 * Members that are not given stay; `limiterPolicy` null, or a field of it, is the installation's, `preferredHours` null
 * is any time; `limits` null is the installation's, and one of them that is null is none. Throws `not_found`,
 * `invalid_request`, `tenant_deleting`.
 */
export async function changeTenant(
  { stores }: ChangeTenantPorts,
  id: string,
  { limiterPolicy = {}, ...change }: GivenChange,
): Promise<Tenant> {
  refuseBadHours(change.preferredHours, '/preferredHours')
  return livingTenant(
    await stores.tenants.changeTenant(id, { ...change, limiterPolicy: limiterPolicy ?? installations }),
  )
}
