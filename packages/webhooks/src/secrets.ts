import { decodeBase64 } from './base64.ts'
import { WebhookVerificationError } from './verification-error.ts'

/** One secret, or several while they are rotated: `whsec_…` (shared) or `whpk_…` (the public key of an asymmetric endpoint). */
export type Secrets = string | readonly string[]

export type SignatureScheme = 'v1' | 'v1a'

export interface VerificationKey {
  scheme: SignatureScheme
  bytes: Uint8Array<ArrayBuffer>
}

/** Standard Webhooks §"Signature scheme": 24 to 64 random bytes; an Ed25519 key has 32 (RFC 8032 §5.1.5). */
const kinds = {
  whsec_: { scheme: 'v1', minimumBytes: 24, maximumBytes: 64 },
  whpk_: { scheme: 'v1a', minimumBytes: 32, maximumBytes: 32 },
} as const satisfies Record<string, { scheme: SignatureScheme; minimumBytes: number; maximumBytes: number }>

/** Parses secrets into at least one key. Throws a `secret_…` error for the first secret that is none. */
export function readSecrets(secrets: Secrets): VerificationKey[] {
  // For users without TypeScript, and environment variables that are not set.
  const given: readonly unknown[] = Array.isArray(secrets) ? secrets : [secrets]
  if (given.length === 0) throw new WebhookVerificationError('secret_missing', 'The list of secrets is empty.')
  return given.map(readSecret)
}

function readSecret(secret: unknown): VerificationKey {
  if (typeof secret !== 'string' || secret.trim() === '') throw new WebhookVerificationError('secret_missing')
  const prefix = (['whsec_', 'whpk_'] as const).find((known) => secret.startsWith(known))
  if (prefix === undefined) throw wrongPrefix(secret)
  const { scheme, minimumBytes, maximumBytes } = kinds[prefix]
  const bytes = decodeBase64(secret.slice(prefix.length))
  if (bytes === null) throw new WebhookVerificationError('secret_not_base64', whyNotBase64(secret))
  if (bytes.length < minimumBytes || bytes.length > maximumBytes)
    throw new WebhookVerificationError('secret_length', `This one has ${bytes.length} bytes behind ${prefix}.`)
  return { scheme, bytes }
}

function wrongPrefix(secret: string): WebhookVerificationError {
  if (secret.startsWith('whsk_')) return new WebhookVerificationError('secret_is_private_key')
  if (secret.startsWith('bh_')) return new WebhookVerificationError('secret_is_api_key')
  if (/^[\s"']/.test(secret))
    return new WebhookVerificationError('secret_prefix', 'It begins with a quote or white space.')
  if (/^(whsec|whpk)_/i.test(secret))
    return new WebhookVerificationError('secret_prefix', 'The prefix is in lower case.')
  if (decodeBase64(secret) === null) return new WebhookVerificationError('secret_prefix')
  return new WebhookVerificationError('secret_prefix', 'It is base64 alone: whsec_ was left out.')
}

function whyNotBase64(secret: string): string | undefined {
  if (/\s/.test(secret)) return 'There is white space in it.'
  if (/["']$/.test(secret)) return 'It ends with a quote.'
  if (/[-_]/.test(secret.replace(/^wh[a-z]+_/, ''))) return 'It is in the URL-safe alphabet.'
  return undefined
}
