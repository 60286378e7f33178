import type { Delivery, DeliveryAttempt, DeliveryFilter } from '../deliveries/delivery.ts'
import type { Page, PageQuery } from '../kernel/page.ts'
import type { Wake } from '../wakes/rules/wake.ts'
import type { Envelope } from './rules/event.ts'

export interface EventFilter {
  sessionIdentifier?: string | undefined
  type?: string | undefined
}

export interface FeedStore {
  /** In the tenant's order; the cursor never skips an event, even one whose transaction committed late. `nextCursor` is never null: it continues the feed. */
  listEvents(
    tenantId: string,
    filter: EventFilter,
    query: { limit: number; after?: string | undefined },
  ): Promise<{ data: Envelope[]; nextCursor: string | null }>
  listDeliveries(tenantId: string, filter: DeliveryFilter, query: PageQuery): Promise<Page<Delivery>>
  /** null: no such delivery. */
  listAttempts(tenantId: string, deliveryId: string): Promise<DeliveryAttempt[] | null>
  listWakes(tenantId: string, filter: { sessionIdentifier?: string | undefined }, query: PageQuery): Promise<Page<Wake>>
  findWake(tenantId: string, id: string): Promise<Wake | null>
  /** Harmless when it was completed already. `expired`: the deadline has passed; nothing is changed. null: no such wake. */
  completeWake(tenantId: string, id: string): Promise<Wake | 'expired' | null>
  /** The deadline becomes `seconds` from now if that is later, and not beyond the maximum. Refused unless the wake is open. */
  extendWake(tenantId: string, id: string, seconds: number): Promise<Wake | 'completed' | 'expired' | null>
}
