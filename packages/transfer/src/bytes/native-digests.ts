import { createHash } from 'node:crypto'
import type { IHasher } from 'hash-wasm'

/** A digest that sees the whole file in order. */
export interface FileHash {
  update(bytes: Uint8Array): void
  /** Lower case, at full length. Ends the hash: neither `update` nor `hex` may be called again. */
  hex(): string
}

/** The hashes are OpenSSL's. The only CRC in Node is the CRC-32 (zlib's), so CRC-32C is hash-wasm's. */
export async function openFileHash(algorithm: 'crc32c' | 'sha256' | 'sha512' | 'md5'): Promise<FileHash> {
  if (algorithm === 'crc32c') return await openCrc32c()
  const hash = createHash(algorithm)
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
}

/** Each checksum has a WebAssembly instance to itself until it ends. Making one costs as much as hashing 100 KB, so they are reused. */
const idle: IHasher[] = []

async function openCrc32c(): Promise<FileHash> {
  // Few tasks ask for it, and its module has all its digests as text.
  const make = async () => (await import('hash-wasm')).createCRC32(0x82f63b78)
  let hasher: IHasher | null = (idle.pop() ?? (await make())).init()
  const own = () => {
    if (hasher === null) throw new Error('this checksum has ended')
    return hasher
  }
  return {
    update: (bytes) => void own().update(bytes),
    hex() {
      const ended = own()
      const hex = ended.digest('hex')
      hasher = null
      idle.push(ended)
      return hex
    },
  }
}
