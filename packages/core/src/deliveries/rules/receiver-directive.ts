/** Orders of a receiver in its response's field `webhook-delivery`. */
export type DeliveryOrder = 'disable' | 'abort-message'

/**
 * Reads the field as Svix defined it (docs.svix.com/receiving/delivery-control; Standard Webhooks has no such field):
 * `disable` ends all deliveries to the endpoint, `abort-message` the retries of this message. Of several the strongest
 * counts; unknown ones are ignored.
 */
export function readDeliveryOrder(field: string | undefined): DeliveryOrder | null {
  const given = (field ?? '').split(',').map((each) => each.trim().toLowerCase())
  if (given.includes('disable')) return 'disable'
  return given.includes('abort-message') ? 'abort-message' : null
}
