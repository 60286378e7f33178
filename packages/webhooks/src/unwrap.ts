import type { WebhookEvent } from './events.generated.ts'
import { bodyBytes, likelyOriginals, parseJson, type RawBody } from './raw-body.ts'
import { readSecrets, type Secrets, type VerificationKey } from './secrets.ts'
import { anyMatches, readSignatures, type Signature, signedContent } from './signatures.ts'
import { type GivenHeaders, readHeaders, type SignedHeaders } from './signed-headers.ts'
import { WebhookVerificationError } from './verification-error.ts'

export interface UnwrapOptions {
  /** How far the sender's clock and this one may be apart, in seconds. Default 300. */
  toleranceSeconds?: number
  /** The time; default: this machine's clock. */
  now?: Date
}

/**
 * Verifies a delivery by Standard Webhooks and returns the event. It is asynchronous because Web Crypto, which every runtime has, is.
 * The type covers the events that this version of the service sends: ignore events of types that you do not know. Throws WebhookVerificationError when the delivery cannot be believed, TypeError for options that make no sense.
 */
export async function unwrap(
  rawBody: RawBody,
  headers: GivenHeaders,
  secrets: Secrets,
  options: UnwrapOptions = {},
): Promise<WebhookEvent> {
  const body = bodyBytes(rawBody)
  const keys = readSecrets(secrets)
  const signed = readHeaders(headers)
  checkTimestamp(signed.timestamp, options)
  await checkSignature(signed, keys, body)
  const event = parseJson(body)
  if (event === undefined) throw new WebhookVerificationError('body_not_json')
  return event as WebhookEvent
}

function checkTimestamp(timestamp: string, { toleranceSeconds = 300, now = new Date() }: UnwrapOptions): void {
  // Every comparison with NaN is false, so NaN would let every timestamp pass.
  if (typeof toleranceSeconds !== 'number' || !(toleranceSeconds >= 0))
    throw new TypeError('toleranceSeconds is a number of seconds, 0 or more')
  if (!(now instanceof Date) || Number.isNaN(now.getTime())) throw new TypeError('now is a Date')
  if (!/^\d{1,15}$/.test(timestamp)) throw new WebhookVerificationError('timestamp_not_a_number')
  const ageSeconds = Math.floor(now.getTime() / 1000) - Number(timestamp)
  if (Math.abs(ageSeconds) <= toleranceSeconds) return
  const [code, direction] =
    ageSeconds > 0 ? (['timestamp_too_old', 'behind'] as const) : (['timestamp_too_new', 'ahead of'] as const)
  const off = `Its timestamp is ${Math.abs(ageSeconds)} s ${direction} this machine's clock; ${toleranceSeconds} s are allowed.`
  throw new WebhookVerificationError(code, off)
}

async function checkSignature(
  { id, timestamp, signatures }: SignedHeaders,
  keys: readonly VerificationKey[],
  body: Uint8Array,
): Promise<void> {
  const known = readSignatures(signatures)
  if (known.length === 0) throw new WebhookVerificationError('signature_version_unknown')
  const matches = (bytes: Uint8Array) => anyMatches(known, keys, signedContent(id, timestamp, bytes))
  if (await matches(body)) return
  if (!keys.some(({ scheme }) => known.some((one) => one.scheme === scheme)))
    throw new WebhookVerificationError(
      'signature_scheme',
      `They are ${schemesOf(known)}, the secret is for ${schemesOf(keys)}.`,
    )
  for (const original of likelyOriginals(body))
    if (await matches(original))
      throw new WebhookVerificationError('body_changed', 'The signature fits the same JSON written in another way.')
  const hint = parseJson(body) === undefined ? undefined : 'The body is JSON: was it parsed and serialised again?'
  throw new WebhookVerificationError('signature_mismatch', hint)
}

function schemesOf(all: readonly (Signature | VerificationKey)[]): string {
  return [...new Set(all.map(({ scheme }) => scheme))].join(' and ')
}
