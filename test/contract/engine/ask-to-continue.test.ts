import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { testEngine, transfersOf } from '#support/builders/engine.ts'
import { lines } from '#support/client/source.ts'
import { type Scenario, startHostileOrigin } from '#support/origins/hostile-origin.ts'
import type { RawRequest } from '#support/origins/raw-origin.ts'
import type { DownloadRequest } from '#transfer/engine/download-request.ts'

const KiB = 1024
const sizes = { partBytes: () => 2 * KiB, smallBytes: 2 * KiB }
const bytes = Buffer.from(Array.from({ length: 20 * KiB }, (_, at) => Math.imul(at + 1, 2_654_435_761) >>> 24))
const about = ['ETag: "v1"', 'Accept-Ranges: bytes']
const head = lines('HTTP/1.1 200 OK', ...about, `Content-Length: ${bytes.length}`)
const whole: Scenario = [{ send: head }, { send: bytes }]
const half: Scenario = [{ send: head }, { send: bytes.subarray(0, 11 * KiB) }, 'end']
const says = (status: number, ...fields: string[]): Scenario => [
  { send: lines(`HTTP/1.1 ${status} Words`, 'Content-Length: 0', ...fields) },
]
const part = ({ headers }: RawRequest): Scenario => {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range!)!
  const [from, to] = [Number(first), last ? Number(last) : bytes.length - 1]
  const range = [`Content-Range: bytes ${from}-${to}/${bytes.length}`, `Content-Length: ${to - from + 1}`]
  return [{ send: lines('HTTP/1.1 206 Part', ...about, ...range) }, { send: bytes.subarray(from, to + 1) }]
}

/** A download of which half is kept, at an origin that answers the later requests in turn like this, and the last way for ever. */
const interrupted = (...later: Turn[]) => interruptedAs({}, ...later)
type Turn = (request: RawRequest) => Scenario
const interruptedAs = async (request: Partial<DownloadRequest>, ...later: Turn[]) => {
  let isHalf = true
  const turns = [...later]
  const origin = await startHostileOrigin((request) => {
    if (isHalf) return half
    const turn = turns.length > 1 ? turns.shift()! : turns[0]!
    return turn(request)
  })
  onTestFinished(() => origin.close())
  const engine = await testEngine({ sizes })
  const transfers = transfersOf(origin.url(), { idleTimeoutMs: 500, ...request })
  // Without a second request in the same attempt.
  await engine.run(transfers)
  expect(transfers.kept().parts.length).toBeGreaterThan(1)
  isHalf = false
  const before = origin.requests.length
  /** Whether each request since was for a range. */
  const asked = () => origin.requests.slice(before).map(({ headers }) => headers.range !== undefined)
  return { origin, engine, transfers, asked }
}

