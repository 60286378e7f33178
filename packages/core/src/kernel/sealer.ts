import type { TextSigner } from './rules/text-signer.ts'

/** AES-256-GCM under the installation's key. `context` is bound to the sealed bytes: unsealing with another one throws. */
export interface Sealer extends TextSigner {
  seal(plain: string | Uint8Array, context: string): Uint8Array
  unseal(sealed: Uint8Array, context: string): string
  unsealBytes(sealed: Uint8Array, context: string): Uint8Array
}
