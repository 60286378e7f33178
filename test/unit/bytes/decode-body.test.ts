import { randomBytes } from 'node:crypto'
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBody } from '#transfer/bytes/decode-body.ts'
import { TransferError } from '#transfer/http/rules/transfer-error.ts'
import type { SourceResponse } from '#transfer/source/source.ts'

const MiB = 1024 * 1024

/** A body in pieces of `size`, each in one buffer that is filled again as soon as it was released. */
function bodyOf(body: Buffer, { size = 1000, failure }: { size?: number; failure?: Error } = {}) {
  const state = { isDiscarded: false, sent: 0 }
  const response: SourceResponse = {
    url: 'https://example.com/',
    status: 200,
    headers: {},
    transactions: [],
    isLengthVerified: true,
    async read(consumer) {
      for (let at = 0; at < body.length && !state.isDiscarded; at += size) {
        const piece = Buffer.from(body.subarray(at, at + size))
        state.sent += piece.length
        await new Promise<void>((resolve) =>
          consumer(piece, () => {
            piece.fill(0xaa)
            resolve()
          }),
        )
      }
      if (failure) throw failure
    },
    discard: () => {
      state.isDiscarded = true
    },
  }
  return { response, state }
}

async function decoded(body: Buffer, codings: string[], options = {}): Promise<Buffer> {
  const chunks: Buffer[] = []
  await decodeBody(bodyOf(body, options).response, codings).read((bytes, release) => {
    chunks.push(Buffer.from(bytes))
    release()
  })
  return Buffer.concat(chunks)
}
const failureOf = async (body: Buffer, codings: string[], options = {}) =>
  await decoded(body, codings, options).then(
    () => 'none',
    (error: unknown) => (error instanceof TransferError ? error.failure : error),
  )

