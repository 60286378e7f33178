import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agreedParts, prefixOf, type SavedPart } from '#transfer/source/rules/range-resume.ts'

const agreedPrefix = (saved: readonly SavedPart[], stored: Parameters<typeof agreedParts>[1]) =>
  prefixOf(agreedParts(saved, stored))

describe('the agreed prefix', () => {
  /** Contiguous parts, then any of them lost, altered or swapped on either side. */
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 12 })
  const harm = fc.constantFrom('none', 'none', 'none', 'lost', 'bytes', 'receipt', 'offset')
  const partsOf = (bytes: number[]): SavedPart[] => {
    let offset = 0
    return bytes.map((size, index) => {
      const part = { number: index + 1, offset, bytes: size, crc32: index, receipt: `r${index}` }
      offset += size
      return part
    })
  }
  const damaged = <T extends { bytes: number; receipt: string; offset?: number }>(parts: T[], harms: string[]): T[] =>
    parts.flatMap((part, index) => {
      const how = harms[index] ?? 'none'
      if (how === 'lost') return []
      if (how === 'bytes') return [{ ...part, bytes: part.bytes + 1 }]
      if (how === 'receipt') return [{ ...part, receipt: 'other' }]
      return how === 'offset' ? [{ ...part, offset: (part.offset ?? 0) + 1 }] : [part]
    })

  it('is everything when both sides agree, in whatever order they list it', () => {
    fc.assert(
      fc.property(
        sizes.map(partsOf).chain((parts) => fc.tuple(fc.constant(parts), shuffled(parts), shuffled(parts))),
        ([parts, rows, stored]) => {
          expect(agreedPrefix(rows, stored)).toEqual(parts)
        },
      ),
    )
  })

  it('is contiguous from the first byte, part of both sides, and as long as can be', () => {
    fc.assert(
      fc.property(sizes, fc.array(harm), fc.array(harm), (bytes, rowHarm, storeHarm) => {
        const rows = damaged(partsOf(bytes), rowHarm)
        const stored = damaged(partsOf(bytes), storeHarm)
        const prefix = agreedPrefix(rows, stored)
        let offset = 0
        for (const [index, part] of prefix.entries()) {
          expect([part.number, part.offset]).toEqual([index + 1, offset])
          expect(rows).toContain(part)
          expect(stored).toContainEqual(
            expect.objectContaining({ number: part.number, bytes: part.bytes, receipt: part.receipt }),
          )
          offset += part.bytes
        }
        const next = rows.find(({ number }) => number === prefix.length + 1)
        const held = stored.find(({ number }) => number === prefix.length + 1)
        const fits =
          next && held && next.offset === offset && next.bytes === held.bytes && next.receipt === held.receipt
        expect(fits ?? false).toBe(false)
      }),
    )
  })

  it('is nothing when storage or the rows know nothing', () => {
    expect(agreedPrefix(partsOf([5, 5]), [])).toEqual([])
    expect(agreedPrefix([], partsOf([5, 5]))).toEqual([])
  })
})

function shuffled<T>(items: T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray(items, { minLength: items.length, maxLength: items.length })
}
