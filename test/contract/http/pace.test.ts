import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { testEngine, transfersOf } from '#support/builders/engine.ts'
import { errorOf, lines, open, read, serve } from '#support/client/source.ts'
import { makeAuthority, makeCertificate, type TestAuthority } from '#support/origins/certificates.ts'
import { startHostileOrigin } from '#support/origins/hostile-origin.ts'
import { bytesOf, startOrigin } from '#support/origins/origin.ts'
import { createPace, type Pace } from '#transfer/http/pace.ts'
import { createSharedRate } from '#transfer/http/shared-rate.ts'

const KiB = 1024
const body = bytesOf('paced', 2048 * KiB)
const whole = () => Buffer.concat([Buffer.from(lines('HTTP/1.1 200 OK', `Content-Length: ${body.length}`)), body])

/** The pace, with the most that was granted beyond what its rate allows. */
const watched = (bytesPerSecond: number) => {
  const pace = createPace([createSharedRate(bytesPerSecond)])
  const startedAt = performance.now()
  let granted = 0
  let excess = 0
  const reads: number[] = []
  const watch: Pace = {
    ...pace,
    take: (bytes, then) =>
      pace.take(bytes, () => {
        reads.push(bytes)
        granted += bytes
        const allowed = (bytesPerSecond * (performance.now() - startedAt)) / 1000
        excess = Math.max(excess, granted - allowed)
        then()
      }),
  }
  return { pace: watch, excess: () => excess, reads }
}

describe.each(['http', 'https'] as const)('a response with a pace, over %s', (scheme) => {
  let authority: TestAuthority
  const before = getCACertificates('default')
  beforeAll(() => {
    authority = makeAuthority('Test Authority')
    setDefaultCACertificates([...before, authority.cert])
  })
  afterAll(() => setDefaultCACertificates(before))

  it('is read to its last byte, in small pieces, and never faster than its pace', async () => {
    const bytesPerSecond = 4096 * KiB
    const name = 'files.example.com'
    const tls = makeCertificate({ subject: name, issuer: authority })
    const origin = await serve(whole, scheme === 'https' ? { tls } : {})
    const { pace, excess, reads } = watched(bytesPerSecond)
    const startedAt = performance.now()
    const response = await open(`${scheme}://${name}:${origin.port}/`, { pace })
    expect((await read(response)).equals(body)).toBe(true)
    expect(reads.length).toBeGreaterThan(4)
    expect(Math.max(...reads)).toBeLessThanOrEqual(256 * KiB)
    // A burst, and the read that was granted last.
    expect(excess()).toBeLessThanOrEqual(bytesPerSecond / 2 + 256 * KiB)
    // What was read with the head, and TLS's records behind it, is paid in the end: by those who read next.
    const paidMs = (1000 * (body.length - 512 * KiB)) / bytesPerSecond
    expect(performance.now() - startedAt).toBeGreaterThan(paidMs)
  })
})

describe('a pace', () => {
  it('has a connection that it holds back not be taken for silent, while another one is', async () => {
    const origin = await serve(whole)
    const silent = await serve(({ socket }) => void socket.write(lines('HTTP/1.1 200 OK', 'Content-Length: 9')))
    const idleTimeoutMs = 100
    const rate = createSharedRate(0)
    const held = read(await open(origin.url(), { idleTimeoutMs, pace: createPace([rate]) }))
    for (const _ of [1, 2])
      expect(await errorOf(open(silent.url(), { idleTimeoutMs, pace: createPace() }).then(read))).toMatchObject({
        failure: 'timedOut',
      })
    rate.change(1e9)
    expect((await held).equals(body)).toBe(true)
  })

  it('has a connection that is within its pace, and gets nothing, be taken for silent', async () => {
    const silent = await serve(({ socket }) => void socket.write(lines('HTTP/1.1 200 OK', 'Content-Length: 9')))
    const pace = createPace([createSharedRate(1e6)])
    expect(await errorOf(open(silent.url(), { idleTimeoutMs: 100, pace }).then(read))).toMatchObject({
      failure: 'timedOut',
    })
  })

  it('is ended with the connection that it holds back', async () => {
    const origin = await serve(whole)
    const rate = createSharedRate(0)
    const controller = new AbortController()
    const reason = new Error('enough')
    const response = await open(origin.url(), { pace: createPace([rate]), signal: controller.signal })
    const failed = errorOf(read(response))
    controller.abort(reason)
    expect(await failed).toBe(reason)
    await eventually('no connection stays', () => origin.openConnections() === 0)
    // Nobody waits for the rate any more, so it is granted at once when it has bytes.
    rate.change(1e12)
    await eventually('the next one gets it', () => new Promise<boolean>((resolve) => rate.take(1, () => resolve(true))))
  })

  it('may be set, changed and lifted while a download reads', async () => {
    const origin = await startOrigin()
    onTestFinished(() => origin.close())
    const url = origin.serve('/file', { bytes: 8192 * KiB })
    const engine = await testEngine()
    const pace = createPace()
    const rate = createSharedRate(0)
    pace.limitTo([rate])
    const transfers = transfersOf(url)
    const work = engine.run(transfers, { pace })
    await eventually('it is held back', () => pace.waitedMs() > 0)
    rate.change(1024 * KiB)
    await eventually('it reads', () => (rate.measure()?.bytes ?? 0) > 0)
    pace.limitTo([])
    const { stored, error } = await work
    expect(error).toBeNull()
    expect((await engine.bytesOf(stored!)).equals(origin.content('/file'))).toBe(true)
  })

  it('is shared by the connections of a download, which has no further ones while its pace bounds it', async () => {
    const sizes = { partBytes: () => 16 * KiB, smallBytes: 16 * KiB }
    const head = ['HTTP/1.1 200 OK', 'ETag: "v1"', 'Accept-Ranges: bytes', `Content-Length: ${body.length}`]
    const engine = await testEngine({ sizes })
    let requests = 0
    // In a process that comes round every other second it is not the pace that bounds the rate: then it is tried again.
    for (let tries = 0; requests !== 1 && tries < 10; tries++) {
      const origin = await startHostileOrigin(() => [{ send: `${head.join('\r\n')}\r\n\r\n` }, { send: body }])
      onTestFinished(() => origin.close())
      const pace = createPace([createSharedRate(512 * KiB)])
      const { stored, error } = await engine.run(transfersOf(origin.url()), { pace })
      expect(error).toBeNull()
      expect((await engine.bytesOf(stored!)).equals(body)).toBe(true)
      expect(pace.waitedMs()).toBeGreaterThan(0)
      requests = origin.requests.length
    }
    expect(requests).toBe(1)
  })
})
