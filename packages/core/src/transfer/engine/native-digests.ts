import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { createCRC32, createCRC64, type IHasher } from 'hash-wasm'
import type { FileDigests, FileHash } from './file-digests.ts'

/** CRC-32 is zlib's and the hashes are OpenSSL's; of the other CRCs Node has none, so they are hash-wasm's. */
export const fileDigests: FileDigests = {
  crc32: (bytes, before) => crc32(bytes, before),
  checksum: (algorithm) => checksums[algorithm](),
  hash(algorithm) {
    const hash = createHash(algorithm)
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
  },
}

const checksums = {
  crc32c: reused(() => createCRC32(0x82f63b78)),
  crc64nvme: reused(() => createCRC64('9a6c9329ac4bc9b5')),
}

/** Each has a WebAssembly instance to itself until its end. Making one takes as long as 100 KB take, so they are used again. */
function reused(create: () => Promise<IHasher>): () => Promise<FileHash> {
  const idle: IHasher[] = []
  return async () => {
    let hasher: IHasher | null = (idle.pop() ?? (await create())).init()
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
}
