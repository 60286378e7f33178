import type { Envelope } from '../rules/event.ts'

/** A stored event and where it is in the tenant's feed. */
export interface FeedItem {
  position: number
  /** The position, as `GET /v1/events?after=` takes it. */
  cursor: string
  event: Envelope
}
export interface StreamStore {
  /**
   * Where a stream begins: behind `after` (a cursor of the feed, or an event's id), otherwise behind the newest event.
   * null: there was never such a session. A garbled `after` is invalid_request, at `pointer`.
   */
  findFeedStart(
    tenantId: string,
    from: { sessionIdentifier?: string | undefined; after?: string | undefined; pointer: string },
  ): Promise<{ position: number; cursor: string } | null>
  /** The events behind a position, in order. Fewer than `limit`: there are no more before the feed's newest one. */
  readFeed(tenantId: string, sessionIdentifier: string | undefined, after: number, limit: number): Promise<FeedItem[]>
  /**
   * Leases these tenants' streams, so that their events are announced, and returns the position of each tenant's newest
   * event.
   */
  holdStreams(tenantIds: readonly string[]): Promise<Map<string, number>>
}
