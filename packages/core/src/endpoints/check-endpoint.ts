import type { EgressPolicy } from '@backhaul/transfer/rules'
import { type CheckedUrl, checkUrl, type UrlRefusal } from '@backhaul/transfer/rules'
import type { Mint } from '../kernel/ids.ts'
import { AppError, type RequestError } from '../kernel/rules/errors.ts'
import type { NewSecret } from './endpoint-store.ts'
import { checkEndpointHeaders } from './rules/endpoint-headers.ts'
import { type SignatureScheme, secretComplaint } from './rules/signature.ts'

/* Checks of an endpoint's members, for creating and for changing one. */

export interface EndpointPolicy {
  egress: EgressPolicy
}

/** A tenant's endpoints are found by their URL, and PostgreSQL's index entries are limited to 2,704 bytes. */
const maxUrlBytes = 2048

/** The normalised URL of a webhook receiver. Throws the guard's refusal, pointing at `pointer`. */
export function checkEndpointUrl(raw: string, { egress }: EndpointPolicy, pointer: string): string {
  const checked = checkUrl(raw, { ...egress, httpsOnly: true })
  const refusal = 'code' in checked ? checked : refusalFor(checked)
  if (refusal === null) return (checked as CheckedUrl).url
  throw new AppError(refusal.code, refusal.detail, { errors: [{ pointer, ...refusal }] })
}

function refusalFor({ url }: CheckedUrl): UrlRefusal | null {
  if (url.length <= maxUrlBytes) return null
  return { code: 'unsupported_url', detail: `The URL of an endpoint has ${maxUrlBytes} bytes at most.` }
}

/** Throws `forbidden_header` with every error. */
export function refuseBadHeaders(headers: Readonly<Record<string, string>>): void {
  const errors = checkEndpointHeaders(headers).map(
    (error): RequestError => ({ ...error, pointer: `/headers${error.pointer}` }),
  )
  const [first] = errors
  if (first) throw new AppError('forbidden_header', first.detail, { errors })
}

/**
 * The signing secret or key of an endpoint of that scheme: the given one, or a new one. Private keys are always made
 * here. Throws `invalid_secret`.
 */
export function secretFor(
  mint: Pick<Mint, 'webhookSecret' | 'webhookKeyPair'>,
  scheme: SignatureScheme,
  given: string | undefined,
): NewSecret {
  if (given === undefined) return scheme === 'v1' ? { secret: mint.webhookSecret() } : mint.webhookKeyPair()
  const detail =
    scheme === 'v1'
      ? secretComplaint(given)
      : 'With the scheme v1a the service makes the pair of keys, and shows the public one.'
  if (detail === null) return { secret: given }
  throw new AppError('invalid_secret', detail, { errors: [{ pointer: '/secret', code: 'invalid_secret', detail }] })
}
