import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runDigests } from '../../packages/core/src/app/running-digests.ts'
import type { StoredTransferPart } from '../../packages/core/src/app/worker-stores.ts'
import { crc32Base64 } from '../../packages/core/src/domain/digest.ts'
import type { Expected } from '../../packages/core/src/domain/task.ts'
import { digests } from '../../packages/core/src/infra/digests.ts'

const hex = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex')
const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 })
const asked = fc.constantFrom<Expected | null>(null, {}, { sha256: 'x' }, { md5: 'x' }, { sha256: 'x', md5: 'x' })

const expectedOf = (whole: Uint8Array, expected: Expected | null) => ({
  crc32: crc32Base64(crc32(whole)),
  ...(expected?.sha256 === undefined ? {} : { sha256: hex('sha256', whole) }),
  ...(expected?.md5 === undefined ? {} : { md5: hex('md5', whole) }),
})

describe('running digests', () => {
  it('are those of the whole file, also when another process goes on after any part', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.nat(8), asked, async (bodies, cut, expected) => {
        const stopAt = Math.min(cut, bodies.length)
        const before = await runDigests(digests, expected, [])
        let offset = 0
        const prefix = bodies.slice(0, stopAt).map((body, index): StoredTransferPart => {
          const { crc32, hashStates } = before.add(body)
          const part = { number: index + 1, offset, bytes: body.byteLength, crc32, receipt: '', hashStates }
          offset += body.byteLength
          // As the database keeps it.
          return JSON.parse(JSON.stringify(part)) as StoredTransferPart
        })
        const after = await runDigests(digests, expected, prefix)
        for (const body of bodies.slice(stopAt)) after.add(body)
        expect(after.checksums()).toEqual(expectedOf(Buffer.concat(bodies), expected))
      }),
    )
  })

  it('are those of nothing for an empty file', async () => {
    const expected = { sha256: 'x', md5: 'x' }
    expect((await runDigests(digests, expected, [])).checksums()).toEqual(expectedOf(Buffer.alloc(0), expected))
  })

  it('give each part its own CRC-32, and states only for what was asked', async () => {
    const running = await runDigests(digests, { sha256: 'x' }, [])
    running.add(Buffer.from('a'))
    const part = running.add(Buffer.from('bc'))
    expect(part.crc32).toBe(crc32('bc'))
    expect(Object.keys(part.hashStates!)).toEqual(['sha256'])
    expect((await runDigests(digests, { bytes: 3 }, [])).add(Buffer.from('a')).hashStates).toBeNull()
  })

  it('do not mix two files that are digested at the same time', async () => {
    const expected = { sha256: 'x', md5: 'x' }
    const [one, two] = [await runDigests(digests, expected, []), await runDigests(digests, expected, [])]
    for (const letter of 'abc') {
      one.add(Buffer.from(letter))
      two.add(Buffer.from(letter.toUpperCase()))
    }
    expect(one.checksums()).toEqual(expectedOf(Buffer.from('abc'), expected))
    expect(two.checksums()).toEqual(expectedOf(Buffer.from('ABC'), expected))
  })
})

describe('the digests', () => {
  it('agree with those of Node', async () => {
    const bytes = Buffer.alloc(3 * 2 ** 20 + 7, 'backhaul')
    expect(digests.crc32(bytes, 0)).toBe(crc32(bytes))
    expect(digests.crc32(bytes.subarray(5), digests.crc32(bytes.subarray(0, 5), 0))).toBe(crc32(bytes))
    for (const algorithm of ['sha256', 'md5'] as const) {
      const hash = await digests.hash(algorithm)
      hash.update(bytes)
      expect(hash.hex()).toBe(hex(algorithm, bytes))
    }
  })
})
