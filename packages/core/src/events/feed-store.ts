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
}
