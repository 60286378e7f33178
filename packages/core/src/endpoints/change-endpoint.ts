import { AppError, notFound } from '../kernel/rules/errors.ts'
import { checkEndpointUrl, type EndpointPolicy, refuseBadHeaders } from './check-endpoint.ts'
import type { Endpoint, EndpointChange, EndpointStore } from './endpoint-store.ts'

interface ChangeEndpointPorts extends EndpointPolicy {
  stores: { endpoints: Pick<EndpointStore, 'changeEndpoint'> }
}

/**
 * Members that are not given stay; null removes one. Throws `not_found`, the guard's refusals, `forbidden_header`, and
 * `invalid_request` for a stream's URL.
 */
export async function changeEndpoint(
  { stores, ...policy }: ChangeEndpointPorts,
  tenantId: string,
  id: string,
  given: Omit<EndpointChange, 'headers'> & { headers?: Record<string, string> | null | undefined },
): Promise<Endpoint> {
  const { url, eventTypes, headers } = given
  if (headers) refuseBadHeaders(headers)
  const endpoint = await stores.endpoints.changeEndpoint(tenantId, id, {
    ...given,
    url: url === undefined ? undefined : checkEndpointUrl(url, policy, '/url'),
    eventTypes: eventTypes && [...new Set(eventTypes)],
    headers: headers === null ? {} : headers,
  })
  if (endpoint === 'not_found') throw notFound('endpoint')
  if (endpoint !== 'no_url') return endpoint
  const detail = 'A stream has no URL: its receiver connects to the service.'
  throw new AppError('invalid_request', detail, { errors: [{ pointer: '/url', code: 'stream', detail }] })
}
