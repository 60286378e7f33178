import { type IdempotentRequest, isReplay, type Replay, withOutcome } from '../idempotency/idempotent-request.ts'
import type { Mint } from '../kernel/ids.ts'
import { AppError } from '../kernel/rules/errors.ts'
import { checkEndpointUrl, type EndpointPolicy, refuseBadHeaders, secretFor } from './check-endpoint.ts'
import type { Endpoint, EndpointStore } from './endpoint-store.ts'
import type { SignatureScheme } from './rules/signature.ts'

interface CreateEndpointPorts extends EndpointPolicy {
  stores: { endpoints: Pick<EndpointStore, 'createEndpoint'> }
  mint: Pick<Mint, 'webhookSecret' | 'webhookKeyPair'>
  /** Whether an endpoint has to answer a challenge unless its tenant says otherwise. */
  webhookVerification: boolean
}

/** An endpoint as a client gives it; an empty `eventTypes` means all. */
interface GivenEndpoint {
  /** Default: http. */
  kind?: 'http' | 'stream' | undefined
  url?: string | undefined
  eventTypes?: string[] | undefined
  description?: string | null | undefined
  headers?: Record<string, string> | null | undefined
  maximumDeliveriesPerSecond?: number | null | undefined
  signatureScheme?: SignatureScheme | undefined
  /** `whsec_…`, if it brings its own. */
  secret?: string | undefined
  verification?: 'none' | 'challenge' | undefined
}

/** `secret` is shown only in this response; null: it is a private key, which is never shown. */
export interface ShownEndpoint {
  endpoint: Endpoint
  secret: string | null
}

/**
 * Throws the guard's refusals, `forbidden_header`, `invalid_secret`, and `invalid_request` for a URL too many or too few, and
 * for a challenge to a stream.
 */
export async function createEndpoint(
  { stores, mint, webhookVerification, ...policy }: CreateEndpointPorts,
  tenantId: string,
  given: GivenEndpoint,
  idempotent: IdempotentRequest<ShownEndpoint> | undefined,
): Promise<ShownEndpoint | Replay> {
  const { signatureScheme = 'v1', description = null, maximumDeliveriesPerSecond = null, verification } = given
  const url = urlOf(given, policy)
  if (url === null && verification === 'challenge')
    throw badField(
      '/verification',
      'notApplicable',
      'A stream cannot be challenged: its receiver connects with your key.',
    )
  const headers = given.headers ?? {}
  refuseBadHeaders(headers)
  const signing = secretFor(mint, signatureScheme, given.secret)
  // A receiver that connects with the tenant's key has asked for the events.
  const requiresVerification = url !== null && (verification ? verification === 'challenge' : webhookVerification)
  const eventTypes = [...new Set(given.eventTypes ?? [])]
  const resultOf = (endpoint: Endpoint) => ({ endpoint, secret: signing.publicKey ? null : signing.secret })
  const about = { url, eventTypes, description, headers, signatureScheme, maximumDeliveriesPerSecond }
  const made = { ...about, ...signing, requiresVerification }
  const endpoint = await stores.endpoints.createEndpoint(tenantId, made, withOutcome(idempotent, resultOf))
  return isReplay(endpoint) ? endpoint : resultOf(endpoint)
}

/** Null for a stream, whose receiver connects to us. */
function urlOf({ kind = 'http', url }: GivenEndpoint, policy: EndpointPolicy): string | null {
  if (kind === 'stream') {
    if (url === undefined) return null
    throw badField('/url', 'notApplicable', 'A stream has no URL: its receiver connects to us.')
  }
  if (url === undefined) throw badField('/url', 'required', 'The field is required, unless kind is stream.')
  return checkEndpointUrl(url, policy, '/url')
}

function badField(pointer: string, code: string, detail: string): AppError {
  return new AppError('invalid_request', detail, { errors: [{ pointer, code, detail }] })
}
