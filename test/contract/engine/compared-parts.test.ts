import { describe, expect, it, onTestFinished } from 'vitest'
import { quickReconnect, testEngine, transfersOf } from '#support/builders/engine.ts'
import { lines } from '#support/client/source.ts'
import { type Scenario, startHostileOrigin } from '#support/origins/hostile-origin.ts'
import type { RawRequest } from '#support/origins/raw-origin.ts'
import type { DownloadRequest } from '#transfer/engine/download-request.ts'

const KiB = 1024
const partSize = 4 * KiB
const sizes = { partBytes: () => partSize, smallBytes: partSize }
const body = Buffer.from(Array.from({ length: 20 * KiB }, (_, at) => Math.imul(at + 1, 2_654_435_761) >>> 24))
/** The same but for one byte. */
const changedAt = (at: number) => Buffer.from(body.map((byte, n) => (n === at ? byte ^ 1 : byte)))

interface Shape {
  bytes?: Buffer
  fields?: string[]
  isChunked?: boolean
  cut?: number
}
const whole = ({ bytes = body, fields = [], isChunked = false, cut = bytes.length }: Shape): Scenario => {
  const sent = bytes.subarray(0, cut)
  const isCut = sent.length < bytes.length
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${bytes.length}`
  return [
    { send: lines('HTTP/1.1 200 OK', framing, ...fields) },
    ...(isChunked ? [{ send: `${sent.length.toString(16)}\r\n` }] : []),
    { send: sent },
    ...(isChunked ? [{ send: isCut ? '' : '\r\n0\r\n\r\n' }] : []),
    ...(isCut ? ['end' as const] : []),
  ]
}

const serving = async (does: (request: RawRequest) => Scenario, request: Partial<DownloadRequest> = {}) => {
  const origin = await startHostileOrigin(does)
  onTestFinished(() => origin.close())
  const opened: string[] = []
  const engine = await testEngine({
    sizes,
    reconnect: quickReconnect,
    around: (objects) => ({
      ...objects,
      openPart(upload, part, signal) {
        opened.push(`${upload.key.split('/').at(-1)}:${part.number}`)
        return objects.openPart(upload, part, signal)
      },
    }),
  })
  return {
    origin,
    engine,
    opened,
    transfers: transfersOf(origin.url(), { resumeWithoutValidator: 'compare', ...request }),
  }
}
const cut = 13 * KiB
/** The first attempt, which stores three parts. */
const first = ['1:1', '1:2', '1:3']

describe('parts that no validator identifies', () => {
  it.each<[string, Shape]>([
    ['of known length', {}],
    ['of unknown length', { isChunked: true }],
    ['with a weak tag', { fields: ['ETag: W/"v1"'] }],
    ['of an origin that serves no ranges', { fields: ['ETag: "v1"', 'Accept-Ranges: none'] }],
    ['in a coding', { fields: ['ETag: "v1"', 'Content-Encoding: gzip'] }],
  ])('%s are kept when the same bytes come again', async (_, shape) => {
    const { origin, engine, opened, transfers } = await serving(({ index }) =>
      whole(index < 2 ? { ...shape, cut } : shape),
    )
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(body)).toBe(true)
    // Of the bytes that came again nothing is stored again.
    expect(opened).toEqual([...first, '1:4', '1:5'])
    expect(origin.requests.every(({ headers }) => headers.range === undefined)).toBe(true)
  })

  it('are fetched again, and not compared, when the session does not say so', async () => {
    const { engine, opened, transfers } = await serving(({ index }) => whole(index === 0 ? { cut } : {}), {
      resumeWithoutValidator: 'never',
    })
    await engine.run(transfers)
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(body)).toBe(true)
    expect(opened).toEqual([...first, '2:1', '2:2', '2:3', '2:4', '2:5'])
  })

  it.each([0, partSize - 1, partSize, 3 * partSize - 1])(
    'are all given up when the byte at %i is another one',
    async (at) => {
      const changed = changedAt(at)
      const { origin, engine, opened, transfers } = await serving(({ index }) =>
        whole(index === 0 ? { cut } : { bytes: changed }),
      )
      await engine.run(transfers)
      const { stored } = await engine.run(transfers)
      expect((await engine.bytesOf(stored!)).equals(changed)).toBe(true)
      expect(opened).toEqual([...first, '2:1', '2:2', '2:3', '2:4', '2:5'])
      expect(origin.requests).toHaveLength(3)
    },
  )

  it('stay the first ones of a version that differs behind them', async () => {
    const changed = changedAt(3 * partSize)
    const { engine, opened, transfers } = await serving(({ index }) =>
      whole(index === 0 ? { cut } : { bytes: changed }),
    )
    await engine.run(transfers)
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(changed)).toBe(true)
    expect(opened).toEqual([...first, '1:4', '1:5'])
  })

  it.each<[string, Shape]>([
    ['another length', { bytes: body.subarray(0, 19 * KiB) }],
    ['an unknown length', { isChunked: true }],
    ['another media type', { fields: ['Content-Type: text/html'] }],
    ['a validator', { fields: ['ETag: "v1"'] }],
  ])('are given up when the next response has %s', async (_, shape) => {
    const { engine, opened, transfers } = await serving(({ index }) => whole(index === 0 ? { cut } : shape))
    await engine.run(transfers)
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(shape.bytes ?? body)).toBe(true)
    // Those that a validator identifies come over several writes at once.
    expect(opened.slice(3).toSorted()).toEqual(['2:1', '2:2', '2:3', '2:4', '2:5'])
  })

  it('are given up when less comes of an unknown length', async () => {
    const shorter = body.subarray(0, 9 * KiB)
    const { engine, transfers } = await serving(({ index }) =>
      whole(index === 0 ? { cut, isChunked: true } : { bytes: shorter, isChunked: true }),
    )
    await engine.run(transfers)
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(shorter)).toBe(true)
  })

  it('are never joined with others, from an origin whose every response is another version', async () => {
    const { engine, transfers } = await serving(({ index }) =>
      whole({ bytes: changedAt(index * 100), ...(index < 5 ? { cut } : {}) }),
    )
    let stored = null
    for (let attempt = 0; stored === null; attempt++) {
      stored = (await engine.run(transfers)).stored
      expect(attempt).toBeLessThan(10)
    }
    const bytes = await engine.bytesOf(stored)
    expect(Array.from({ length: 20 }, (_, n) => changedAt(n * 100)).some((version) => version.equals(bytes))).toBe(true)
  })

  it('are checked as the stored object against the digest that the client expects', async () => {
    const { engine, transfers } = await serving(({ index }) => whole(index === 0 ? { cut } : {}), {
      expected: { sha256: '0'.repeat(64) },
    })
    await engine.run(transfers)
    expect((await engine.run(transfers)).error?.failure).toBe('checksum_mismatch')
  })
})

describe('a tag that changes with every response', () => {
  const fields = (index: number, modified = 'Tue, 24 Nov 2026 12:00:00 GMT') => [
    `ETag: "${index}"`,
    `Last-Modified: ${modified}`,
    'Date: Tue, 24 Nov 2026 13:00:00 GMT',
    'Accept-Ranges: bytes',
  ]
  const codes = (notes: readonly { code: string }[] | undefined) => notes?.map(({ code }) => code) ?? []

  it('while size and date stay is noted, and the file begins anew without ranges from then on', async () => {
    const { origin, engine, transfers } = await serving(
      ({ index }) => whole({ fields: fields(index), ...(index < 4 ? { cut } : {}) }),
      { resumeWithoutValidator: 'never' },
    )
    // Breaks, and asks for the rest in vain; asks once more, and begins anew with the response.
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    expect(transfers.kept().transfer).toMatchObject({ validator: null, notResumable: 'noStrongValidator' })
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(body)).toBe(true)
    expect(codes(stored!.facts.response.notes)).toEqual(['validator_unstable'])
    expect(stored!.facts.transactions.map(({ notes }) => codes(notes))).toEqual([['validator_unstable']])
    expect(origin.requests.map(({ headers }) => headers.range !== undefined)).toEqual([false, true, true, false, false])
  })

  it('is no validator for parts that are compared', async () => {
    const { engine, opened, transfers } = await serving(({ index }) =>
      whole({ fields: fields(index), ...(index < 4 ? { cut } : {}) }),
    )
    for (let attempt = 0; attempt < 3; attempt++) await engine.run(transfers)
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(body)).toBe(true)
    expect(opened.slice(-2)).toEqual(['2:4', '2:5'])
  })

  it.each<[string, (index: number) => Shape]>([
    ['with the date', (index) => ({ fields: fields(index, `Tue, 24 Nov 2026 12:00:0${index} GMT`) })],
    ['with the size', (index) => ({ fields: fields(index), bytes: body.subarray(0, body.length - index) })],
    ['and there is no date', (index) => ({ fields: [`ETag: "${index}"`, 'Accept-Ranges: bytes'] })],
  ])('%s is that of a new version', async (_, shapeOf) => {
    const { engine, transfers } = await serving(({ index }) =>
      whole({ ...shapeOf(index), ...(index === 0 ? { cut } : {}) }),
    )
    await engine.run(transfers)
    const { stored } = await engine.run(transfers)
    expect(codes(stored!.facts.response.notes)).toEqual([])
    expect(transfers.kept().transfer?.validator).not.toBeNull()
  })
})