/** RFC 8878 §3.1: frames behind each other are one content; a skippable one holds nothing of it. */
function inManyFrames(bytes: Buffer): Buffer {
  const skippable = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
  const middle = bytes.length >> 1
  const halves = [bytes.subarray(0, middle), bytes.subarray(middle)].map((half) =>
    zstdCompressSync(half, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
  )
  return Buffer.concat([skippable, halves[0]!, zstdCompressSync(Buffer.alloc(0)), skippable, halves[1]!, skippable])
}

const text = Buffer.from('the right bytes of the file\n'.repeat(1000))
const noise = randomBytes(60_000)
const ways: [string, string[], (bytes: Buffer) => Buffer][] = [
  ['gzip', ['gzip'], gzipSync],
  ['gzip in two members', ['gzip'], (b) => Buffer.concat([gzipSync(b.subarray(0, 100)), gzipSync(b.subarray(100))])],
  ['deflate with zlib', ['deflate'], deflateSync],
  ['deflate without it', ['deflate'], deflateRawSync],
  ['br', ['br'], (b) => brotliCompressSync(b, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ['zstd', ['zstd'], zstdCompressSync],
  ['zstd in many frames, empty and skippable ones among them', ['zstd'], inManyFrames],
  ['gzip, gzip', ['gzip', 'gzip'], (b) => gzipSync(gzipSync(b))],
  ['deflate, gzip', ['deflate', 'gzip'], (b) => gzipSync(deflateRawSync(b))],
  ['br, zstd, gzip', ['br', 'zstd', 'gzip'], (b) => gzipSync(zstdCompressSync(brotliCompressSync(b)))],
]

describe.each(ways)('a body in %s', (_, codings, encode) => {
  it.each([1, 77, 1000, MiB])('is decoded from pieces of %d bytes', async (size) => {
    for (const bytes of size === 1 ? [Buffer.from('a')] : [text, noise])
      expect((await decoded(encode(bytes), codings, { size })).equals(bytes)).toBe(true)
  })

  it('may be empty, with or without a frame', async () => {
    expect(await decoded(Buffer.alloc(0), codings)).toHaveLength(0)
    expect(await decoded(encode(Buffer.alloc(0)), codings)).toHaveLength(0)
  })

  it('fails when it is cut, or something else', async () => {
    const whole = encode(text)
    for (const part of [0.1, 0.5, 0.9]) {
      const cut = whole.subarray(0, Math.max(1, Math.floor(whole.length * part)))
      expect(await failureOf(cut, codings)).toBe('cannotDecodeContentData')
    }
    expect(await failureOf(Buffer.from('<html>This is no such thing</html>'), codings)).toBe('cannotDecodeContentData')
  })

  it('fails as its connection does', async () => {
    const lost = new TransferError('networkConnectionLost', 'lost')
    expect(await failureOf(encode(noise).subarray(0, 5000), codings, { failure: lost })).toBe('networkConnectionLost')
    const stopped = new Error('stopped')
    expect(await failureOf(encode(noise).subarray(0, 5000), codings, { failure: stopped })).toBe(stopped)
  })

  it('fails as its reader does, whatever that calls its error', async () => {
    const ours = Object.assign(new Error('ours'), { code: 'ERR_INVALID_STATE' })
    const reading = decodeBody(bodyOf(encode(text)).response, codings).read(() => {
      throw ours
    })
    await expect(reading).rejects.toBe(ours)
  })

  it('is never decoded to other bytes than were encoded, whatever bit is wrong', async () => {
    if (codings[0] !== 'gzip' && codings.at(-1) !== 'gzip') return
    const whole = encode(text.subarray(0, 500))
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length * 8 - 1), async (bit) => {
        const wrong = Buffer.from(whole)
        wrong[bit >> 3]! ^= 1 << (bit & 7)
        const found = await decoded(wrong, codings).catch((error: unknown) => {
          expect(error).toBeInstanceOf(TransferError)
          return null
        })
        if (found !== null) expect(text.subarray(0, 500).equals(found)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a bomb', () => {
  const zeros = Buffer.alloc(64 * MiB)
  const bombs: [string, string[], Buffer][] = [
    ['br', ['br'], brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })],
    ['zstd', ['zstd'], zstdCompressSync(zeros)],
    ['gzip, gzip', ['gzip', 'gzip'], gzipSync(gzipSync(zeros))],
  ]
  it('in gzip, which grows a thousandfold at most, is given up when it has done so', async () => {
    expect(await failureOf(gzipSync(zeros, { level: 9 }), ['gzip'])).toBe('dataLengthExceedsMaximum')
  })

  it.each(bombs)('in %s is given up soon, and not held', async (_, codings, bomb) => {
    const { response, state } = bodyOf(bomb, { size: 500 })
    let most = 0
    const reading = decodeBody(response, codings).read((bytes, release) => {
      most += bytes.byteLength
      release()
    })
    await expect(reading).rejects.toMatchObject({ failure: 'dataLengthExceedsMaximum' })
    expect(most).toBeLessThan(3 * MiB)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(state.isDiscarded || state.sent === bomb.length).toBe(true)
  })

  it('is not what merely grows', async () => {
    const honest = Buffer.concat([Buffer.alloc(600_000), text, noise])
    expect((await decoded(gzipSync(honest), ['gzip'])).equals(honest)).toBe(true)
  })
})

describe('decoding', () => {
  const long = randomBytes(1_000_000)

  it('waits for the reader', async () => {
    const { response, state } = bodyOf(gzipSync(long), { size: 10_000 })
    let held: (() => void) | null = null
    const reading = decodeBody(response, ['gzip']).read((_, release) => {
      held ??= release
      if (held !== release) release()
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(state.sent).toBeLessThan(1_000_000)
    held!()
    await reading
    expect(state.sent).toBeGreaterThan(1_000_000)
  })

  it('stops with its response', async () => {
    const { response, state } = bodyOf(gzipSync(long), { size: 1000, failure: new Error('discarded') })
    const body = decodeBody(response, ['gzip'])
    await expect(
      body.read((_, release) => {
        body.discard()
        release()
      }),
    ).rejects.toThrow()
    expect(state.sent).toBeLessThan(1_000_000)
  })

  it('skips the zeros behind gzip, but nothing else', async () => {
    const followed = (rest: string) => Buffer.concat([gzipSync(text), Buffer.from(rest)])
    expect((await decoded(followed('\0\0\0\0'), ['gzip'])).equals(text)).toBe(true)
    expect(await failureOf(followed('garbage'), ['gzip'])).toBe('cannotDecodeContentData')
  })

  it.each([
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['zstd', zstdCompressSync(text)],
  ])('refuses what goes on behind the end of %s', async (coding, body) => {
    for (const size of [1, 1000, MiB])
      expect(await failureOf(Buffer.concat([body, Buffer.from('garbage')]), [coding], { size })).toBe(
        'cannotDecodeContentData',
      )
  })

  it.each([[['compress']], [['gzip', 'foo']], [Array(6).fill('gzip')]])('refuses %j', (codings) => {
    expect(() => decodeBody(bodyOf(text).response, codings)).toThrow(TransferError)
  })
})
