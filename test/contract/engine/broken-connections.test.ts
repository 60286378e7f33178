import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { type EngineOptions, quickReconnect, testEngine, transfersOf } from '#support/builders/engine.ts'
import { lines } from '#support/client/source.ts'
import { type Scenario, type Step, startHostileOrigin } from '#support/origins/hostile-origin.ts'
import type { RawRequest } from '#support/origins/raw-origin.ts'

const KiB = 1024
const partSize = 50 * KiB
const sizes = { partBytes: () => partSize, smallBytes: partSize }
const reconnect = { ...quickReconnect, enoughBytes: 2 * KiB }
const other = (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 0xff))
const bytesOf = (length: number) =>
  Buffer.from(Array.from({ length }, (_, at) => Math.imul(at + 1, 2_654_435_761) >>> 24))
const large = bytesOf(200 * KiB)
const small = bytesOf(40 * KiB)
const date = { modified: 'Tue, 24 Nov 2026 12:00:00 GMT', now: 'Tue, 24 Nov 2026 13:00:00 GMT' }
const byTag = ['ETag: "v1"']
const byDate = [`Last-Modified: ${date.modified}`, `Date: ${date.now}`]

interface Shape {
  body: Buffer
  about?: string[]
  /** In chunks: the first response does not tell the length. */
  chunked?: boolean
}
/** An honest response that ends after `bytes` bytes of its body. */
const cutAfter = (
  { headers }: RawRequest,
  { body, about = byTag, chunked = false }: Shape,
  bytes: number,
  end: Step = 'reset',
): Scenario => {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
  const first = Number(from ?? 0)
  const last = to ? Number(to) : body.length - 1
  const whole = body.subarray(first, last + 1)
  const piece = whole.subarray(0, bytes)
  const status = from === undefined ? '200 OK' : '206 Part'
  const range = from === undefined ? [] : [`Content-Range: bytes ${first}-${last}/${body.length}`]
  const isWhole = piece.length === whole.length
  const fields = ['Accept-Ranges: bytes', ...about, ...range]
  if (!chunked)
    return [
      { send: lines(`HTTP/1.1 ${status}`, ...fields, `Content-Length: ${whole.length}`) },
      { send: piece },
      ...(isWhole ? [] : [end]),
    ]
  return [
    { send: lines(`HTTP/1.1 ${status}`, ...fields, 'Transfer-Encoding: chunked') },
    { send: `${piece.length.toString(16)}\r\n` },
    { send: piece },
    { send: isWhole ? '\r\n0\r\n\r\n' : '' },
    ...(isWhole ? [] : [end]),
  ]
}

const serving = async (does: (request: RawRequest) => Scenario, options: EngineOptions = {}) => {
  const origin = await startHostileOrigin(does)
  onTestFinished(() => origin.close())
  return {
    origin,
    transfers: transfersOf(origin.url(), { idleTimeoutMs: 500 }),
    engine: await testEngine({ sizes, reconnect, ...options }),
  }
}

describe('an origin that breaks every response before a part is whole', () => {
  it.each<[string, Shape]>([
    ['of known length', { body: large }],
    ['that a date identifies', { body: large, about: byDate }],
    ['of unknown length', { body: large, chunked: true }],
    ['that fits in one part', { body: small }],
    ['of unknown length that fits in one part', { body: small, chunked: true }],
  ])('still gives its file in one attempt: one %s', async (_, shape) => {
    const { origin, transfers, engine } = await serving((request) => cutAfter(request, shape, 30 * KiB))
    const { stored, error } = await engine.run(transfers)
    expect(error).toBeNull()
    expect((await engine.bytesOf(stored!)).equals(shape.body)).toBe(true)
    // Nothing is fetched twice.
    expect(origin.bytesSent()).toBeLessThan(shape.body.length + origin.requests.length * 400)
    const asked = origin.requests.slice(1).map(({ headers }) => Number(/\d+/.exec(headers.range ?? '')?.[0]))
    expect(asked).toEqual(Array.from({ length: asked.length }, (_, n) => (n + 1) * 30 * KiB))
    await engine.source.close()
    await eventually('all buffers are back', () => engine.buffersOut() === 0)
  })

  it.each<[string, Step]>([
    ['ends its connection', 'end'],
    ['falls silent', 'stall'],
  ])('and that %s instead gives it too', async (_, end) => {
    const { transfers, engine } = await serving((request) => cutAfter(request, { body: large }, 60 * KiB, end))
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(large)).toBe(true)
  })

  it('and is busy or away in between gives it too', async () => {
    const { transfers, engine } = await serving((request) => {
      if (request.index % 4 === 1) return ['reset']
      if (request.index % 4 === 2) return [{ send: lines('HTTP/1.1 503 Busy', 'Content-Length: 0') }]
      return cutAfter(request, { body: large }, 30 * KiB)
    })
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(large)).toBe(true)
  })

  it('has a part stored with one write, and its digest computed as the bytes come', async () => {
    const opened: number[] = []
    const { transfers, engine } = await serving((request) => cutAfter(request, { body: large }, 30 * KiB), {
      around: (objects) => ({
        ...objects,
        openPart(upload, part, signal) {
          opened.push(part.number)
          return objects.openPart(upload, part, signal)
        },
      }),
    })
    await engine.run(transfers)
    expect(opened).toEqual([1, 2, 3, 4])
  })
})

