import type { Delivery } from './stores.ts'

/** What a tenant does when deliveries have gone wrong. */
export interface RepairStore {
  /** null: no such delivery. */
  findDelivery(tenantId: string, id: string): Promise<Delivery | null>
}
