import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { bareServer } from '#support/client/dial.ts'
import { type Scenario, type Step, startHostileOrigin } from '#support/origins/hostile-origin.ts'
import { type RawRequest, rawResponse } from '#support/origins/raw-origin.ts'
import { freePort } from '#support/servers/free-port.ts'
import { testS3 } from '#support/servers/shared-servers.ts'
import { createBufferPool } from '#transfer/http/buffer-pool.ts'
import { StorageUnavailable, UploadGone } from '#transfer/storage/object-store.ts'
import { createS3Writes } from '#transfer/storage/s3/put-relay.ts'
import { createS3Objects } from '#transfer/storage/s3/s3-object-store.ts'

const KiB = 1024
const body = Buffer.from('0123456789')
const stored = rawResponse(200, { ETag: '"receipt"' })

/** A server that says anything, and a PUT to it. */
const serving = async (script: Scenario | ((request: RawRequest) => Scenario)) => {
  const server = await startHostileOrigin(script)
  const writes = createS3Writes()
  onTestFinished(async () => {
    writes.close()
    await server.close()
  })
  let released = 0
  const open = (signal?: AbortSignal, bytes = body.length) =>
    writes.open(
      { url: Promise.resolve(server.url('/key?signature')), bytes, fields: [['X-Type', 'text/plain']] },
      signal,
    )
  const put = async (signal?: AbortSignal) => {
    const writing = open(signal)
    for (const byte of body) writing.write(Buffer.from([byte]), () => (released += 1))
    return await writing.stored
  }
  return { server, open, put, released: () => released }
}
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error as Error,
  )
const failure = (status: number, code: string): Step => ({
  send: rawResponse(
    status,
    {},
    `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>/a/private/key</Message></Error>`,
  ),
})

describe('a PUT to S3', () => {
  it('sends what is written, in order, under the length that was announced', async () => {
    const { server, put, released } = await serving([{ send: stored }])
    expect(await put()).toBe('receipt')
    const [request] = server.requests
    expect(request!.head.split('\r\n')[0]).toBe('PUT /key?signature HTTP/1.1')
    expect(request!.headers).toEqual({
      host: `127.0.0.1:${server.port}`,
      'content-length': String(body.length),
      'x-type': 'text/plain',
    })
    expect([request!.body, released()]).toEqual([body.toString(), body.length])
  })

  it('goes over the connection of the one before, unless that was closed', async () => {
    const { server, put } = await serving(({ index }) =>
      index === 2
        ? [{ send: rawResponse(200, { ETag: '"receipt"', Connection: 'close' }) }, 'end']
        : [{ send: stored }],
    )
    for (let n = 0; n < 5; n++) expect(await put()).toBe('receipt')
    expect(server.connections()).toBe(2)
  })

  it.each<[string, Scenario, new (message: string) => Error, string]>([
    ['503', [failure(503, 'SlowDown')], StorageUnavailable, 'S3 failed: SlowDown'],
    ['an error without a body', [{ send: rawResponse(500) }], StorageUnavailable, 'S3 failed: 500'],
    ['an upload that it does not know', [failure(404, 'NoSuchUpload')], UploadGone, 'S3 answered NoSuchUpload'],
    ['a redirect', [{ send: rawResponse(307, { Location: '/elsewhere' }) }], StorageUnavailable, 'S3 failed: 307'],
    ['something that is not HTTP', [{ send: 'SSH-2.0\r\n' }], StorageUnavailable, 'S3 failed: cannotParseResponse'],
    [
      'half a response',
      [{ send: 'HTTP/1.1 200 OK\r\nContent-' }, 'reset'],
      StorageUnavailable,
      'S3 failed: networkConnectionLost',
    ],
    ['nothing', ['end'], StorageUnavailable, 'S3 failed: networkConnectionLost'],
    [
      'an error of great length',
      [{ send: rawResponse(500, {}, 'x'.repeat(1024 * KiB)) }],
      StorageUnavailable,
      'S3 failed: 500',
    ],
  ])('that is answered with %s fails in our words, and closes the connection', async (_, script, kind, message) => {
    const { server, put, released } = await serving(script)
    const error = await failureOf(put())
    expect(error).toBeInstanceOf(kind)
    expect(error!.message).toBe(message)
    await eventually('no connection stays', () => server.openConnections() === 0)
    await eventually('everything is released', () => released() === body.length)
  })

  it.each([403, 200])('fails when S3 answers %i before it has all of it', async (status) => {
    const port = await bareServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.write(rawResponse(status, { ETag: '"receipt"' })))
    })
    const writing = createS3Writes().open({ url: Promise.resolve(`http://127.0.0.1:${port}/`), bytes: 100, fields: [] })
    writing.write(body, () => {})
    expect(await failureOf(writing.stored)).toMatchObject({
      name: 'StorageUnavailable',
      message: `S3 failed: ${status}`,
    })
  })

  it('says that storage is unavailable when nobody listens, without the address', async () => {
    const writes = createS3Writes()
    const writing = writes.open({ url: Promise.resolve(`http://127.0.0.1:${await freePort()}/`), bytes: 1, fields: [] })
    let isReleased = false
    writing.write(Buffer.from('x'), () => {
      isReleased = true
    })
    expect(await failureOf(writing.stored)).toMatchObject({
      name: 'StorageUnavailable',
      message: 'S3 failed: ECONNREFUSED',
    })
    expect(isReleased).toBe(true)
  })

  it('says that storage is unavailable when it could not be signed', async () => {
    const writing = createS3Writes().open({ url: Promise.reject(new Error('no key')), bytes: 1, fields: [] })
    expect(await failureOf(writing.stored)).toBeInstanceOf(StorageUnavailable)
  })

  it('ends with the reason of an abort, at any time, and releases everything', async () => {
    for (const when of ['before', 'while it writes', 'while it waits']) {
      const { server, open } = await serving(['stall'])
      const controller = new AbortController()
      if (when === 'before') controller.abort(new Error('enough'))
      const writing = open(controller.signal)
      let released = 0
      writing.write(body.subarray(0, 5), () => (released += 1))
      if (when === 'while it waits') writing.write(body.subarray(5), () => (released += 1))
      if (when === 'while it waits') await eventually('the request', () => server.requests.length === 1)
      if (when === 'while it writes') await eventually('the connection', () => server.openConnections() === 1)
      if (when !== 'before') controller.abort(new Error('enough'))
      expect((await failureOf(writing.stored))?.message).toBe('enough')
      writing.write(Buffer.alloc(0), () => (released += 1))
      await eventually('everything is released', () => released === (when === 'while it waits' ? 3 : 2))
      await eventually('no connection stays', () => server.openConnections() === 0)
    }
  })

  it('takes no more than was announced', async () => {
    const { open } = await serving([{ send: stored }])
    const writing = open()
    expect(() => writing.write(Buffer.alloc(11), () => {})).toThrow(RangeError)
    writing.abort()
  })
})

