import { getEventListeners } from 'node:events'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { WebhookRequest } from '../../packages/core/src/app/ports.ts'
import { parseCidrs } from '../../packages/core/src/domain/address.ts'
import { createEgressGuard } from '../../packages/core/src/infra/egress-guard.ts'
import type { Lookup } from '../../packages/core/src/infra/resolver.ts'
import { createWebhookSender } from '../../packages/core/src/infra/webhook-http.ts'
import { makeAuthority, makeCertificate } from '../support/certificates.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { answer, type RawRequest, startRawOrigin } from '../support/raw-origin.ts'

const now = Date.UTC(2026, 10, 22, 12, 0, 0)
const loopback = parseCidrs('127.0.0.1/32').cidrs
const senderWith = (lookup: Lookup, allowed = loopback) =>
  createWebhookSender(createEgressGuard({ allowed, lookup }), () => now)
const sender = senderWith(async () => ['127.0.0.1'])

const serve = async (script: (request: RawRequest) => string | Buffer | undefined, options = {}) => {
  const receiver = await startRawOrigin(script, options)
  onTestFinished(() => receiver.close())
  return receiver
}
const request = (url: string, more: Partial<WebhookRequest> = {}): WebhookRequest => ({
  url,
  headers: { 'content-type': 'application/json' },
  body: '{}',
  timeoutMs: 10_000,
  maxAnswerBytes: 16 * 1024,
  signal: new AbortController().signal,
  ...more,
})
const post = (url: string, more: Partial<WebhookRequest> = {}) => sender.post(request(url, more))

