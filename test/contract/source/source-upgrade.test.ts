import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { loopback, open, read } from '#support/client/source.ts'
import { makeAuthority, makeCertificate, type TestAuthority } from '#support/origins/certificates.ts'
import { type RawRequest, startRawOrigin } from '#support/origins/raw-origin.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import { createHttpSource } from '#transfer/source/http-source.ts'

const name = 'files.example.com'
const headers = { Authorization: 'secret', Cookie: 'given=1', 'X-Key': 'key' }

describe('a host that speaks http and https on one port', () => {
  let authority: TestAuthority
  const before = getCACertificates('default')
  beforeAll(() => {
    authority = makeAuthority('Test Authority')
    setDefaultCACertificates([...before, authority.cert])
  })
  afterAll(() => setDefaultCACertificates(before))

  /** Requests in order, with the scheme that each came by. `does`: the target of a redirect and its cookies, or none. */
  const start = async (
    does: (request: RawRequest, scheme: string, at: string) => { to: string; set?: string } | null,
  ) => {
    const seen: [scheme: string, request: RawRequest][] = []
    const script = (scheme: string) => (request: RawRequest) => {
      seen.push([scheme, request])
      const next = does(request, scheme, `${name}:${port}`)
      return next === null
        ? 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfile'
        : `HTTP/1.1 302 Found\r\n${next.set ? `Set-Cookie: ${next.set}\r\n` : ''}Location: ${next.to}\r\nContent-Length: 0\r\n\r\n`
    }
    const plain = await startRawOrigin(script('http'))
    const secure = await startRawOrigin(script('https'), { tls: makeCertificate({ subject: name, issuer: authority }) })
    // The first byte of a TLS connection is 22.
    const door = createServer((socket) => {
      socket.once('data', (first: Buffer) => {
        const inner = connect((first[0] === 22 ? secure : plain).port, '127.0.0.1')
        inner.write(first)
        socket.pipe(inner).pipe(socket)
        for (const [one, other] of [[socket, inner] as const, [inner, socket] as const])
          one.on('error', () => other.destroy()).on('close', () => other.destroy())
      })
    }).listen(0, '127.0.0.1')
    await once(door, 'listening')
    const { port } = door.address() as AddressInfo
    const source = createHttpSource(createEgressGuard({ allowed: loopback, lookup: async () => ['127.0.0.1'] }))
    onTestFinished(async () => {
      await source.close()
      await Promise.all([plain.close(), secure.close()])
      door.close()
    })
    const get = async (scheme: string) => {
      const response = await open(`${scheme}://${name}:${port}/`, { headers }, source)
      expect((await read(response)).toString()).toBe('file')
      return seen.map(([by, request]) => [
        by,
        request.headers.authorization,
        request.headers.cookie,
        request.headers['x-key'],
      ])
    }
    return { get }
  }

  it('gets all headers of the client after its upgrade to https', async () => {
    const { get } = await start((_, scheme, at) => (scheme === 'http' ? { to: `https://${at}/`, set: 'a=1' } : null))
    expect(await get('http')).toEqual([
      ['http', 'secret', 'given=1', 'key'],
      ['https', 'secret', 'given=1; a=1', 'key'],
    ])
  })

  it('gets none of them after the way down to http, nor a cookie for https, and none again after the next upgrade', async () => {
    const { get } = await start(({ path }, scheme, at) => {
      if (path === '/') return { to: `http://${at}/down`, set: 'a=1; Secure; Path=/' }
      return scheme === 'http' ? { to: `https://${at}/up`, set: 'a=forged; Secure; Path=/' } : null
    })
    expect(await get('https')).toEqual([
      ['https', 'secret', 'given=1', 'key'],
      ['http', undefined, undefined, undefined],
      ['https', undefined, 'a=1', undefined],
    ])
  })
})
