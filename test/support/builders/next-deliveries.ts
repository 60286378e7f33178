import type {
  DeliveryLane,
  DeliveryResponse,
  DeliveryStore,
  OutgoingDelivery,
} from '#core/deliveries/delivery-store.ts'

/* A lane's deliveries one by one, as batches of one. */

/** The delivery at the head alone, with its attempt written. */
export async function takeNextDelivery(
  stores: { deliveries: Pick<DeliveryStore, 'leaseNextBatch'> },
  lane: DeliveryLane,
): Promise<OutgoingDelivery | null> {
  return (await stores.deliveries.leaseNextBatch(lane, 1))[0] ?? null
}

/** Records the response to a delivery. With `goOn` it also takes the lane's next delivery, alone. */
export async function recordAttempt(
  stores: { deliveries: Pick<DeliveryStore, 'recordBatch'> },
  delivery: OutgoingDelivery,
  response: DeliveryResponse,
  random: number,
  goOn: boolean,
): Promise<OutgoingDelivery | null> {
  const sent = [{ delivery, answer: response, durationMs: 0, agoMs: 0 }]
  return (await stores.deliveries.recordBatch({ sent, unsent: [] }, random, goOn ? 1 : 0))[0] ?? null
}
