import { createHash, randomBytes } from 'node:crypto'
import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TaskErrorName } from '#core/tasks/rules/task-error.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { type EngineOptions, testEngine, transfersOf } from '#support/builders/engine.ts'
import { chunked, lines } from '#support/client/source.ts'
import { makeAuthority, makeCertificate } from '#support/origins/certificates.ts'
import { type Scenario, startHostileOrigin } from '#support/origins/hostile-origin.ts'
import { type RawRequest, rawResponse } from '#support/origins/raw-origin.ts'
import type { DownloadRequest } from '#transfer/engine/download-request.ts'
import { classOf, type RetryClass } from './retry-class.ts'

const MiB = 1024 * 1024
const authority = makeAuthority('Hostile Authority')
const certificates = getCACertificates('default')
beforeAll(() => setDefaultCACertificates([...certificates, authority.cert]))
afterAll(() => setDefaultCACertificates(certificates))

const send = (...pieces: (string | Buffer)[]): Scenario => pieces.map((piece) => ({ send: piece }))
const shortTimeout = { idleTimeoutMs: 200 }
const withLength = (bytes: number, ...fields: string[]) =>
  lines('HTTP/1.1 200 OK', `Content-Length: ${bytes}`, ...fields)
const resumable = (bytes: number) => withLength(bytes, 'ETag: "v1"', 'Accept-Ranges: bytes')
const redirecting =
  (hops: number) =>
  ({ path }: RawRequest): Scenario => {
    const hop = Number(path.slice(1))
    return [
      { send: hop < hops ? rawResponse(302, { Location: `/${hop + 1}` }) : rawResponse(200, {}, 'at last') },
      'end',
    ]
  }

interface Row {
  /** "An origin that …" */
  that: string
  does: Scenario | ((request: RawRequest) => Scenario)
  failure: TaskErrorName
  retry: RetryClass
  request?: Partial<DownloadRequest>
  engine?: EngineOptions
  tls?: TlsOptions
}