const config = await testS3()
describe.skipIf(config === null)('a PUT to the real S3 server (skipped when servers are left out)', () => {
  it('stores parts and objects byte for byte, many at once, and gives every buffer back', async () => {
    const pool = createBufferPool()
    let out = 0
    const buffers = {
      take() {
        out += 1
        return pool.take()
      },
      tryTake() {
        const taken = pool.tryTake()
        if (taken) out += 1
        return taken
      },
      give(buffer: Buffer) {
        out -= 1
        pool.give(buffer)
      },
    }
    const store = createS3Objects(config!, buffers)
    const bytes = randomBytes(6 * 1024 * KiB)
    const pieces = Array.from({ length: 96 }, (_, n) => bytes.subarray(n * 64 * KiB, (n + 1) * 64 * KiB))
    const fill = async (writing: ReturnType<typeof store.openPart>) => {
      for (const piece of pieces) writing.write(piece, () => {})
      return await writing.stored
    }
    const upload = await store.begin({ key: 'ten/parts', mimeType: 'text/plain' })
    const receipts = await Promise.all(
      [1, 2, 3].map((number) =>
        fill(store.openPart(upload, { number, offset: (number - 1) * bytes.length, bytes: bytes.length })),
      ),
    )
    expect(receipts).toEqual([1, 2, 3].map(() => createHash('md5').update(bytes).digest('hex')))
    await store.complete(
      upload,
      receipts.map((receipt, n) => ({ number: n + 1, bytes: bytes.length, receipt })),
    )
    await fill(store.openObject({ key: 'ten/whole', mimeType: 'text/plain' }, bytes.length))
    for (const [key, times] of [
      ['ten/parts', 3],
      ['ten/whole', 1],
    ] as const) {
      const read: Uint8Array[] = []
      for await (const chunk of store.read(key, new AbortController().signal)) read.push(chunk)
      expect(Buffer.concat(read).equals(Buffer.concat(Array.from({ length: times }, () => bytes)))).toBe(true)
    }
    await store.close()
    await eventually('all buffers are back', () => out === 0)
  })

  it('stores nothing of a part that was given up half-way', async () => {
    const store = createS3Objects(config!)
    onTestFinished(() => store.close())
    const upload = await store.begin({ key: 'ten/half', mimeType: 'text/plain' })
    const writing = store.openPart(upload, { number: 1, offset: 0, bytes: 1024 * KiB })
    await new Promise<void>((resolve) => writing.write(Buffer.alloc(512 * KiB), resolve))
    writing.abort()
    expect(await failureOf(writing.stored)).toBeInstanceOf(StorageUnavailable)
    expect(await store.listParts(upload)).toEqual([])
    await store.abort(upload)
  })
})
