import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FileHash, openFileHash } from '#transfer/bytes/native-digests.ts'

const hashes = ['sha256', 'sha512', 'md5'] as const
const hexOf = (hash: FileHash, ...pieces: Uint8Array[]) => {
  for (const piece of pieces) hash.update(piece)
  return hash.hex()
}
const crc32cOf = async (...pieces: Uint8Array[]) => hexOf(await openFileHash('crc32c'), ...pieces)
const pieces = fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 5 })

describe('the digests of a file', () => {
  it('have the check value of the standard: crc32c', async () => {
    expect(await crc32cOf(Buffer.from('123456789'))).toBe('e3069283')
  })

  it('are at full length, also of nothing: crc32c', async () => {
    expect(await crc32cOf()).toBe('00000000')
  })

  it('are those of the whole, however it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, async (bodies) => {
        const whole = Buffer.concat(bodies)
        for (const algorithm of hashes) {
          const expected = createHash(algorithm).update(whole).digest('hex')
          expect(hexOf(await openFileHash(algorithm), ...bodies)).toBe(expected)
        }
        expect(await crc32cOf(...bodies)).toBe(await crc32cOf(whole))
      }),
      { numRuns: 30 },
    )
  })

  it('do not mix files that arrive at the same time', async () => {
    const texts = Array.from({ length: 8 }, (_, n) => `part ${n}`)
    const expected: string[] = []
    for (const text of texts) expected.push(await crc32cOf(Buffer.from(text)))
    expect(new Set(expected).size).toBe(texts.length)
    const running = await Promise.all(texts.map(() => openFileHash('crc32c')))
    for (let at = 0; at < 6; at++) for (const [n, hash] of running.entries()) hash.update(Buffer.from(texts[n]![at]!))
    expect(running.map((hash) => hash.hex())).toEqual(expected)
  })

  it('end once, so that no other file is touched', async () => {
    const ended = await openFileHash('crc32c')
    ended.hex()
    const next = await openFileHash('crc32c')
    expect(() => ended.update(Buffer.from('x'))).toThrow('ended')
    expect(() => ended.hex()).toThrow('ended')
    expect(hexOf(next, Buffer.from('y'))).toBe(await crc32cOf(Buffer.from('y')))
  })

  it('forget a file that was given up', async () => {
    ;(await openFileHash('crc32c')).update(Buffer.from('given up'))
    expect(await crc32cOf()).toMatch(/^0+$/)
  })
})