describe('the webhook sender', () => {
  it('posts the body byte for byte, with the headers it was given', async () => {
    const receiver = await serve(() => answer(200, {}, 'thanks'))
    const body = '{"text":"größer 🦊\\u0000"}'
    const headers = { 'content-type': 'application/json', 'webhook-id': 'evt_1', 'webhook-signature': 'v1,a= v1,b=' }
    expect(await post(receiver.url('/hook?a=b'), { body, headers })).toEqual({
      status: 200,
      error: null,
      body: 'thanks',
      retryAfterSeconds: null,
    })
    const [received] = receiver.requests
    expect(received?.head).toMatch(/^POST \/hook\?a=b HTTP\/1\.1\r\n/)
    expect(received?.body).toBe(body)
    expect(received?.headers).toEqual({
      ...headers,
      host: `127.0.0.1:${receiver.port}`,
      'accept-encoding': 'identity',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': expect.stringMatching(/^Backhaul\//),
    })
    await eventually('no connection stays', () => receiver.openConnections() === 0)
  })

  it('sends the next event to the same URL over the same connection, and none to another', async () => {
    const receiver = await serve(({ socket }) => void socket.write(answer(200, {}, 'thanks')))
    for (const path of ['/a', '/a', '/b']) expect((await post(receiver.url(path))).status).toBe(200)
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/a', '/a', '/b'])
    expect(receiver.connections()).toBe(2)
  })

  it('takes a new connection when the kept one turns out to be closed', async () => {
    const receiver = await serve(({ socket, index }) => {
      // The second request is met with a connection that breaks without a word.
      if (index === 1) socket.resetAndDestroy()
      else socket.write(answer(200, {}, 'thanks'))
      return undefined
    })
    for (const body of ['{"n":1}', '{"n":2}']) expect((await post(receiver.url(), { body })).status).toBe(200)
    expect(receiver.requests.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":2}', '{"n":2}'])
    expect(receiver.connections()).toBe(2)
  })

  it('keeps no connection on which more came than an answer', async () => {
    const receiver = await serve(({ socket }) => void socket.write(`${answer(200, {}, 'thanks')}HTTP/1.1 200 OK`))
    for (let n = 0; n < 2; n++) expect((await post(receiver.url())).status).toBe(200)
    expect(receiver.connections()).toBe(2)
  })

  it.each([200, 204, 301, 302, 307, 308, 400, 410, 429, 500, 503])(
    'takes status %i for an answer and follows nothing',
    async (status) => {
      const receiver = await serve(() => answer(status, { Location: '/elsewhere' }))
      expect(await post(receiver.url())).toMatchObject({ status, error: null })
      expect(receiver.requests).toHaveLength(1)
    },
  )

  it.each([
    ['120', 120],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30],
    ['-1', null],
    ['1e309', null],
    ['Sun, 22 Nov 2026 11:00:00 GMT', null],
  ])('reads Retry-After: %s', async (value, retryAfterSeconds) => {
    const receiver = await serve(() => answer(503, { 'Retry-After': value }))
    expect(await post(receiver.url())).toMatchObject({ status: 503, retryAfterSeconds })
  })

  it('speaks HTTPS', async () => {
    const authority = makeAuthority('Test Authority')
    const before = getCACertificates('default')
    setDefaultCACertificates([...before, authority.cert])
    onTestFinished(() => setDefaultCACertificates(before))
    const receiver = await serve(() => answer(202), {
      tls: makeCertificate({ subject: 'hooks.example.com', issuer: authority }),
    })
    expect(await post(`https://hooks.example.com:${receiver.port}/`)).toMatchObject({ status: 202 })
    expect(await post(`https://other.example.com:${receiver.port}/`)).toMatchObject({
      status: null,
      error: expect.stringContaining('serverCertificateUntrusted'),
    })
    expect(receiver.requests).toHaveLength(1)
  })

  it('reads no more of an answer than it was told, and keeps the status', async () => {
    const receiver = await serve(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const pump = () => {
        while (!socket.destroyed && socket.write('x'.repeat(64 * 1024)));
      }
      socket.on('drain', pump)
      pump()
      return undefined
    })
    const endless = await post(receiver.url(), { maxAnswerBytes: 1000 })
    expect(endless).toMatchObject({ status: 200, error: null, body: 'x'.repeat(1000) })
    await eventually('the connection is dropped', () => receiver.openConnections() === 0)
  })

  it('decompresses nothing and survives text that is none', async () => {
    const zipped = await serve(() => answer(200, { 'Content-Encoding': 'gzip' }, gzipSync('x'.repeat(1_000_000))))
    const { body } = await post(zipped.url())
    expect(body).not.toContain('xx')
    const cut = await serve(() => answer(200, {}, 'aé'))
    expect(await post(cut.url(), { maxAnswerBytes: 2 })).toMatchObject({ body: 'a\ufffd' })
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\nX-'],
    ['a body that stops', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab'],
    ['a body without an end', 'HTTP/1.1 200 OK\r\n\r\nab'],
  ])('has no answer when the time is up after %s', async (_, bytes) => {
    const receiver = await serve(({ socket }) => void socket.write(bytes))
    expect(await post(receiver.url(), { timeoutMs: 100 })).toEqual({
      status: null,
      error: expect.stringContaining('timedOut'),
      body: '',
      retryAfterSeconds: null,
    })
    await eventually('no connection stays', () => receiver.openConnections() === 0)
  })

  it('gives the whole exchange so much time, however busily the answer drips in', async () => {
    const receiver = await serve(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const timer = setInterval(() => socket.write('a'), 10)
      socket.on('close', () => clearInterval(timer))
      return undefined
    })
    expect(await post(receiver.url(), { timeoutMs: 150 })).toMatchObject({
      status: null,
      error: expect.stringContaining('timedOut'),
    })
    const never = senderWith(() => new Promise(() => {}))
    expect(await never.post(request('https://hooks.example.com/', { timeoutMs: 50 }))).toMatchObject({
      status: null,
      error: expect.stringContaining('timedOut'),
    })
  })

  it.each<[string, string, string]>([
    ['garbage', 'what?\r\n\r\n', 'cannotParseResponse'],
    ['17 KiB of headers', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(17 * 1024)}\r\n\r\n`, 'cannotParseResponse'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'cannotParseResponse'],
    ['a thousand interim answers', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(1000), 'cannotParseResponse'],
    ['a short body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab', 'networkConnectionLost'],
    ['nothing, and closes', '', 'networkConnectionLost'],
  ])('has no answer when it gets %s', async (_, bytes, fault) => {
    const receiver = await serve(() => bytes)
    expect(await post(receiver.url())).toMatchObject({ status: null, error: expect.stringContaining(fault) })
  })

  it('says that nobody listens, not where', async () => {
    const { status, error } = await post(`http://127.0.0.1:${await freePort()}/`)
    expect([status, error]).toEqual([null, expect.stringContaining('cannotConnectToHost')])
    expect(error).not.toContain('127')
  })

  it('throws the reason of an abort', async () => {
    const reason = new Error('shutting down')
    const receiver = await serve(() => undefined)
    await expect(post(receiver.url(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(receiver.connections()).toBe(0)
    const controller = new AbortController()
    const pending = post(receiver.url(), { signal: controller.signal }).catch((error: unknown) => error)
    await eventually('the request', () => receiver.requests.length === 1)
    controller.abort(reason)
    expect(await pending).toBe(reason)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    await eventually('no connection stays', () => receiver.openConnections() === 0)
  })
})

describe('where the webhook sender goes', () => {
  it('is never plain http, but to an allowed address', async () => {
    const receiver = await serve(() => answer(200))
    for (const url of [
      `http://hooks.example.com:${receiver.port}/`,
      'http://93.184.216.34/',
      'ftp://hooks.example.com/',
    ]) {
      expect(await post(url)).toMatchObject({ status: null, error: expect.stringContaining('unsupported_url') })
    }
    expect(receiver.connections()).toBe(0)
    expect(await post(receiver.url())).toMatchObject({ status: 200 })
  })

  it('is never an address that is not allowed, whatever its name says from one attempt to the next', async () => {
    const canaries = [
      await serve(() => answer(200), { host: '127.0.0.2' }),
      await serve(() => answer(200), { host: '::1' }),
    ]
    const denied = { status: null, error: expect.stringContaining('destination_denied') }
    for (const { port, url, connections } of canaries) {
      const address = url().includes('[') ? '::1' : '127.0.0.2'
      const answers = [['127.0.0.1'], [address], ['127.0.0.1', address]]
      const rebinding = senderWith(async () => answers.shift() ?? [])
      // Nobody listens at the allowed address: the first attempt may go there, and fails.
      expect(await rebinding.post(request(`https://hooks.example.com:${port}/`))).toMatchObject({
        error: expect.stringContaining('cannotConnectToHost'),
      })
      for (const target of [
        `https://hooks.example.com:${port}/`,
        `https://hooks.example.com:${port}/`,
        url(),
        url().replace('http:', 'https:'),
        `https://localhost:${port}/`,
      ]) {
        const result = await rebinding.post(request(target))
        expect(result).toMatchObject(denied)
        expect(result.error).not.toContain(address)
      }
      expect(connections()).toBe(0)
    }
  })
})
