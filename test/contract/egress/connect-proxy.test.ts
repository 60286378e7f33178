import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createWebhookSender } from '#core/deliveries/http/sender.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { bareServer, dial, failureOf, listen, publicAddress, resolvingTo } from '#support/client/dial.ts'
import { errorOf, open, read, serve } from '#support/client/source.ts'
import { makeAuthority, makeCertificate, type TestAuthority } from '#support/origins/certificates.ts'
import { bytesOf } from '#support/origins/origin.ts'
import { rawResponse } from '#support/origins/raw-origin.ts'
import { startConnectProxy } from '#support/servers/connect-proxy.ts'
import { freePort } from '#support/servers/free-port.ts'
import { chunksOf } from '#transfer/bytes/body-chunks.ts'
import type { EgressProxy } from '#transfer/egress/connect-proxy.ts'
import { EgressProxyError } from '#transfer/egress/connect-proxy-error.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'
import { createHttpSource } from '#transfer/source/http-source.ts'

const name = 'files.example.com'
const guardWith = (proxy: EgressProxy, ...addresses: string[]) =>
  createEgressGuard({
    allowed: [],
    proxy,
    lookup: resolvingTo(...(addresses.length > 0 ? addresses : [publicAddress])),
  })
const secret = 'Basic dXNlcjpodW50ZXIy'

