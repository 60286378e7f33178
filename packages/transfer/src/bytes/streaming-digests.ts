import type { DigestAlgorithm } from '../source/rules/declared-digests.ts'
import { type FileHash, openFileHash } from './native-digests.ts'

export type FoundDigests = Partial<Record<DigestAlgorithm, string>>

/** Digests of a file whose bytes come in order. When they do not, the stored file has to be read again. */
export interface InOrderDigests {
  /** Whether there is a digest to compute, so that the order matters. */
  readonly isWanted: boolean
  add(offset: number, bytes: Uint8Array): void
  /** Lower-case hex; null when some of the `total` bytes did not come, or not in order. */
  found(total: number): FoundDigests | null
}

export async function openInOrderDigests(wanted: ReadonlySet<DigestAlgorithm>): Promise<InOrderDigests> {
  const running: { algorithm: DigestAlgorithm; hash: FileHash }[] = []
  for (const algorithm of wanted) {
    if (algorithm !== 'crc32') running.push({ algorithm, hash: await openFileHash(algorithm) })
  }
  let seen = 0
  return {
    isWanted: running.length > 0,
    add(offset, bytes) {
      if (running.length === 0) return
      if (offset !== seen) {
        seen = Number.NaN
        return
      }
      seen += bytes.byteLength
      for (const { hash } of running) hash.update(bytes)
    },
    found(total) {
      if (running.length > 0 && seen !== total) return null
      return Object.fromEntries(running.map(({ algorithm, hash }) => [algorithm, hash.hex()]))
    },
  }
}
