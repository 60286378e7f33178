import { AppError } from '../domain/errors.ts'
import type { Tenant, TenantLimiterPolicy, TenantStore } from './stores.ts'

export interface ChangeTenantPorts {
  store: Pick<TenantStore, 'changeTenant'>
}

type GivenPolicy = { [Field in keyof TenantLimiterPolicy]?: TenantLimiterPolicy[Field] | undefined }

const installations: TenantLimiterPolicy = { baseSeconds: null, factor: null, capSeconds: null }

/** What is not named stays as it is; `limiterPolicy` null, or a field of it, is the installation's. Throws `not_found`. */
export async function changeTenant(
  { store }: ChangeTenantPorts,
  id: string,
  { limiterPolicy = {} }: { limiterPolicy?: GivenPolicy | null | undefined },
): Promise<Tenant> {
  const tenant = await store.changeTenant(id, { limiterPolicy: limiterPolicy ?? installations })
  if (tenant === null) throw new AppError('not_found', 'There is no such tenant.')
  return tenant
}
