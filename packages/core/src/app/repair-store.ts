import type { Delivery } from './stores.ts'

/** `decision_over`: it asks for a decision that is settled, or whose time is over. */
export type RetriedDelivery = Delivery | 'not_found' | 'endpoint_disabled' | 'decision_over'

/** What a tenant does when deliveries have gone wrong. */
export interface RepairStore {
  /** null: no such delivery. */
  findDelivery(tenantId: string, id: string): Promise<Delivery | null>
  /**
   * What has ended becomes pending with a fresh schedule, at the end of its lane, with its body and webhook-id. What is
   * pending is due now. Nothing is changed when it is refused.
   */
  retryDelivery(tenantId: string, id: string): Promise<RetriedDelivery>
}
