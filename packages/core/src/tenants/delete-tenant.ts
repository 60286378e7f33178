import { livingTenant } from './rules/tenant-state.ts'
import type { Tenant, TenantStore } from './tenant-store.ts'

interface DeleteTenantPorts {
  stores: { tenants: Pick<TenantStore, 'deleteTenant'> }
}

/**
 * Begins to delete a tenant: its keys are dead at once, and a chore removes all that it has (remove-tenants.ts). Throws
 * `not_found`, and `tenant_deleting` when it has begun.
 */
export async function deleteTenant({ stores }: DeleteTenantPorts, id: string): Promise<Tenant> {
  return livingTenant(await stores.tenants.deleteTenant(id))
}
