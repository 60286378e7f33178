import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FileHash } from '#core/transfer/engine/file-digests.ts'
import { fileDigests } from '#core/transfer/engine/native-digests.ts'
import { combineCrc32c, combineCrc64Nvme } from '#core/transfer/engine/rules/crc-combine.ts'

const hashes = ['sha256', 'sha512', 'md5'] as const
const checksums = ['crc32c', 'crc64nvme'] as const
const hexOf = (hash: FileHash, ...pieces: Uint8Array[]) => {
  for (const piece of pieces) hash.update(piece)
  return hash.hex()
}
const checksumOf = async (algorithm: (typeof checksums)[number], ...pieces: Uint8Array[]) =>
  hexOf(await fileDigests.checksum(algorithm), ...pieces)
const pieces = fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 5 })

describe('the digests of a file', () => {
  it.each([
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
  ] as const)('have the check value of the standard: %s', async (algorithm, check) => {
    expect(await checksumOf(algorithm, Buffer.from('123456789'))).toBe(check)
  })

  it.each([
    ['crc32c', '00000000'],
    ['crc64nvme', '0000000000000000'],
  ] as const)('are at full length, also of nothing: %s', async (algorithm, zeros) => {
    expect(await checksumOf(algorithm)).toBe(zeros)
  })

  it('are those of the whole, however it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, async (bodies) => {
        const whole = Buffer.concat(bodies)
        expect(bodies.reduce((sum, body) => fileDigests.crc32(body, sum), 0)).toBe(crc32(whole))
        for (const algorithm of hashes)
          expect(hexOf(fileDigests.hash(algorithm), ...bodies)).toBe(createHash(algorithm).update(whole).digest('hex'))
        for (const algorithm of checksums)
          expect(await checksumOf(algorithm, ...bodies)).toBe(await checksumOf(algorithm, whole))
      }),
      { numRuns: 30 },
    )
  })

  it('combine to those of the whole when each part has its own', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, async (bodies) => {
        let [short, long] = [0, 0n]
        for (const body of bodies) {
          short = combineCrc32c(short, Number.parseInt(await checksumOf('crc32c', body), 16), body.byteLength)
          long = combineCrc64Nvme(long, BigInt(`0x${await checksumOf('crc64nvme', body)}`), body.byteLength)
        }
        const whole = Buffer.concat(bodies)
        expect(short.toString(16).padStart(8, '0')).toBe(await checksumOf('crc32c', whole))
        expect(long.toString(16).padStart(16, '0')).toBe(await checksumOf('crc64nvme', whole))
      }),
      { numRuns: 30 },
    )
  })

  it.each(checksums)('do not mix parts that arrive at the same time: %s', async (algorithm) => {
    const texts = Array.from({ length: 8 }, (_, n) => `part ${n}`)
    const expected: string[] = []
    for (const text of texts) expected.push(await checksumOf(algorithm, Buffer.from(text)))
    expect(new Set(expected).size).toBe(texts.length)
    const running = await Promise.all(texts.map(() => fileDigests.checksum(algorithm)))
    for (let at = 0; at < 6; at++) for (const [n, hash] of running.entries()) hash.update(Buffer.from(texts[n]![at]!))
    expect(running.map((hash) => hash.hex())).toEqual(expected)
  })

  it.each(checksums)('end once, so that no other part is touched: %s', async (algorithm) => {
    const ended = await fileDigests.checksum(algorithm)
    ended.hex()
    const next = await fileDigests.checksum(algorithm)
    expect(() => ended.update(Buffer.from('x'))).toThrow('ended')
    expect(() => ended.hex()).toThrow('ended')
    expect(hexOf(next, Buffer.from('y'))).toBe(await checksumOf(algorithm, Buffer.from('y')))
  })

  it.each(checksums)('forget a part that was given up: %s', async (algorithm) => {
    ;(await fileDigests.checksum(algorithm)).update(Buffer.from('given up'))
    expect(await checksumOf(algorithm)).toMatch(/^0+$/)
  })
})
