import type { Mint } from '../kernel/ids.ts'
import type { ApiKey, StoredSecret } from './key-store.ts'

const hintLength = 4

/** `key` is shown this once: only its hash and its last characters are stored. */
export interface ShownKey {
  apiKey: ApiKey
  key: string
}

/** A new key, and what is stored of its text. */
export function mintKey(mint: Pick<Mint, 'apiKey' | 'hash'>): { key: string; secret: StoredSecret } {
  const key = mint.apiKey()
  return { key, secret: { hash: mint.hash(key), hint: key.slice(-hintLength) } }
}
