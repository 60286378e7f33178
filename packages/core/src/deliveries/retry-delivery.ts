import { AppError, notFound } from '../kernel/rules/errors.ts'
import type { Delivery, DeliveryLogStore } from './delivery-log-store.ts'

/** Sends one delivery again. Throws `not_found`, `endpoint_disabled`, `decision_over`. */
export async function retryDelivery(
  { stores }: { stores: { deliveries: Pick<DeliveryLogStore, 'retryDelivery'> } },
  tenantId: string,
  id: string,
): Promise<Delivery> {
  const retried = await stores.deliveries.retryDelivery(tenantId, id)
  if (retried === 'not_found') throw notFound('delivery')
  if (retried === 'endpoint_disabled') throw endpointDisabled()
  if (retried === 'decision_over') {
    throw new AppError('decision_over', 'Nobody waits for the answer to this question any more.')
  }
  return retried
}

export function endpointDisabled(): AppError {
  return new AppError(
    'endpoint_disabled',
    'Nothing is sent to an endpoint that is disabled or deleted. Enable it first.',
  )
}
