import type { TaskFile } from '../generated/types.ts'
import { node } from './node-modules.ts'

export interface Checksum {
  readonly name: 'sha256' | 'crc32'
  update(chunk: Uint8Array): void
  /** Whether it is the one of the file. */
  agrees(): boolean
}

/** SHA-256 if the service has it of the file, CRC-32 otherwise, which every file has. */
export async function checksumOf({ checksums }: TaskFile): Promise<Checksum> {
  if (checksums.sha256) {
    const hash = (await node('crypto')).createHash('sha256')
    return {
      name: 'sha256',
      update: (chunk) => void hash.update(chunk),
      agrees: () => hash.digest('hex') === checksums.sha256,
    }
  }
  // Not in Node before 20.15.
  const { crc32 = slowCrc32 } = (await node('zlib')) as { crc32?: typeof slowCrc32 }
  let sum = 0
  return {
    name: 'crc32',
    update(chunk) {
      sum = crc32(chunk, sum)
    },
    agrees() {
      const bytes = Uint8Array.of(sum >>> 24, sum >>> 16, sum >>> 8, sum)
      return btoa(String.fromCharCode(...bytes)) === checksums.crc32
    },
  }
}

const table = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, byte) => {
  let row = byte
  for (let bit = 0; bit < 8; bit++) row = row & 1 ? (row >>> 1) ^ 0xedb88320 : row >>> 1
  return row
})

/** CRC-32 (ISO-HDLC) of the chunk behind what has the sum `before`. */
export function slowCrc32(chunk: Uint8Array, before = 0): number {
  let sum = ~before
  for (const byte of chunk) sum = (sum >>> 8) ^ table[(sum ^ byte) & 0xff]!
  return ~sum >>> 0
}
