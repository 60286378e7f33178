import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32Base64, parseCrc32 } from '#transfer/storage/rules/crc.ts'
import { combineCrc32 } from '#transfer/storage/rules/crc-combine.ts'

const uint32 = fc.integer({ min: 0, max: 0xffffffff })

describe('combined CRC-32', () => {
  it('is the CRC-32 of the whole, however it is split', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 12 }), (pieces) => {
        const combined = pieces.reduce((sum, piece) => combineCrc32(sum, crc32(piece), piece.byteLength), 0)
        expect(combined).toBe(crc32(Buffer.concat(pieces)))
      }),
    )
  })

  it('does not change when nothing is appended, or prepended', () => {
    fc.assert(
      fc.property(uint32, fc.uint8Array({ maxLength: 100 }), (crc, bytes) => {
        expect(combineCrc32(crc, 0, 0)).toBe(crc)
        expect(combineCrc32(0, crc32(bytes), bytes.byteLength)).toBe(crc32(bytes))
      }),
    )
  })

  it('is associative for lengths that no test can hold in memory', () => {
    const length = fc.integer({ min: 0, max: 5 * 2 ** 40 })
    fc.assert(
      fc.property(uint32, uint32, uint32, length, length, (a, b, c, bBytes, cBytes) => {
        const left = combineCrc32(combineCrc32(a, b, bBytes), c, cBytes)
        expect(left).toBe(combineCrc32(a, combineCrc32(b, c, cBytes), bBytes + cBytes))
      }),
    )
  })

  it('knows a part of several MiB', () => {
    const [first, second] = [Buffer.alloc(5 * 2 ** 20, 'a'), Buffer.alloc(3 * 2 ** 20 + 1, 'b')]
    expect(combineCrc32(crc32(first), crc32(second), second.byteLength)).toBe(crc32(second, crc32(first)))
  })

  it('has the check value of the standard, wherever "123456789" is cut', () => {
    for (let cut = 0; cut <= 9; cut++) {
      const [first, second] = [Buffer.from('123456789').subarray(0, cut), Buffer.from('123456789').subarray(cut)]
      expect(combineCrc32(crc32(first), crc32(second), second.byteLength)).toBe(0xcbf43926)
    }
  })

  it('is the same for parts of one length after parts of many other lengths', () => {
    const [first, second] = [Buffer.alloc(3 * 2 ** 20, 'a'), Buffer.alloc(2 ** 20 + 1, 'b')]
    const whole = crc32(Buffer.concat([first, second]))
    expect(combineCrc32(crc32(first), crc32(second), second.byteLength)).toBe(whole)
    for (let length = 1; length <= 200; length++) combineCrc32(1, 1, length)
    expect(combineCrc32(crc32(first), crc32(second), second.byteLength)).toBe(whole)
  })
})

describe('a CRC-32 as text', () => {
  it('has the check value of the standard', () => {
    expect(crc32Base64(crc32('123456789'))).toBe('y/Q5Jg==')
    expect(parseCrc32('y/Q5Jg==')).toBe(0xcbf43926)
    expect(parseCrc32('cbf43926')).toBe(0xcbf43926)
    expect(parseCrc32('CBF43926')).toBe(0xcbf43926)
  })

  it('is read back in both forms', () => {
    fc.assert(
      fc.property(uint32, (crc) => {
        expect(parseCrc32(crc32Base64(crc))).toBe(crc)
        expect(parseCrc32(crc.toString(16).padStart(8, '0'))).toBe(crc)
      }),
    )
  })

  it.each([
    ...['', '0', 'cbf4392', 'cbf439260', '0xcbf43926', 'cbf43926\n', ' cbf43926', 'gbf43926', '-bf43926'],
    ...['y/Q5Jg', 'y/Q5Jg=', 'y/Q5Jg===', 'y_Q5Jg==', 'y/Q5Jh==', 'y/Q5JgA=', 'AAAA', '========'],
  ])('is not %j', (text) => {
    expect(parseCrc32(text)).toBeNull()
  })
})
