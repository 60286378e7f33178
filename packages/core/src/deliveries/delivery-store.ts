import type { DecisionKind, DecisionReading } from '../decisions/rules/decision.ts'
import type { WebhookResponse } from './webhook-sender.ts'

/** A URL to POST to, or the connection that a stream's receiver keeps open; null: it has not opened any. */
type Destination = { url: string } | { connectionId: string | null }

export interface OutgoingDelivery {
  wakeId: string | null
  laneEpoch: number
  deliveryId: string
  sessionId: string
  endpointId: string
  eventId: string
  /** The event's id; of a challenge, that of the attempt. */
  webhookId: string
  /** The receiver has to repeat this before it gets events; null: it is an event. */
  challenge: string | null
  attempts: number
  /** Those that the schedule does not count: from before the last manual retry, and up to ten whose outcome is not known. */
  attemptsBefore: number
  destination: Destination
  /** The decision that the event asks for; its answer is the delegate's. */
  decision: DecisionKind | null
  /** When it was taken by the database's clock, Unix ms. */
  takenAtMs: number
  /** When it was made, by the same clock. */
  pendingSinceMs: number
  /** Sent to see whether a half-open endpoint is there again. */
  isProbe: boolean
  /** Live secrets, `whsec_…`, or private keys, `whsk_…`. */
  secrets: string[]
  /** Of the request that created the task that the event is about (W3C Trace Context); null: none. */
  traceparent: string | null
  /** Of an event that is about several tasks, such as a wake: theirs. */
  links: readonly string[]
  /** The endpoint's own. */
  headers: Record<string, string>
  body: string
}

/** The response, and the decision in it. */
export interface DeliveryResponse extends WebhookResponse {
  /** The reading of a 2xx response to a question. */
  decision?: DecisionReading
}

/** A POST that got a response, or certainly none. */
export interface SentDelivery {
  delivery: OutgoingDelivery
  answer: DeliveryResponse
  durationMs: number
  /** How long ago that was. */
  agoMs: number
  /** The header fields that it was sent with. */
  headers?: Record<string, string>
}

export interface DeliveryLane {
  sessionId: string
  endpointId: string
}

/** The result of a leased batch: deliveries that were sent, in their order, and then those that were not tried. */
export interface SentBatch {
  /** All but the last of them are successes. */
  sent: readonly SentDelivery[]
  unsent: readonly OutgoingDelivery[]
}

export interface DeliveryStore {
  /** Delivery lanes with something due, not leased, of endpoints that are called at their URL. */
  listDueDeliveryLanes(limit: number): Promise<DeliveryLane[]>
  /**
   * Leases the delivery lane for {@link deliveryLaneLeaseSeconds}, writes an attempt ahead for each of its next
   * deliveries, `most` at most, and fixes their bodies. A question comes alone. Empty when there is nothing to do or
   * another process has the delivery lane. `connectionId`: they go over this connection; empty, too, when another has
   * taken its endpoint over.
   */
  leaseNextBatch(lane: DeliveryLane, most: number, connectionId?: string): Promise<OutgoingDelivery[]>
  /**
   * Writes the results of sent deliveries and reverts the attempts of unsent ones; that of the last sent one too if it
   * failed with an internal error. `next`: how many are leased next in the same transaction, at most; 0: the delivery
   * lane is unlocked; `keepLease`: it stays leased, as the outcome of a delivery between the two is not known.
   */
  recordBatch(batch: SentBatch, random: number, next: number | 'keepLease'): Promise<OutgoingDelivery[]>
}