describe('storage that takes nothing for a while', () => {
  it('has no further connection asked for meanwhile, because buffers would add up; other downloads go on', async () => {
    let open = () => {}
    const isOpen = new Promise<void>((resolve) => {
      open = resolve
    })
    let full: string | null = null
    const { origin, transfers, engine } = await serving((request) => cutAfter(request, { body: large }, 30 * KiB), {
      around: (objects) => ({
        ...objects,
        openPart(upload, ...part) {
          const writing = objects.openPart(upload, ...part)
          full ??= upload.key
          if (upload.key !== full) return writing
          return { ...writing, write: (bytes, release) => void isOpen.then(() => writing.write(bytes, release)) }
        },
      }),
    })
    const work = engine.run(transfers)
    await eventually('the connection is lost', () => origin.requests.length === 1 && origin.openConnections() === 0)
    // In this time another download loses all its connections and ends.
    const other = await engine.run(transfersOf(origin.url('/other'), { idleTimeoutMs: 500 }))
    expect((await engine.bytesOf(other.stored!)).equals(large)).toBe(true)
    expect(origin.requests.filter(({ path }) => path !== '/other')).toHaveLength(1)
    open()
    const { stored } = await work
    expect((await engine.bytesOf(stored!)).equals(large)).toBe(true)
  })

  it('and an interruption meanwhile leaves no buffer behind', async () => {
    const interrupt = new AbortController()
    const { origin, transfers, engine } = await serving((request) => cutAfter(request, { body: large }, 30 * KiB), {
      around: (objects) => ({
        ...objects,
        openPart(upload, part, signal) {
          const writing = objects.openPart(upload, part, signal)
          const release = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
          return { ...writing, write: (_, released) => void release.then(released) }
        },
      }),
    })
    const stopped = expect(engine.run(transfers, { signal: interrupt.signal })).rejects.toThrow('enough')
    await eventually('the connection is lost', () => origin.requests.length === 1 && origin.openConnections() === 0)
    interrupt.abort(new Error('enough'))
    await stopped
    await eventually('all buffers are back', () => engine.buffersOut() === 0)
  })
})

describe('an origin that breaks a response', () => {
  const failsAfter = async (further: (request: RawRequest) => Scenario, shape: Shape = { body: large }) => {
    const { origin, transfers, engine } = await serving((request) =>
      request.index === 0 ? cutAfter(request, shape, 70 * KiB) : further(request),
    )
    const { error } = await engine.run(transfers)
    await eventually('no connection stays', async () => {
      await engine.source.close()
      return origin.openConnections() === 0
    })
    await eventually('all buffers are back', () => engine.buffersOut() === 0)
    return { failure: error?.failure, requests: origin.requests.length, parts: transfers.kept().parts.length }
  }

  it.each<[string, (request: RawRequest) => Scenario, number]>([
    // Four in vain behind the one that brought bytes.
    ['gives nothing any more', () => ['reset'], 5],
    ['is busy from then on', () => [{ send: lines('HTTP/1.1 503 Busy', 'Content-Length: 0') }], 5],
    ['refuses the range', () => [{ send: lines('HTTP/1.1 403 Forbidden', 'Content-Length: 0') }], 2],
    ['has another version', (request) => cutAfter(request, { body: other(large), about: ['ETag: "v2"'] }, 1e9), 2],
    // Asked once more without If-Range.
    [
      'serves no ranges',
      () => [{ send: lines('HTTP/1.1 200 OK', ...byTag, `Content-Length: ${large.length}`) }, { send: large }],
      3,
    ],
    ['is no HTTP any more', () => [{ send: 'SSH-2.0-OpenSSH_9.2\r\n' }, 'end'], 2],
  ])('and then %s has the attempt fail with what broke, and the whole parts kept', async (_, further, requests) => {
    expect(await failsAfter(further)).toEqual({ failure: 'networkConnectionLost', requests, parts: 1 })
    expect(await failsAfter(further, { body: large, chunked: true })).toMatchObject({
      failure: 'networkConnectionLost',
      parts: 1,
    })
  })

  it('before it has sent a byte of the body has the attempt fail at once', async () => {
    const { origin, transfers, engine } = await serving((request) => cutAfter(request, { body: large }, 0))
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    expect(origin.requests).toHaveLength(1)
  })

  it.each([['nothing'], ['a weak tag']])('of a version that %s identifies is not asked to go on', async (about) => {
    const shape = { body: large, about: about === 'nothing' ? [] : ['ETag: W/"v1"', ...byDate] }
    const { origin, transfers, engine } = await serving((request) => cutAfter(request, shape, 70 * KiB))
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    expect(origin.requests).toHaveLength(1)
  })

  it('byte by byte is left after a while, and not asked in a tight loop', async () => {
    const { origin, transfers, engine } = await serving((request) => cutAfter(request, { body: large }, 1))
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    expect(origin.requests).toHaveLength(17)
  })

  it('never gets its next version behind the first one', async () => {
    const next = { body: other(large), about: ['ETag: "v2"'] }
    // Without the promise that If-Range is: the range of the next version, with its tag.
    const { transfers, engine } = await serving((request) =>
      cutAfter(request, request.index === 0 ? { body: large } : next, request.index === 0 ? 70 * KiB : 1e9),
    )
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    const { stored } = await engine.run(transfers)
    expect((await engine.bytesOf(stored!)).equals(next.body)).toBe(true)
  })

  it('stops at once when it is interrupted in a pause', async () => {
    const interrupt = new AbortController()
    const { origin, transfers, engine } = await serving(
      (request) => (request.index === 0 ? cutAfter(request, { body: large }, 1) : ['stall']),
      { reconnect: { ...reconnect, poorPauseMs: 60_000, maxPauseMs: 60_000 } },
    )
    const work = engine.run(transfers, { signal: interrupt.signal })
    const stopped = expect(work).rejects.toThrow('enough')
    await eventually('the connection is lost', () => origin.requests.length === 1 && origin.openConnections() === 0)
    interrupt.abort(new Error('enough'))
    await stopped
    await eventually('all buffers are back', () => engine.buffersOut() === 0)
  })
})
