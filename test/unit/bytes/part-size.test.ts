import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partBytes, s3Limits } from '#transfer/bytes/rules/part-size.ts'

const MiB = 2 ** 20
const GiB = 2 ** 30
const { minPartBytes, maxParts, maxObjectBytes } = s3Limits

/** The parts of a body of `bytes` bytes whose length was unknown in advance. */
function partsOfUnknown(bytes: number): number {
  let number = 0
  for (let rest = bytes; rest > 0; number++) rest -= partBytes(null, number + 1)
  return number
}

/** Sizes of every magnitude, not only of the largest. */
const total = fc
  .tuple(fc.integer({ min: 0, max: 42 }), fc.double({ min: 1, max: 2, noNaN: true }))
  .map(([exponent, factor]) => Math.min(Math.floor(2 ** exponent * factor), maxObjectBytes))

describe('the part plan', () => {
  it('keeps to the limits of S3', () => {
    expect(s3Limits).toEqual({ minPartBytes: 5 * MiB, maxParts: 10_000, maxObjectBytes: 5 * 2 ** 40 })
  })

  it('needs at most 10,000 parts for a known length, and no part is too small or too large', () => {
    fc.assert(
      fc.property(total, fc.integer({ min: 1, max: maxParts }), (bytes, number) => {
        const part = partBytes(bytes, number)
        expect(Number.isInteger(part)).toBe(true)
        expect(part).toBeGreaterThanOrEqual(minPartBytes)
        expect(part).toBeLessThanOrEqual(5 * GiB)
        expect(Math.ceil(bytes / part)).toBeLessThanOrEqual(maxParts)
      }),
    )
    expect(Math.ceil(maxObjectBytes / partBytes(maxObjectBytes, 1))).toBeLessThanOrEqual(maxParts)
  })

  it('has parts of one size where the length is known', () => {
    fc.assert(
      fc.property(total, fc.integer({ min: 1, max: maxParts }), (bytes, number) => {
        expect(partBytes(bytes, number)).toBe(partBytes(bytes, 1))
      }),
    )
  })

  it('reaches 5 TiB with 10,000 parts where the length is not known', () => {
    expect(partsOfUnknown(maxObjectBytes)).toBeLessThanOrEqual(maxParts)
    for (let number = 1; number <= maxParts; number++)
      expect(partBytes(null, number)).toBeGreaterThanOrEqual(minPartBytes)
  })

  it('makes parts no larger than it says', () => {
    for (const bytes of [0, 1, 5 * MiB, 320 * MiB]) expect(partBytes(bytes, 1)).toBe(5 * MiB)
    expect(partBytes(GiB / 2, 1)).toBe(8 * MiB)
    for (const bytes of [GiB, 2 * GiB, 10 * GiB, 156 * GiB]) expect(partBytes(bytes, 1)).toBe(16 * MiB)
    expect(partBytes(maxObjectBytes, 1)).toBeLessThan(525 * MiB)
    expect([1, 1000, 1001, 3000, 3001, 10_000].map((number) => partBytes(null, number) / MiB)).toEqual([
      8, 8, 64, 64, 768, 768,
    ])
  })
})
