import type { RepairStore } from '../app/repair-store.ts'
import type { Database } from './database.ts'
import { retryDelivery } from './retry-delivery.ts'

export function createRepairStore(database: Database): Omit<RepairStore, 'findDelivery'> {
  return {
    retryDelivery: (tenantId, id) => database.transaction((tx) => retryDelivery(tx, tenantId, id)),
  }
}
