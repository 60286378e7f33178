import type { Ledger } from '../../ledger/ledger.ts'
import type { TenantChores } from '../tenant-chores.ts'
import {
  leaseRemoval,
  listRemovableTasks,
  releaseRemoval,
  removeRows,
  removeTasks,
  removeTenant,
} from './remove-tenant.ts'
import { giveBackResting } from './rest-tenants.ts'

export function createTenantChores(ledger: Ledger): TenantChores {
  return {
    giveBackResting: () => giveBackResting(ledger),
    leaseRemoval: () => leaseRemoval(ledger),
    releaseRemoval: (tenantId) => releaseRemoval(ledger, tenantId),
    listRemovableTasks: (tenantId) => listRemovableTasks(ledger, tenantId),
    removeTasks: (tenantId, taskIds) => removeTasks(ledger, tenantId, taskIds),
    removeRows: (tenantId) => removeRows(ledger, tenantId),
    removeTenant: (tenantId) => removeTenant(ledger, tenantId),
  }
}
