import type { Sealer } from '../../kernel/sealer.ts'

/** The header fields of an attempt, masked (attempt-log.ts). Sealed too: what a tenant calls its own fields is its own business. */
export function sealAttemptHeaders(sealer: Sealer, deliveryId: string, headers: Record<string, string>): Uint8Array {
  return sealer.seal(JSON.stringify(headers), `attempt:${deliveryId}`)
}

export function unsealAttemptHeaders(sealer: Sealer, deliveryId: string, sealed: Uint8Array): Record<string, string> {
  return JSON.parse(sealer.unseal(sealed, `attempt:${deliveryId}`)) as Record<string, string>
}
