import { AppError, notFound } from '../kernel/rules/errors.ts'
import type { EndpointStore } from './endpoint-store.ts'

/** Throws `not_found`, and `endpoint_in_use` while a session delivers to it. */
export async function deleteEndpoint(
  { stores }: { stores: { endpoints: Pick<EndpointStore, 'deleteEndpoint'> } },
  tenantId: string,
  id: string,
): Promise<void> {
  const result = await stores.endpoints.deleteEndpoint(tenantId, id)
  if (result === 'not_found') throw notFound('endpoint')
  if (result === 'in_use') throw new AppError('endpoint_in_use', 'A session that is not invalidated delivers to it.')
}
