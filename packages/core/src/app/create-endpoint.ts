import type { Cidr } from '../domain/address.ts'
import { AppError } from '../domain/errors.ts'
import { checkUrl, type UrlRefusal } from '../domain/url.ts'
import { isReplay, type Once, onceOf, type Replay } from './idempotency.ts'
import type { Mint } from './ports.ts'
import type { Endpoint, EndpointStore } from './stores.ts'

export interface CreateEndpointPorts {
  store: Pick<EndpointStore, 'createEndpoint'>
  mint: Pick<Mint, 'webhookSecret'>
  egressAllow: readonly Cidr[]
}

/** `secret` is shown this once. */
export interface CreatedEndpoint {
  endpoint: Endpoint
  secret: string
}

export interface GivenEndpoint {
  /** Default: http. */
  kind?: 'http' | 'stream' | undefined
  url?: string | undefined
  eventTypes: string[]
  description?: string | undefined
}

/** An empty `eventTypes` means all. Throws the guard's refusals, and `invalid_request` for a URL too many or too few. */
export async function createEndpoint(
  { store, mint, egressAllow }: CreateEndpointPorts,
  tenantId: string,
  given: GivenEndpoint,
  once: Once<CreatedEndpoint> | undefined,
): Promise<CreatedEndpoint | Replay> {
  const url = urlOf(given, egressAllow)
  const secret = mint.webhookSecret()
  const eventTypes = [...new Set(given.eventTypes)]
  const tell = (endpoint: Endpoint) => ({ endpoint, secret })
  const fresh = { url, eventTypes, secret, description: given.description ?? null }
  const endpoint = await store.createEndpoint(tenantId, fresh, onceOf(once, tell))
  return isReplay(endpoint) ? endpoint : tell(endpoint)
}

/** Null for a stream, whose receiver connects to us. */
function urlOf({ kind = 'http', url }: GivenEndpoint, allowed: readonly Cidr[]): string | null {
  if (kind === 'stream') {
    if (url === undefined) return null
    throw badUrl('forbidden', 'A stream has no URL: its receiver connects to us.')
  }
  if (url === undefined) throw badUrl('required', 'The field is required, unless kind is stream.')
  return checkEndpointUrl(url, allowed, '/url')
}

function badUrl(code: string, detail: string): AppError {
  return new AppError('invalid_request', detail, { errors: [{ pointer: '/url', code, detail }] })
}

/** A tenant's endpoints are found by their URL, and PostgreSQL's index entries are limited to 2,704 bytes. */
const maxUrlBytes = 2048

/** The normalised URL of a webhook receiver. Throws the guard's refusal, pointing at `pointer`. */
export function checkEndpointUrl(raw: string, allowed: readonly Cidr[], pointer: string): string {
  const checked = checkUrl(raw, { allowed, httpsOnly: true })
  if ('code' in checked) throw refused(checked, pointer)
  if (checked.url.length <= maxUrlBytes) return checked.url
  throw refused(
    { code: 'unsupported_url', detail: `The URL of an endpoint has ${maxUrlBytes} bytes at most.` },
    pointer,
  )
}

function refused(refusal: UrlRefusal, pointer: string): AppError {
  return new AppError(refusal.code, refusal.detail, { errors: [{ pointer, ...refusal }] })
}