const lies: Row[] = [
  {
    that: 'drips its head',
    does: [{ send: 'HTTP/1.1 200 OK\r\nX-A: ' }, { drip: 'a', everyMs: 40 }],
    ...{ failure: 'timedOut', retry: 'transient', request: shortTimeout },
  },
  {
    that: 'says nothing at all',
    does: ['stall'],
    ...{ failure: 'timedOut', retry: 'transient', request: shortTimeout },
  },
  {
    that: 'sends next to nothing for ever',
    does: [{ send: withLength(10_000) }, { drip: 'a', everyMs: 40 }],
    ...{ failure: 'timedOut', retry: 'transient', request: shortTimeout },
    engine: { minimumRate: { bytesPerSecond: 64, windowMs: 500 } },
  },
  ...[false, true].map(
    (isResumable): Row => ({
      that: `stalls after 1 MiB of a file that ${isResumable ? 'could' : 'could not'} be resumed`,
      does: [{ send: isResumable ? resumable(20 * MiB) : withLength(20 * MiB) }, { send: Buffer.alloc(MiB) }, 'stall'],
      ...{ failure: 'timedOut', retry: 'transient', request: shortTimeout },
    }),
  ),
  ...[
    ['that ends with the connection', lines('HTTP/1.1 200 OK'), Buffer.alloc(64 * 1024)] as const,
    ['in chunks', chunked, `10000\r\n${'a'.repeat(0x10000)}\r\n`] as const,
  ].map(
    ([kind, head, piece]): Row => ({
      that: `has an endless body ${kind}`,
      does: [{ send: head }, { endless: piece }],
      ...{ failure: 'dataLengthExceedsMaximum', retry: 'permanent', request: { maximumBytes: 64 * MiB } },
    }),
  ),
  {
    that: 'announces more than is wanted',
    does: [{ send: resumable(2 ** 40) }, { endless: Buffer.alloc(64 * 1024) }],
    ...{ failure: 'dataLengthExceedsMaximum', retry: 'permanent', request: { maximumBytes: 64 * MiB } },
  },
  ...[false, true].map(
    (isResumable): Row => ({
      that: `sends less than it says of a file that ${isResumable ? 'could' : 'could not'} be resumed`,
      does: [{ send: isResumable ? resumable(2 * MiB) : withLength(2 * MiB) }, { send: Buffer.alloc(MiB) }, 'end'],
      ...{ failure: 'networkConnectionLost', retry: 'transient' },
    }),
  ),
  {
    that: 'never ends its chunks',
    does: [...send(chunked, '1\r\na\r\n'), 'end'],
    ...{ failure: 'networkConnectionLost', retry: 'transient' },
  },
  ...(
    [
      ['names two lengths', withLength(1, 'Content-Length: 2'), 'ab'],
      ['names a length and two codings', withLength(1, 'Transfer-Encoding: gzip, chunked'), '1\r\na\r\n0\r\n\r\n'],
      ['sends a huge chunk extension', chunked, `1;${'a'.repeat(64 * 1024)}\r\na\r\n0\r\n\r\n`],
      ['sends 257 KiB of headers', withLength(1, `X-A: ${'a'.repeat(257 * 1024)}`), 'a'],
      ['sends a thousand informational responses', lines('HTTP/1.1 103 Early Hints').repeat(1000), withLength(0)],
    ] as const
  ).map(
    ([that, ...pieces]): Row => ({ that, does: send(...pieces), failure: 'cannotParseResponse', retry: 'suspect' }),
  ),
  {
    that: 'sends a part that nobody asked for',
    does: send(rawResponse(206, { 'Content-Range': 'bytes 0-4/10' }, 'parts')),
    ...{ failure: 'badServerResponse', retry: 'suspect' },
  },
  ...(
    [
      ['Repr-Digest', `sha-256=:${createHash('sha256').update('other').digest('base64')}:`],
      ['Digest', `SHA-256=${createHash('sha256').update('other').digest('base64')}`],
      ['Content-MD5', createHash('md5').update('other').digest('base64')],
      ['x-goog-hash', 'crc32c=AAAAAA=='],
    ] as const
  ).map(
    ([field, value]): Row => ({
      that: `declares a wrong ${field}`,
      does: send(rawResponse(200, { [field]: value }, 'hello')),
      // Once from the start (retry.ts), and then never again.
      ...{ failure: 'checksum_mismatch', retry: 'permanent' },
    }),
  ),
  {
    that: 'declares a wrong digest of a file in parts',
    does: send(
      withLength(2 * MiB, 'ETag: "v1"', `Content-MD5: ${createHash('md5').update('other').digest('base64')}`),
      Buffer.alloc(2 * MiB),
    ),
    ...{ failure: 'checksum_mismatch', retry: 'permanent' },
  },
  {
    that: 'redirects in a circle',
    does: [{ send: rawResponse(302, { Location: '/' }) }, 'end'],
    ...{ failure: 'httpTooManyRedirects', retry: 'permanent' },
  },
  { that: 'redirects eleven times', does: redirecting(11), failure: 'httpTooManyRedirects', retry: 'permanent' },
  ...['-1', '1e309', 'Thu, 01 Jan 1970 00:00:00 GMT', 'soon'].map(
    (value): Row => ({
      that: `wants to be asked again in ${value}`,
      does: send(rawResponse(503, { 'Retry-After': value }, 'later')),
      ...{ failure: 'badServerResponse', retry: 'transient' },
    }),
  ),
  {
    that: 'shows a certificate that has expired',
    does: send(rawResponse(200, {}, 'hello')),
    tls: makeCertificate({ subject: 'files.example.com', issuer: authority, notAfter: new Date(Date.now() - 1000) }),
    ...{ failure: 'serverCertificateHasBadDate', retry: 'suspect' },
  },
  {
    that: 'shows a certificate of its own',
    does: send(rawResponse(200, {}, 'hello')),
    tls: makeCertificate({ subject: 'files.example.com' }),
    ...{ failure: 'serverCertificateHasUnknownRoot', retry: 'suspect' },
  },
  {
    that: 'shows the certificate of another host',
    does: send(rawResponse(200, {}, 'hello')),
    tls: makeCertificate({ subject: 'other.example.com', issuer: authority }),
    ...{ failure: 'serverCertificateUntrusted', retry: 'suspect' },
  },
  ...(
    [
      ['wants a certificate of the client', { requestCert: true, minVersion: 'TLSv1.3' }, 'clientCertificateRequired'],
      ['wants a certificate of the client, with TLS 1.2', { requestCert: true, maxVersion: 'TLSv1.2' }],
      ['speaks TLS 1.1 only', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
      ['speaks HTTP/2 only', { ALPNProtocols: ['h2'] }],
      ['shares no cipher', { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }],
    ] as const
  ).map(
    ([that, options, failure = 'secureConnectionFailed']: readonly [string, object, TaskErrorName?]): Row => ({
      that,
      does: send(rawResponse(200, {}, 'hello')),
      tls: { ...makeCertificate({ subject: 'files.example.com', issuer: authority }), ...options },
      ...{ failure, retry: 'suspect' },
    }),
  ),
  ...(
    [
      ['before its head', []],
      ['in its head', ['HTTP/1.1 200 OK\r\nX-']],
      ['behind its head', [withLength(10)]],
      ['in a body with a length', [withLength(10), 'ab']],
      ['in a chunk', [chunked, '5\r\nab']],
      ['between chunks', [chunked, '2\r\nab\r\n']],
      ['in a body that ends with the connection', [lines('HTTP/1.1 200 OK'), 'ab']],
      ['in a file that could be resumed', [resumable(2 * MiB), Buffer.alloc(MiB)]],
    ] as const
  ).flatMap(([when, pieces]) =>
    [undefined, makeCertificate({ subject: 'files.example.com', issuer: authority })].map(
      (tls): Row => ({
        that: `resets ${when}${tls ? ', over TLS' : ''}`,
        does: [...send(...pieces), 'reset'],
        ...{ failure: 'networkConnectionLost', retry: 'transient' },
        ...(tls ? { tls } : {}),
      }),
    ),
  ),
]

const serving = async (does: Row['does'], tls?: TlsOptions) => {
  const origin = await startHostileOrigin(does, tls ? { tls } : {})
  onTestFinished(() => origin.close())
  return { origin, url: `${tls ? 'https' : 'http'}://files.example.com:${origin.port}/` }
}

describe('an origin that lies, seen from the engine', () => {
  it.each(lies)('and that $that: $failure, $retry', async ({ does, failure, retry, request, tls, ...row }) => {
    const { origin, url } = await serving(does, tls)
    const engine = await testEngine(row.engine)
    const before = process.memoryUsage().rss
    const outcome = await engine.run(transfersOf(url, request))
    expect([outcome.error?.failure, classOf(outcome.error)]).toEqual([failure, retry])
    expect(outcome.error?.retryAfterSeconds).toBeUndefined()
    expect(await engine.objectNames()).toEqual([])
    await engine.source.close()
    await eventually('no connection stays', () => origin.openConnections() === 0)
    await eventually('all buffers are back', () => engine.buffersOut() === 0)
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * MiB)
  })

  it('and that puts bytes behind its body gets them into no file, nor into the next response', async () => {
    const { origin, url } = await serving([{ send: `${withLength(5)}hello${withLength(8)}smuggled` }])
    const engine = await testEngine()
    for (const connections of [1, 2]) {
      const { stored } = await engine.run(transfersOf(url))
      expect((await engine.bytesOf(stored!)).toString()).toBe('hello')
      expect(origin.connections()).toBe(connections)
    }
  })

  it.each([204, 205, 304])('and that puts a body into a %i gets none of it stored', async (status) => {
    const { url } = await serving(send(rawResponse(status, {}, 'body')))
    const engine = await testEngine()
    const { stored, error } = await engine.run(transfersOf(url))
    if (status === 304) return expect(error).toMatchObject({ failure: 'badServerResponse', status })
    expect(await engine.bytesOf(stored!)).toEqual(Buffer.alloc(0))
  })

  it('and that sends a gzip bomb has the bomb stored, as it is', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * MiB))
    const { url } = await serving(
      send(withLength(bomb.length, 'Content-Encoding: gzip', 'Content-Type: text/html', 'ETag: "v1"'), bomb),
    )
    const engine = await testEngine()
    const before = process.memoryUsage().rss
    const { stored } = await engine.run(transfersOf(url, { maximumBytes: MiB }))
    expect((await engine.bytesOf(stored!)).equals(bomb)).toBe(true)
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MiB)
  })

  it.each([
    ['within the ratio', Buffer.concat([randomBytes(512 * 1024), Buffer.alloc(256 * MiB)]), 128 * MiB],
    ['beyond it', Buffer.alloc(256 * MiB), null],
  ])('and that sends a gzip bomb %s has nothing of it stored where it is decoded', async (_, bytes, maximumBytes) => {
    const bomb = gzipSync(bytes, { level: 9 })
    const { url } = await serving(send(withLength(bomb.length, 'Content-Encoding: gzip', 'ETag: "v1"'), bomb))
    const engine = await testEngine()
    const before = process.memoryUsage().rss
    const { error } = await engine.run(transfersOf(url, { maximumBytes, contentDecoding: 'decode' }))
    expect(error?.failure).toBe('dataLengthExceedsMaximum')
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MiB)
    expect(await engine.objectNames()).toEqual([])
    await eventually('all buffers are back', () => engine.buffersOut() === 0)
  })

  it.each([
    ['../../etc/passwd', 'a path'],
    ['a\0b', 'a NUL'],
    [`${'n'.repeat(10_000)}.bin`, '10 kB'],
    ['..', 'dots'],
    ['C:\\windows\\a', 'a drive'],
  ])('and that suggests the name %j gets a harmless one kept', async (name) => {
    const field = `Content-Disposition: attachment; filename="${name}"`
    const { url } = await serving(send(withLength(5, field), 'hello'))
    const { stored } = await (await testEngine()).run(transfersOf(`${url}fallback.bin`))
    const kept = stored!.facts.response.suggestedFilename!
    expect(kept).not.toMatch(/[/\\\p{Cc}]|^\.*$/u)
    expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(255)
  })

  it('and that breaks its Content-Disposition into two fields gets neither believed', async () => {
    const { url } = await serving(
      send(withLength(5, 'Content-Disposition: attachment; filename="a\r\nX-Injected: b"'), 'hello'),
    )
    const { stored } = await (await testEngine()).run(transfersOf(`${url}fallback.bin`))
    expect(stored!.facts.response.suggestedFilename).not.toMatch(/[\r\n]/)
  })

  it('and that redirects ten times is followed', async () => {
    const { url } = await serving(redirecting(10))
    const engine = await testEngine()
    const { stored } = await engine.run(transfersOf(`${url}0`))
    expect((await engine.bytesOf(stored!)).toString()).toBe('at last')
  })

  it('over TLS has its bytes stored as they are, though head and body come in records of their own', async () => {
    const body = Buffer.alloc(3 * MiB)
    for (let at = 0; at < body.length; at += 4) body.writeUInt32LE(at, at)
    const pieces = Array.from({ length: 3 * 64 }, (_, n) => body.subarray(n * 16_384, (n + 1) * 16_384))
    for (const head of [withLength(body.length), resumable(body.length)]) {
      const { url } = await serving(
        send(head, ...pieces),
        makeCertificate({ subject: 'files.example.com', issuer: authority }),
      )
      const engine = await testEngine()
      const { stored } = await engine.run(transfersOf(url))
      expect((await engine.bytesOf(stored!)).equals(body)).toBe(true)
      await eventually("all buffers but the kept connection's are back", () => engine.buffersOut() <= 1)
    }
  })
})
