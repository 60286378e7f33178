import type { Page, PageQuery } from '../kernel/page.ts'

/* Deliveries and their attempts as their tenant sees them. */

export interface Delivery {
  id: string
  eventId: string
  eventType: string
  endpointId: string
  /** Null: the event belongs to no session. */
  sessionIdentifier: string | null
  wakeId: string | null
  state: 'pending' | 'succeeded' | 'failed' | 'canceled'
  attempts: number
  nextAttemptAt: Date | null
  createdAt: Date
  endedAt: Date | null
}
interface DeliveryFilter {
  endpointId?: string | undefined
  eventId?: string | undefined
  state?: string | undefined
  sessionIdentifier?: string | undefined
  wakeId?: string | undefined
  /** Default: the oldest first. A cursor goes on in the order that its page had. */
  newestFirst?: boolean | undefined
}
export interface DeliveryAttempt {
  id: string
  number: number
  startedAt: Date
  endedAt: Date | null
  durationMs: number | null
  status: number | null
  error: string | null
  /** Why the rest of a response was unusable although its status counts. */
  note: string | null
  /**
   * Header fields of the request, signatures and the tenant's own fields masked; null while the outcome is not known.
   */
  requestHeaders: Record<string, string> | null
  /** As they came, control characters escaped; null: there was no response, or it is not kept. */
  responseHeaders: Record<string, string> | null
  /** Its beginning, control characters escaped. */
  responseBody: string | null
}

/** `decision_over`: it asks for a decision that is settled, or whose time is over. */
export type RetriedDelivery = Delivery | 'not_found' | 'endpoint_disabled' | 'decision_over'

export interface DeliveryLogStore {
  listDeliveries(tenantId: string, filter: DeliveryFilter, query: PageQuery): Promise<Page<Delivery>>
  /** null: no such delivery. */
  findDelivery(tenantId: string, id: string): Promise<Delivery | null>
  /** null: no such delivery. */
  listAttempts(tenantId: string, deliveryId: string): Promise<DeliveryAttempt[] | null>
  /** What every attempt sends, byte for byte. null: no such delivery, or it has not been tried. */
  readBody(tenantId: string, deliveryId: string): Promise<{ body: string; eventType: string } | null>
  /**
   * A delivery that has ended becomes pending with a fresh schedule, at the end of its delivery lane, with its body and
   * webhook-id. A pending one is due now. Nothing is changed when it is refused.
   */
  retryDelivery(tenantId: string, id: string): Promise<RetriedDelivery>
}
