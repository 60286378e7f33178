/** HMAC-SHA256 of `text` under `key`, base64. */
export type HmacSha256 = (key: Uint8Array, text: string) => string
/** Ed25519 signature (RFC 8032) of `text` by the private key that this seed of 32 bytes stands for, base64. */
export type SignEd25519 = (seed: Uint8Array, text: string) => string
interface Signers {
  hmac: HmacSha256
  ed25519: SignEd25519
}

/** `v1`: one secret that both sides have. `v1a`: a pair of keys, of which the receiver has the public one. */
export const signatureSchemes = ['v1', 'v1a'] as const
export type SignatureScheme = (typeof signatureSchemes)[number]

/**
 * The signed content (Standard Webhooks §"Signature scheme"): id, timestamp in whole seconds and body, joined by full
 * stops.
 */
export function signedContent(id: string, timestampSeconds: number, body: string): string {
  return `${id}.${timestampSeconds}.${body}`
}

/**
 * The three headers of a delivery. One signature for every live secret or key, so that a rotation breaks no receiver.
 */
export function webhookHeaders(
  { hmac, ed25519 }: Signers,
  secrets: readonly string[],
  message: { id: string; timestampSeconds: number; body: string },
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const content = signedContent(message.id, message.timestampSeconds, message.body)
  const signatures = secrets.flatMap((secret) => {
    const key = decodeSecret(secret)
    if (key) return [`v1,${hmac(key, content)}`]
    const seed = decodePrivateKey(secret)
    return seed ? [`v1a,${ed25519(seed, content)}`] : []
  })
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestampSeconds),
    'webhook-signature': signatures.join(' '),
  }
}

const prefixes = { secret: 'whsec_', privateKey: 'whsk_', publicKey: 'whpk_' }
const secretBytes = { least: 24, most: 64 }
const seedBytes = 32

export function encodeSecret(bytes: Uint8Array): string {
  return prefixes.secret + Buffer.from(bytes).toString('base64')
}

/** The key bytes of `whsec_…`; null when it is not one of 24–64 bytes. */
export function decodeSecret(secret: string): Uint8Array | null {
  return secretComplaint(secret) === null ? Buffer.from(secret.slice(prefixes.secret.length), 'base64') : null
}

/** Why a secret is invalid, in words that contain no part of it; null: it is valid. */
export function secretComplaint(secret: string): string | null {
  if (!secret.startsWith(prefixes.secret)) return `The secret does not begin with "${prefixes.secret}".`
  const text = secret.slice(prefixes.secret.length)
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) return `What follows "${prefixes.secret}" is not base64 (RFC 4648 §4, padded).`
  const { least, most } = secretBytes
  if (bytes.length >= least && bytes.length <= most) return null
  return `The secret has ${bytes.length} bytes, and must have ${least} to ${most}.`
}

/** As Standard Webhooks writes a pair of Ed25519 keys: `whsk_` seed and public key, `whpk_` public key. Both have 32 bytes. */
export function encodeKeyPair(seed: Uint8Array, publicKey: Uint8Array): { secret: string; publicKey: string } {
  return {
    secret: prefixes.privateKey + Buffer.concat([seed, publicKey]).toString('base64'),
    publicKey: prefixes.publicKey + Buffer.from(publicKey).toString('base64'),
  }
}

function decodePrivateKey(secret: string): Uint8Array | null {
  if (!secret.startsWith(prefixes.privateKey)) return null
  return Buffer.from(secret.slice(prefixes.privateKey.length), 'base64').subarray(0, seedBytes)
}

/** Enough of a secret, or of a public key, to tell it from others. */
export function secretHint(text: string): string {
  return `${text.slice(0, 6)}…${text.slice(-4)}`
}
