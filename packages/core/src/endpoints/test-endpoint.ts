import type { EventType } from '../events/rules/event.ts'
import { type IdempotentRequest, isReplay, type Replay, withOutcome } from '../idempotency/idempotent-request.ts'
import { AppError, found, notFound } from '../kernel/rules/errors.ts'
import type { Endpoint, EndpointStore, SentTest, WrittenTest } from './endpoint-store.ts'

/** Enables the endpoint. Harmless when it is enabled; throws `not_found`. */
export async function enableEndpoint(
  { stores }: { stores: { endpoints: Pick<EndpointStore, 'enableEndpoint'> } },
  tenantId: string,
  id: string,
): Promise<Endpoint> {
  const endpoint = found('endpoint', await stores.endpoints.enableEndpoint(tenantId, id))
  return endpoint
}

/**
 * Sends an `endpoint.test` to it, with what an event of another type looks like if that is wanted. Throws `not_found` and
 * `endpoint_disabled`.
 */
export async function testEndpoint(
  { stores }: { stores: { endpoints: Pick<EndpointStore, 'testEndpoint'> } },
  tenantId: string,
  id: string,
  example: { type: EventType; data: Record<string, unknown> } | undefined,
  idempotent: IdempotentRequest<SentTest> | undefined,
): Promise<SentTest | Replay> {
  const resultOf = (written: WrittenTest) => (typeof written === 'string' ? null : written)
  const data = example === undefined ? {} : { example }
  const sent = await stores.endpoints.testEndpoint(tenantId, id, data, withOutcome(idempotent, resultOf))
  if (isReplay(sent)) return sent
  if (sent === 'not_found') throw notFound('endpoint')
  if (sent === 'disabled') throw new AppError('endpoint_disabled', 'Nothing is sent to an endpoint that is disabled.')
  return sent
}
