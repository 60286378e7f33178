import type { DeliveryLane, OutgoingDelivery, SentDelivery } from '../deliveries/delivery-store.ts'

/** Why a connection of a stream endpoint is no longer used. */
export type ConnectionEnd = ConnectionLoss | 'unauthorized'
/** What becomes of its endpoint. */
export type ConnectionLoss = 'replaced' | 'disabled' | 'deleted'

/** A connection that a receiver keeps open. */
export interface KeptConnection {
  connectionId: string
  endpointId: string
}

/** An attempt, by its delivery and its number there. */
export interface PendingAttempt {
  deliveryId: string
  attempts: number
}

/* Deliveries over connections that receivers open, to any API process; each verb is one transaction. */
export interface ConnectionStore {
  /**
   * The endpoint's deliveries go over this connection from now on, and over no other. Deliveries in hand of another
   * connection are taken from it, and sent again without being charged; those that wait for a retry are due at once,
   * once a minute at most. `replaced`: the connection that had the endpoint before, which may be closed by now.
   */
  takeOver(
    tenantId: string,
    endpointId: string,
    connectionId: string,
  ): Promise<{ replaced: string | null } | 'not_found' | 'not_a_stream' | 'disabled'>
  /** The connections among these that must not be used any more, and why. */
  findEndedConnections(connections: readonly KeptConnection[]): Promise<Map<string, ConnectionLoss>>
  /** Delivery lanes of these endpoints with something due, not leased; some of each. */
  listDueStreamDeliveryLanes(endpointIds: readonly string[]): Promise<DeliveryLane[]>
  /** Stores the header fields of an attempt for the log: the process that records its answer does not know them. */
  noteHeaders(attempt: PendingAttempt, headers: Record<string, string>): Promise<void>
  /**
   * Claims the attempt that waits for an answer: its sender can no longer record that none has come. `elapsedMs`: since
   * it began.
   */
  claimDelivery(
    tenantId: string,
    deliveryId: string,
  ): Promise<{ delivery: OutgoingDelivery; elapsedMs: number } | 'not_found' | 'not_awaited'>
  /** The attempts among these whose answers are recorded, with their status. */
  findRecorded(attempts: readonly PendingAttempt[]): Promise<(PendingAttempt & { status: number | null })[]>
  /**
   * Records the answer to a claimed attempt, and notifies its sender. False: another connection has taken the delivery
   * over, and the answer has no consequences. Later changes of the delivery lane do not matter.
   */
  recordDeliveryAnswer(sent: SentDelivery, random: number): Promise<boolean>
}
