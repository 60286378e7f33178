import type { TextSigner } from './rules/text-signer.ts'

/**
 * AES-256-GCM under the installation's key. `context` is authenticated with the encrypted bytes: decrypting with another one
 * throws. Columns named `*_sealed` hold what it returns.
 */
export interface Encryptor extends TextSigner {
  encrypt(plain: string | Uint8Array, context: string): Uint8Array
  decrypt(sealed: Uint8Array, context: string): string
  decryptBytes(sealed: Uint8Array, context: string): Uint8Array
}
