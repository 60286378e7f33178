import type { Endpoint } from './stores.ts'

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
}
