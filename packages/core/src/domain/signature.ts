/** HMAC-SHA256 of `text` under `key`, base64. */
export type HmacSha256 = (key: Uint8Array, text: string) => string

/** What is signed (Standard Webhooks §"Signature scheme"): id, timestamp in whole seconds and body, joined by full stops. */
export function signedContent(id: string, timestampSeconds: number, body: string): string {
  return `${id}.${timestampSeconds}.${body}`
}

/** The three headers of a delivery. One `v1,` signature for every live secret, so that a rotation breaks nobody. */
export function webhookHeaders(
  hmac: HmacSha256,
  secrets: readonly Uint8Array[],
  message: { id: string; timestampSeconds: number; body: string },
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const content = signedContent(message.id, message.timestampSeconds, message.body)
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestampSeconds),
    'webhook-signature': secrets.map((secret) => `v1,${hmac(secret, content)}`).join(' '),
  }
}

const prefix = 'whsec_'

export function encodeSecret(bytes: Uint8Array): string {
  return prefix + Buffer.from(bytes).toString('base64')
}

/** The key bytes of `whsec_…`; null when it is not one of 24–64 bytes. */
export function decodeSecret(secret: string): Uint8Array | null {
  if (!secret.startsWith(prefix)) return null
  const text = secret.slice(prefix.length)
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) return null
  return bytes.length >= 24 && bytes.length <= 64 ? bytes : null
}
