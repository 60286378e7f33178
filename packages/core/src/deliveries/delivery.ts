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
export interface DeliveryFilter {
  endpointId?: string | undefined
  eventId?: string | undefined
  state?: string | undefined
  sessionIdentifier?: string | undefined
}
export interface DeliveryAttempt {
  id: string
  number: number
  startedAt: Date
  endedAt: Date | null
  durationMs: number | null
  status: number | null
  error: string | null
  /** What was wrong with the rest of an answer whose status counts. */
  note: string | null
  /** What it was sent with, signatures and the tenant's own fields masked; null while its outcome is not known. */
  requestHeaders: Record<string, string> | null
  /** Its beginning, control characters escaped. */
  responseBody: string | null
}
