import type { Envelope } from './rules/event.ts'

export interface EventFilter {
  sessionIdentifier?: string | undefined
  type?: string | undefined
  taskId?: string | undefined
  /** Default: the oldest first. A cursor goes on in the order that its page had. */
  newestFirst?: boolean | undefined
}

export interface FeedStore {
  /** In the tenant's order; the cursor never skips an event, even one whose transaction committed late. `nextCursor` is null only where the feed begins, when it is read from the newest event on: otherwise it continues the feed. */
  listEvents(
    tenantId: string,
    filter: EventFilter,
    query: { limit: number; after?: string | undefined },
  ): Promise<{ data: Envelope[]; nextCursor: string | null }>
}
