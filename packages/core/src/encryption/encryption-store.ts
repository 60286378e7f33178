import type { KeyName } from '../kernel/encryptor.ts'
import type { KeyUse } from './rules/key-use.ts'

/** A process and the keys that it has. */
export interface HeldKeys {
  processId: string
  /** The newest first. */
  names: readonly [KeyName, ...KeyName[]]
  /** No other process can be on this database: records of others are of earlier ones. */
  isAlone: boolean
}

/** Which key the process is to use. `missing`: ids of keys that rows need, and that it does not have. */
export type KeyChoice = { missing: readonly string[] } | { use: string; isLabelled: boolean }

/**
 * What a batch of encrypting anew did. `idle`: everything is encrypted with the newest key. `elsewhere`: another process is at it.
 * `waiting`: a process still encrypts with another key, or did until a moment ago. `moved`: so many rows of a table were encrypted with the
 * newest key. `done`: no row needs the keys in `released` any more.
 */
export type MovedSealed =
  | { kind: 'idle' | 'elsewhere' | 'waiting' }
  | { kind: 'moved'; table: string; rows: number; total: number }
  | { kind: 'done'; released: readonly string[]; total: number }

/** Which encryption keys are in use, by which processes, and for which rows. All verbs may throw DatabaseUnavailable. */
export interface EncryptionStore {
  /**
   * Puts on record that the process has these keys, and says which to use: the newest that all have. That key is needed from then on. A
   * process without a needed key is not put on record.
   */
  holdKeys(held: HeldKeys): Promise<KeyChoice>
  /** The process ends. */
  dropKeys(processId: string): Promise<void>
  /** Encrypts some rows with the key in use that are encrypted with another one. */
  moveSealed(): Promise<MovedSealed>
  /** Every key that a process has used or a row names, newest first. Counts all rows, page by page. */
  readKeys(): Promise<KeyUse[]>
}
