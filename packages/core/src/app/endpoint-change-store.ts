import type { Endpoint, NewSecret } from './stores.ts'

/** What is not there stays as it is. */
export interface EndpointChange {
  url?: string | undefined
  eventTypes?: string[] | undefined
  description?: string | null | undefined
  /** All of them; sealed by the store. */
  headers?: Record<string, string> | undefined
  maximumDeliveriesPerSecond?: number | null | undefined
}

export interface EndpointChangeStore {
  /** At another URL it has to answer its challenge again, and has not failed yet. `no_url`: it is a stream. */
  changeEndpoint(tenantId: string, id: string, change: EndpointChange): Promise<Endpoint | 'not_found' | 'no_url'>
  /**
   * The new secret signs from now on; those that were there for so many more seconds at most, and what no longer signs is
   * forgotten. `too_many`: more would sign at once than may.
   */
  rotateSecret(
    tenantId: string,
    id: string,
    secret: NewSecret,
    overlapSeconds: number,
  ): Promise<Endpoint | 'not_found' | 'too_many'>
  /** Whatever it was disabled for is forgotten; harmless when it is not. null: no such endpoint. */
  enableEndpoint(tenantId: string, id: string): Promise<Endpoint | null>
  /** Writes `endpoint.test` with this data and delivers it to the endpoint alone, whatever its filter. */
  testEndpoint(
    tenantId: string,
    id: string,
    data: Record<string, unknown>,
  ): Promise<{ eventId: string; deliveryId: string } | 'not_found' | 'disabled'>
}
