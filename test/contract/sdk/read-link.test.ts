import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readLink } from '#sdk/files/read-link.ts'
import { startDeadline } from '#sdk/http/deadline.ts'
import { makeAuthority, makeCertificate } from '#support/origins/certificates.ts'

const file = randomBytes(20 * 1024 * 1024)

/** A server of Node, plain or TLS, that Node trusts. */
async function start(scheme: 'http' | 'https', answer: RequestListener, host = '127.0.0.1'): Promise<URL> {
  const authority = makeAuthority('Test Authority')
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, authority.cert])
  const certificate = makeCertificate({ subject: host, issuer: authority })
  const server = scheme === 'http' ? createServer(answer) : createTlsServer(certificate, answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    setDefaultCACertificates(before)
    server.closeAllConnections()
    server.close()
  })
  return new URL(`${scheme}://${host}:${(server.address() as AddressInfo).port}/file?a=b%20c`)
}
const whole: RequestListener = (_request, response) =>
  response.writeHead(200, { 'content-length': file.length }).end(file)
const untilAborted = () => startDeadline(undefined, 60_000)

describe.each(['http', 'https'] as const)('what is read over %s', (scheme) => {
  it('is right for a reader that is slower than the link', async () => {
    const { bytes, isPart, chunks } = await readLink(await start(scheme, whole), {}, untilAborted())
    expect([bytes, isPart]).toEqual([file.length, false])
    let at = 0
    for await (const chunk of chunks) {
      // Meanwhile more is read than may be ahead.
      await new Promise(setImmediate)
      expect(file.subarray(at, at + chunk.length).equals(chunk)).toBe(true)
      at += chunk.length
    }
    expect(at).toBe(file.length)
  })

  it('is not read on behind its end, and its connection is closed', async () => {
    const closed = Promise.withResolvers<void>()
    const url = await start(scheme, (request, response) => {
      request.socket.on('close', () => closed.resolve())
      response.socket!.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfileHTTP/1.1 200 OK\r\n')
    })
    const { chunks } = await readLink(url, {}, untilAborted())
    const read: Uint8Array[] = []
    for await (const chunk of chunks) read.push(Uint8Array.from(chunk))
    expect(Buffer.concat(read).toString()).toBe('file')
    await closed.promise
  })

  it('comes from a host that has a name', async () => {
    const { chunks } = await readLink(await start(scheme, whole, 'localhost'), {}, untilAborted())
    let bytes = 0
    for await (const chunk of chunks) bytes += chunk.length
    expect(bytes).toBe(file.length)
  })

  it('is asked for in one request, which ends the connection', async () => {
    const asked = Promise.withResolvers<[string, object]>()
    const url = await start(scheme, (request, response) => {
      asked.resolve([request.url!, request.headers])
      whole(request, response)
    })
    await readLink(url, { range: 'bytes=7-', Host: 'elsewhere', 'X-Gateway': 'ä' }, untilAborted())
    const fields = { host: url.host, connection: 'close', accept: '*/*', 'user-agent': 'node', range: 'bytes=7-' }
    expect(await asked.promise).toEqual(['/file?a=b%20c', { ...fields, 'x-gateway': 'ä' }])
  })
})

describe('a link is not read', () => {
  it.each([
    ['of another scheme', 'ftp://127.0.0.1/'],
    ['with a password', 'http://a:b@127.0.0.1/'],
    ['that nobody serves', 'http://127.0.0.1:1/'],
  ])('%s', async (_what, url) => {
    await expect(readLink(new URL(url), {}, untilAborted())).rejects.toThrow()
  })

  it.each([
    ['with a head that does not end', (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(200_000)}`)],
    ['that ends before its head does', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n')],
    ['in chunks', (socket) => socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')],
  ] satisfies [string, (socket: NonNullable<Parameters<RequestListener>[1]['socket']>) => unknown][])(
    '%s',
    async (_what, say) => {
      const closed = Promise.withResolvers<void>()
      const url = await start('http', (request, response) => {
        request.socket.on('close', () => closed.resolve())
        say(response.socket!)
      })
      await expect(readLink(url, {}, untilAborted())).rejects.toThrow()
      await closed.promise
    },
  )
})