describe('a download whose request for a range is refused', () => {
  it('asks once for the whole, goes on with it, and says so', async () => {
    const { engine, transfers, asked } = await interrupted(
      () => says(403),
      () => whole,
    )
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(bytes)).toBe(true)
    expect(asked()).toEqual([true, false])
    const { response, transactions } = stored!.facts
    expect(response.notes?.map(({ code }) => code)).toEqual(['ranges_unusable'])
    expect(transactions.map(({ status, notes = [] }) => [status, notes.length])).toEqual([
      [403, 0],
      [200, 1],
    ])
    expect(transfers.kept().transfer).toMatchObject({
      areRangesUnusable: true,
      validator: null,
      notResumable: 'rangesNotSupported',
    })
  })

  it.each([429, 503])('takes a %d to a range for no file, where any status is to be delivered', async (status) => {
    const { engine, transfers, asked } = await interruptedAs({ statusPolicy: 'deliver' }, () => says(status), part)
    const { parts } = transfers.kept()
    expect((await engine.run(transfers)).error).toMatchObject({ failure: 'badServerResponse', status })
    expect(transfers.kept().parts).toEqual(parts)
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(bytes)).toBe(true)
    expect(asked()).toEqual([true, true])
  })

  it('asks for no range again, in no later attempt', async () => {
    const { engine, transfers, asked } = await interrupted(
      () => says(501),
      () => half,
      () => half,
      () => whole,
    )
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(bytes)).toBe(true)
    expect(asked()).toEqual([true, false, false, false])
    expect(stored!.facts.response.notes?.map(({ code }) => code)).toEqual(['ranges_unusable'])
  })

  it('keeps its parts when the refusal passes, and drops the whole', async () => {
    const { origin, engine, transfers, asked } = await interrupted(
      () => says(500),
      () => whole,
      (request) => part(request),
    )
    const { generation } = transfers.kept().transfer!
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(bytes)).toBe(true)
    expect(asked()).toEqual([true, false, true])
    expect(transfers.kept().transfer!.generation).toBe(generation)
    expect(stored!.facts.response.notes ?? []).toEqual([])
    expect(stored!.facts.transactions.map(({ status }) => status)).toEqual([500, 200, 206])
    await eventually('the whole is let go', () => origin.openConnections() <= 1)
    await eventually('all buffers are back', () => engine.buffersOut() === 0)
  })

  it.each<[string, () => Scenario]>([
    ['nothing', () => ['end']],
    ['a reset', () => ['reset']],
    ['silence', () => ['stall']],
    ['500', () => says(500)],
  ])('gives its parts up when the range is refused twice with %s', async (_, refusal) => {
    const { engine, transfers, asked } = await interrupted(
      refusal,
      () => whole,
      () => refusal(),
    )
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(bytes)).toBe(true)
    expect(asked()).toEqual([true, false, true])
    expect(transfers.kept().transfer).toMatchObject({ areRangesUnusable: true })
  })

  it.each([
    [500, undefined],
    [403, true],
  ])('begins anew with another version after %d; ranges are then unusable: %s', async (status, areRangesUnusable) => {
    const others = Buffer.from(bytes.map((byte) => byte ^ 1))
    const { engine, transfers, asked } = await interrupted(
      () => says(status),
      () => [{ send: head.replace('"v1"', '"v2"') }, { send: others }],
    )
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(others)).toBe(true)
    expect(asked()).toEqual([true, false])
    expect(transfers.kept().transfer?.areRangesUnusable).toBe(areRangesUnusable)
  })

  it('takes a busy origin for no proof', async () => {
    const { engine, transfers, asked } = await interrupted(
      () => ['reset'],
      () => whole,
      () => says(429),
    )
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(bytes)).toBe(true)
    expect(asked()).toEqual([true, false, true])
    expect(transfers.kept().transfer?.areRangesUnusable).toBeUndefined()
  })

  it('fails with what the request for the whole failed with, and keeps its parts', async () => {
    const { engine, transfers, asked } = await interrupted(
      () => says(403),
      () => says(500),
    )
    const kept = transfers.kept().parts.length
    const { error } = await engine.run(transfers)
    expect(error).toMatchObject({ failure: 'badServerResponse', status: 500 })
    expect(asked()).toEqual([true, false])
    expect((error as unknown as { transactions: unknown[] }).transactions).toHaveLength(2)
    expect(transfers.kept().parts).toHaveLength(kept)
  })

  it('waits as it is told by a busy origin, and asks for nothing else', async () => {
    const { engine, transfers, asked } = await interrupted(() => says(503, 'Retry-After: 7'))
    const { error } = await engine.run(transfers)
    expect(error).toMatchObject({ status: 503, retryAfterSeconds: 7 })
    expect(asked()).toEqual([true])
  })

  it('asks for nothing else when the origin cannot be reached', async () => {
    const { origin, engine, transfers, asked } = await interrupted(() => whole)
    await origin.close()
    const { error } = await engine.run(transfers)
    expect(error?.failure).toBe('cannotConnectToHost')
    expect(asked()).toEqual([])
    expect((error as unknown as { transactions: unknown[] }).transactions).toHaveLength(1)
  })

  it('never stores a login page that only the range has led to', async () => {
    const { engine, transfers } = await interrupted((request) => {
      if (request.path.startsWith('/login'))
        return [{ send: lines('HTTP/1.1 200 OK', 'Content-Length: 4') }, { send: 'form' }]
      return request.headers.range === undefined ? whole : says(302, 'Location: /login')
    })
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(bytes)).toBe(true)
    expect(stored!.facts.response.notes?.map(({ code }) => code)).toEqual(['ranges_unusable'])
  })
})
