import type { TextSigner } from './rules/text-signer.ts'

/**
 * AES-256-GCM under the installation's keys: one encrypts, each of them decrypts. `context` is authenticated with the encrypted
 * bytes: decrypting with another one throws. Columns named `*_sealed` hold what it returns.
 */
export interface Encryptor extends TextSigner {
  encrypt(plain: string | Uint8Array, context: string): Uint8Array
  decrypt(sealed: Uint8Array, context: string): string
  decryptBytes(sealed: Uint8Array, context: string): Uint8Array
}

/** What may be told of a key. */
export interface KeyName {
  /** Eight hexadecimal digits, the beginning of its fingerprint: what logs and encrypted bytes name it by. */
  id: string
  fingerprint: string
}

/** An encryptor whose keys can be told apart, and one of which is in use. */
export interface Keyring extends Encryptor {
  /** As they were given: the newest first. */
  readonly names: readonly KeyName[]
  /** The one that encrypts and signs. */
  current(): KeyName
  /**
   * From now on this one encrypts and signs. Unlabelled, its bytes do not name it: so those of the installation's first key are
   * written, which processes from before key rotation read.
   */
  use(id: string, form: { isLabelled: boolean }): void
}
