import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { createCRC32, createCRC64 } from 'hash-wasm'
import { describe, expect, it } from 'vitest'
import {
  combineCrc32,
  combineCrc32c,
  combineCrc64Nvme,
  crc32Base64,
  crc64NvmeBase64,
  parseCrc32,
} from '#core/transfer/engine/rules/crc-combine.ts'

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
})

/** Each CRC with another implementation of it, all as bigint. */
const wasmCrc32c = await createCRC32(0x82f63b78)
const wasmCrc64Nvme = await createCRC64('9a6c9329ac4bc9b5')
const crcs = {
  'CRC-32': {
    check: 0xcbf43926n,
    of: (bytes: Uint8Array) => BigInt(crc32(bytes)),
    combine: (a: bigint, b: bigint, length: number) => BigInt(combineCrc32(Number(a), Number(b), length)),
  },
  'CRC-32C': {
    check: 0xe3069283n,
    of: (bytes: Uint8Array) => BigInt(`0x${wasmCrc32c.init().update(bytes).digest('hex')}`),
    combine: (a: bigint, b: bigint, length: number) => BigInt(combineCrc32c(Number(a), Number(b), length)),
  },
  'CRC-64/NVME': {
    check: 0xae8b14860a799888n,
    of: (bytes: Uint8Array) => BigInt(`0x${wasmCrc64Nvme.init().update(bytes).digest('hex')}`),
    combine: combineCrc64Nvme,
  },
}

describe.each(Object.entries(crcs))('combined %s', (_, { check, of, combine }) => {
  it('has the check value of the standard, wherever "123456789" is cut', () => {
    for (let cut = 0; cut <= 9; cut++) {
      const [first, second] = [Buffer.from('123456789').subarray(0, cut), Buffer.from('123456789').subarray(cut)]
      expect(combine(of(first), of(second), second.byteLength)).toBe(check)
    }
  })

  it('is that of the whole, however it is split and in whatever order the parts are put together', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        fc.uint8Array({ maxLength: 2000 }),
        fc.uint8Array(),
        (a, b, c) => {
          const whole = of(Buffer.concat([a, b, c]))
          const [left, right] = [combine(of(a), of(b), b.length), combine(of(b), of(c), c.length)]
          expect(combine(left, of(c), c.length)).toBe(whole)
          expect(combine(of(a), right, b.length + c.length)).toBe(whole)
        },
      ),
    )
  })

  it('is associative for lengths that no test can hold in memory', () => {
    const length = fc.integer({ min: 0, max: 2 ** 52 })
    const crc = fc.bigInt({ min: 0n, max: check > 0xffffffffn ? 2n ** 64n - 1n : 0xffffffffn })
    fc.assert(
      fc.property(crc, crc, crc, length, length, (a, b, c, bBytes, cBytes) => {
        const left = combine(combine(a, b, bBytes), c, cBytes)
        expect(left).toBe(combine(a, combine(b, c, cBytes), bBytes + cBytes))
      }),
    )
  })

  it('is the same for parts of one length after parts of many other lengths', () => {
    const [first, second] = [Buffer.alloc(3 * 2 ** 20, 'a'), Buffer.alloc(2 ** 20 + 1, 'b')]
    const whole = of(Buffer.concat([first, second]))
    expect(combine(of(first), of(second), second.byteLength)).toBe(whole)
    for (let length = 1; length <= 200; length++) combine(1n, 1n, length)
    expect(combine(of(first), of(second), second.byteLength)).toBe(whole)
  })
})

describe('a CRC-64/NVME as text', () => {
  it('is what S3 writes', () => {
    expect(crc64NvmeBase64(0xae8b14860a799888n)).toBe('rosUhgp5mIg=')
    expect(crc64NvmeBase64(0n)).toBe('AAAAAAAAAAA=')
    expect(crc64NvmeBase64(2n ** 64n - 1n)).toBe('//////////8=')
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
