import { crc32 } from 'node:zlib'
import { createMD5, createSHA256 } from 'hash-wasm'
import type { Digests } from '../app/ports.ts'

/** CRC-32 is native. The hashes are hash-wasm's: slower than OpenSSL's, but their state survives a crash. */
export const digests: Digests = {
  crc32: (bytes, before) => crc32(bytes, before),
  async hash(algorithm, state) {
    const hasher = (await (algorithm === 'sha256' ? createSHA256() : createMD5())).init()
    if (state) hasher.load(state)
    return {
      update: (bytes) => void hasher.update(bytes),
      state: () => hasher.save(),
      hex: () => hasher.digest('hex'),
    }
  },
}
