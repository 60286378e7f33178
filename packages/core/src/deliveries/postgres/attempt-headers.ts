import type { Encryptor } from '../../kernel/encryptor.ts'

/**
 * The header fields of an attempt, masked (attempt-log.ts). Encrypted too: the names of a tenant's own fields are
 * private.
 */
export function encryptAttemptHeaders(
  encryptor: Encryptor,
  deliveryId: string,
  headers: Record<string, string>,
): Uint8Array {
  return encryptor.encrypt(JSON.stringify(headers), `attempt:${deliveryId}`)
}

export function decryptAttemptHeaders(
  encryptor: Encryptor,
  deliveryId: string,
  sealed: Uint8Array,
): Record<string, string> {
  return JSON.parse(encryptor.decrypt(sealed, `attempt:${deliveryId}`)) as Record<string, string>
}
