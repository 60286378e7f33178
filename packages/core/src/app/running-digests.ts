import { combineCrc32, crc32Base64 } from '../domain/digest.ts'
import type { Checksums, Expected } from '../domain/task.ts'
import type { Digests, RunningHash } from './ports.ts'
import type { HashStates, StoredTransferPart } from './worker-stores.ts'

const algorithms = ['sha256', 'md5'] as const

/** The file's checksums so far: the CRC-32 always, the hashes that were asked for. */
export interface RunningDigests {
  /** Takes the next part; its own CRC-32 and the states behind it. */
  add(body: Uint8Array): { crc32: number; hashStates: HashStates | null }
  checksums(): Checksums
}

/** Whether the digests that are asked for now were asked for when these parts were stored: only then can they go on. */
export function carriesDigests(expected: Expected | null, prefix: readonly StoredTransferPart[]): boolean {
  const last = prefix.at(-1)
  if (last === undefined) return true
  return algorithms.every((name) => expected?.[name] === undefined || last.hashStates?.[name] !== undefined)
}

/** Takes up where `prefix` ends. */
export async function runDigests(
  digests: Digests,
  expected: Expected | null,
  prefix: readonly StoredTransferPart[],
): Promise<RunningDigests> {
  let crc = prefix.reduce((sum, part) => combineCrc32(sum, part.crc32, part.bytes), 0)
  const saved = prefix.at(-1)?.hashStates ?? {}
  const hashes: { algorithm: 'sha256' | 'md5'; hash: RunningHash }[] = []
  for (const algorithm of algorithms) {
    if (expected?.[algorithm] === undefined) continue
    const state = saved[algorithm]
    const hash = await digests.hash(algorithm, state === undefined ? undefined : Buffer.from(state, 'base64'))
    hashes.push({ algorithm, hash })
  }
  return {
    add(body) {
      const own = digests.crc32(body, 0)
      crc = combineCrc32(crc, own, body.byteLength)
      if (hashes.length === 0) return { crc32: own, hashStates: null }
      const hashStates: HashStates = {}
      for (const { algorithm, hash } of hashes) {
        hash.update(body)
        hashStates[algorithm] = Buffer.from(hash.state()).toString('base64')
      }
      return { crc32: own, hashStates }
    },
    checksums() {
      const checksums: Checksums = { crc32: crc32Base64(crc) }
      for (const { algorithm, hash } of hashes) checksums[algorithm] = hash.hex()
      return checksums
    },
  }
}