describe('the egress proxy', () => {
  let authority: TestAuthority
  const before = getCACertificates('default')
  beforeAll(() => {
    authority = makeAuthority('Test Authority')
    setDefaultCACertificates([...before, authority.cert])
  })
  afterAll(() => setDefaultCACertificates(before))
  const good = () => makeCertificate({ subject: name, issuer: authority })

  it('is asked for the checked address, never for the name, and is told nothing more', async () => {
    const origin = await listen()
    const proxy = await startConnectProxy(() => origin)
    const { addressClass, steps, socket } = await dial(guardWith(proxy), `http://${name}:8080/`)
    expect(proxy.requests.map(({ head }) => head)).toEqual([
      `CONNECT ${publicAddress}:8080 HTTP/1.1\r\nHost: ${publicAddress}:8080\r\n\r\n`,
    ])
    expect([addressClass, steps]).toEqual([
      'public',
      ['domainLookupStart', 'domainLookupEnd', 'connectStart', 'connectEnd'],
    ])
    socket.write('x')
    await eventually('the one byte', () => origin.bytesReceived() === 1)
  })

  it('is given user and password, and the brackets of an IPv6 address', async () => {
    const origin = await listen()
    const proxy = await startConnectProxy(() => origin)
    await dial(guardWith({ ...proxy, authorization: secret }), 'http://[2606:4700::1]/')
    expect(proxy.requests[0]?.head).toContain(`\r\nProxy-Authorization: ${secret}\r\n`)
    expect(proxy.requests[0]?.target).toBe('[2606:4700::1]:80')
  })

  it('sees only TLS of https, which is spoken with the name and checked against it', async () => {
    const names: unknown[] = []
    const tls = {
      ...good(),
      SNICallback: (serverName: string, done: (error: null) => void) => {
        names.push(serverName)
        done(null)
      },
    }
    const origin = await listen({ tls })
    const proxy = await startConnectProxy(() => origin)
    const { socket, steps } = await dial(guardWith(proxy), `https://${name}/`)
    expect([(socket as TLSSocket).authorized, names, proxy.requests[0]?.target]).toEqual([
      true,
      [name],
      `${publicAddress}:443`,
    ])
    expect(steps).toEqual([
      ...['domainLookupStart', 'domainLookupEnd', 'connectStart', 'secureConnectionStart', 'connectEnd'],
    ])
    expect(await failureOf(guardWith(proxy), 'https://other.example.com/')).toMatchObject({
      failure: 'serverCertificateUntrusted',
    })
    expect(await failureOf(guardWith(proxy), `https://${publicAddress}/`)).toMatchObject({
      failure: 'serverCertificateUntrusted',
    })
  })

  it('may itself be anywhere, but leads to no address that is not allowed', async () => {
    const origin = await listen()
    const proxy = await startConnectProxy(() => origin)
    for (const [guard, url] of [
      [guardWith(proxy), 'http://127.0.0.1/'],
      [guardWith(proxy), `http://127.0.0.1:${proxy.port}/`],
      [guardWith(proxy, '127.0.0.1'), `https://${name}/`],
      [guardWith(proxy, publicAddress, '::1'), `http://${name}/`],
      [guardWith(proxy), 'http://localhost/'],
    ] as const)
      expect(await failureOf(guard, url)).toMatchObject({ failure: 'destination_denied' })
    const isOwn = (host: string) => host === '10.0.0.5'
    const operators = { hosts: ['origin'], denied: parseCidrs('10.0.1.0/24').cidrs, isOwn }
    for (const address of ['169.254.169.254', '10.0.1.1', '10.0.0.5']) {
      const guard = createEgressGuard({ allowed: [], proxy, lookup: resolvingTo(address), ...operators })
      expect(await failureOf(guard, 'http://origin/')).toMatchObject({ failure: 'destination_denied' })
    }
    expect(proxy.requests).toEqual([])
    const guard = createEgressGuard({ allowed: [], proxy, lookup: resolvingTo('10.0.0.6'), ...operators })
    await dial(guard, 'http://origin/')
    expect(proxy.requests.map(({ target }) => target)).toEqual(['10.0.0.6:80'])
  })

  it.each([
    ['403 Forbidden', 'destination_denied'],
    ['500 Unable to connect', 'cannotConnectToHost'],
    ['502 Bad Gateway', 'cannotConnectToHost'],
    ['503 Service Unavailable', 'cannotConnectToHost'],
    ['504 Gateway Timeout', 'cannotConnectToHost'],
  ])("that answers %s tells of the target: %s, the task's own failure", async (status, failure) => {
    const proxy = await startConnectProxy(() => `HTTP/1.1 ${status}\r\nContent-Length: 4\r\n\r\nsquid`)
    const error = await failureOf(guardWith(proxy), `https://${name}/`)
    expect(error).toMatchObject({ failure })
    expect(error.message).not.toContain(publicAddress)
    await eventually('the connection is gone', () => proxy.openConnections() === 0)
  })

  it.each([
    ['407', 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n'],
    ['400', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['302', 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n'],
    ['nonsense', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['nothing', ''],
    ['more than it was asked', 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ])('that answers %s is a failure of our own', async (_, said) => {
    const proxy = await startConnectProxy(() => said)
    const error = await failureOf(guardWith({ ...proxy, authorization: secret }), `https://${name}/`)
    expect(error).toBeInstanceOf(EgressProxyError)
    expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/93\.184|127\.0\.0\.1|Basic|hunter2/)
    await eventually('the connection is gone', () => proxy.openConnections() === 0)
  })

  it('that is not there is a failure of our own', async () => {
    const proxy = { host: '127.0.0.1', port: await freePort(), authorization: null }
    const guard = guardWith(proxy, publicAddress, '93.184.216.35')
    expect(await failureOf(guard, `http://${name}/`)).toBeInstanceOf(EgressProxyError)
    expect(await errorOf(open(`http://${name}/`, {}, createHttpSource(guard)))).toBeInstanceOf(EgressProxyError)
  })

  it('is asked for the next address when it did not reach one, but not when it has failed itself', async () => {
    const origin = await listen()
    const proxy = await startConnectProxy(({ index }) => (index === 0 ? 'HTTP/1.1 502 Bad Gateway\r\n\r\n' : origin))
    await dial(guardWith(proxy, publicAddress, '93.184.216.35'), `http://${name}/`)
    expect(proxy.requests.map(({ target }) => target)).toEqual([`${publicAddress}:80`, '93.184.216.35:80'])
    const broken = await startConnectProxy(() => 'HTTP/1.1 407 Authenticate\r\n\r\n')
    await failureOf(guardWith(broken, publicAddress, '93.184.216.35'), `http://${name}/`)
    expect(broken.requests).toHaveLength(1)
  })

  it('has its silence ended by an abort, in the tunnel too', async () => {
    const reason = new Error('enough')
    const origin = await listen()
    for (const proxy of [await startConnectProxy(() => undefined), await startConnectProxy(() => origin)]) {
      const controller = new AbortController()
      const work = failureOf(guardWith(proxy), `https://${name}/`, controller.signal)
      await eventually('the CONNECT', () => proxy.requests.length === 1)
      controller.abort(reason)
      expect(await work).toBe(reason)
      await eventually('the connection is gone', () => proxy.openConnections() === 0)
    }
  })

  it('leads to the same failures of TLS', async () => {
    const strangers = await listen({ tls: makeCertificate({ subject: name }) })
    expect(await failureOf(guardWith(await startConnectProxy(() => strangers)), `https://${name}/`)).toMatchObject({
      failure: 'serverCertificateHasUnknownRoot',
    })
    const port = await bareServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const proxy = await startConnectProxy(() => ({ port }))
    expect(await failureOf(guardWith(proxy), `https://${name}/`)).toMatchObject({ failure: 'networkConnectionLost' })
    await eventually('the connection is gone', () => proxy.openConnections() === 0)
  })

  it('is the only one that counts: the variables of the environment change nothing', async () => {
    const origin = await listen()
    const other = await listen({ host: '127.0.0.2' })
    const proxy = await startConnectProxy(() => origin)
    const variables = { HTTP_PROXY: other.url(), http_proxy: other.url(), HTTPS_PROXY: other.url(), NO_PROXY: '*' }
    const given = { ...variables, ALL_PROXY: other.url(), no_proxy: '*', NODE_USE_ENV_PROXY: '1' }
    Object.assign(process.env, given)
    onTestFinished(() => {
      for (const variable of Object.keys(given)) delete process.env[variable]
    })
    await dial(guardWith(proxy), `http://${name}/`)
    expect([proxy.requests.length, origin.connections(), other.connections()]).toEqual([1, 1, 0])
  })

  describe.each(['http', 'https'] as const)('with files over %s', (scheme) => {
    const body = bytesOf('proxied', 12 * 1024 * 1024)
    const start = async (script: Parameters<typeof serve>[0]) => {
      const origin = await serve(script, scheme === 'https' ? { tls: good() } : {})
      const proxy = await startConnectProxy(() => origin)
      const source = createHttpSource(guardWith(proxy))
      onTestFinished(() => source.close())
      return { origin, proxy, source, url: `${scheme}://${name}/file` }
    }

    it('brings every byte, to a reader that keeps what it has for a while', async () => {
      const { source, url, origin } = await start(() => rawResponse(200, {}, body))
      const response = await open(url, {}, source)
      const chunks: Buffer[] = []
      const owed: (() => void)[] = []
      for await (const { bytes, release } of chunksOf(response)) {
        chunks.push(Buffer.from(bytes))
        owed.push(release)
        // Out of order, and a few at a time.
        if (owed.length >= 3) owed.pop()?.()
        if (chunks.length % 7 === 0) for (const late of owed.splice(0)) late()
      }
      expect(Buffer.concat(chunks).equals(body)).toBe(true)
      expect(origin.requests[0]?.headers.host).toBe(name)
    })

    it('reads no further than a reader that releases nothing', async () => {
      const { source, url, proxy } = await start(({ socket }) => {
        socket.write(rawResponse(200, {}, body))
        return undefined
      })
      const response = await open(url, {}, source)
      let bytes = 0
      const late: (() => void)[] = []
      const work = response.read((chunk, release) => {
        bytes += chunk.length
        late.push(release)
      })
      await eventually('a standstill', async () => {
        const seen = bytes
        await new Promise((resolve) => setTimeout(resolve, 100))
        return seen > 0 && bytes === seen
      })
      expect(bytes).toBeLessThanOrEqual(1024 * 1024)
      response.discard()
      for (const release of late) release()
      expect(await errorOf(work)).toMatchObject({ failure: 'cancelled' })
      await eventually('the connection is gone', () => proxy.openConnections() === 0)
    })

    it('keeps the tunnel for the next file of the same origin', async () => {
      const { source, url, proxy } = await start(({ socket, index }) => {
        socket.write(rawResponse(200, {}, `file ${index}`))
        return undefined
      })
      for (const index of [0, 1, 2]) expect((await read(await open(url, {}, source))).toString()).toBe(`file ${index}`)
      expect(proxy.requests).toHaveLength(1)
    })

    it('notices a body that breaks off', async () => {
      const { source, url } = await start(({ socket }) => {
        const whole = rawResponse(200, {}, body)
        socket.write(whole.subarray(0, whole.length - 1), () => socket.destroy())
        return undefined
      })
      expect(await errorOf(read(await open(url, {}, source)))).toMatchObject({ failure: 'networkConnectionLost' })
    })
  })

  describe('with webhooks', () => {
    const post = async (proxy: EgressProxy) =>
      await createWebhookSender(guardWith(proxy)).post({
        url: `https://${name}/hook`,
        headers: { a: 'b' },
        body: '{"a":1}',
        timeoutMs: 10_000,
        maxResponseBytes: 1024,
        signal: new AbortController().signal,
      })

    it('carries them', async () => {
      const receiver = await serve(() => rawResponse(204), { tls: good() })
      expect(await post(await startConnectProxy(() => receiver))).toMatchObject({ status: 204, error: null })
      expect(receiver.requests.map((request) => request.body)).toEqual(['{"a":1}'])
    })

    it('is nothing that a receiver can be charged with when it fails', async () => {
      const proxy = { host: '127.0.0.1', port: await freePort(), authorization: secret }
      expect(await post(proxy)).toMatchObject({
        status: null,
        error: 'The egress proxy cannot be reached (ECONNREFUSED).',
        isInternalError: true,
      })
    })
  })
})
