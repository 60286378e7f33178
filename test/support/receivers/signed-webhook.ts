import { createHmac, generateKeyPairSync, sign } from 'node:crypto'

interface SignedWebhook {
  body: string
  headers: { 'webhook-id': string; 'webhook-timestamp': string; 'webhook-signature': string }
}

export const aSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** `v1,…` of Standard Webhooks, from Node's own HMAC. */
export function v1(secret: string, id: string, timestamp: string, body: string | Buffer): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
}

/** A pair of the asymmetric scheme: `whpk_…`, and what signs `v1a,…`. */
export function asymmetricPair(): { publicKey: string; v1a(id: string, timestamp: string, body: string): string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const { x = '' } = publicKey.export({ format: 'jwk' })
  return {
    publicKey: `whpk_${Buffer.from(x, 'base64url').toString('base64')}`,
    v1a: (id, timestamp, body) =>
      `v1a,${sign(null, Buffer.from(`${id}.${timestamp}.${body}`), privateKey).toString('base64')}`,
  }
}

/** A delivery as the service sends it, signed now. */
export function signedWebhook(event: { type: string } & Record<string, unknown>, secret = aSecret): SignedWebhook {
  const id = 'evt_01ky0000000000000000000000'
  const body = JSON.stringify({ id, ...event })
  const timestamp = String(Math.floor(Date.now() / 1000))
  return {
    body,
    headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': v1(secret, id, timestamp, body) },
  }
}
