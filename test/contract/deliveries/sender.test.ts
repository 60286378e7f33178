import { getEventListeners } from 'node:events'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createWebhookSender } from '#core/deliveries/http/sender.ts'
import type { WebhookRequest } from '#core/deliveries/webhook-sender.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { makeAuthority, makeCertificate } from '#support/origins/certificates.ts'
import { type RawRequest, rawResponse, startRawOrigin } from '#support/origins/raw-origin.ts'
import { freePort } from '#support/servers/free-port.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import type { Lookup } from '#transfer/egress/resolver.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'

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
  maxResponseBytes: 16 * 1024,
  signal: new AbortController().signal,
  ...more,
})
const post = (url: string, more: Partial<WebhookRequest> = {}) => sender.post(request(url, more))

describe('the webhook sender', () => {
  it('posts the body byte for byte, with the headers it was given', async () => {
    const receiver = await serve(() => rawResponse(200, {}, 'thanks'))
    const body = '{"text":"größer 🦊\\u0000"}'
    const headers = { 'content-type': 'application/json', 'webhook-id': 'evt_1', 'webhook-signature': 'v1,a= v1,b=' }
    expect(await post(receiver.url('/hook?a=b'), { body, headers })).toEqual({
      status: 200,
      error: null,
      headers: expect.objectContaining({ 'content-length': '6' }),
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
    const receiver = await serve(({ socket }) => void socket.write(rawResponse(200, {}, 'thanks')))
    for (const path of ['/a', '/a', '/b']) expect((await post(receiver.url(path))).status).toBe(200)
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/a', '/a', '/b'])
    expect(receiver.connections()).toBe(2)
  })

  it('takes a new connection when the kept one turns out to be closed', async () => {
    const receiver = await serve(({ socket, index }) => {
      // The second request is met with a connection that breaks without a word.
      if (index === 1) socket.resetAndDestroy()
      else socket.write(rawResponse(200, {}, 'thanks'))
      return undefined
    })
    for (const body of ['{"n":1}', '{"n":2}']) expect((await post(receiver.url(), { body })).status).toBe(200)
    expect(receiver.requests.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":2}', '{"n":2}'])
    expect(receiver.connections()).toBe(2)
  })

  it('keeps no connection on which more came than a response', async () => {
    const receiver = await serve(({ socket }) => void socket.write(`${rawResponse(200, {}, 'thanks')}HTTP/1.1 200 OK`))
    for (let n = 0; n < 2; n++) expect((await post(receiver.url())).status).toBe(200)
    expect(receiver.connections()).toBe(2)
  })

  it.each([200, 204, 301, 302, 307, 308, 400, 410, 429, 500, 503])(
    'takes status %i for a response and follows nothing',
    async (status) => {
      const receiver = await serve(() => rawResponse(status, { Location: '/elsewhere' }))
      expect(await post(receiver.url())).toMatchObject({ status, error: null })
      expect(receiver.requests).toHaveLength(1)
    },
  )

  it.each([
    ['120', 120],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30],
    ['-1', null],
    ['1e309', null],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['Thu, 01 Jan 1970 00:00:00 GMT', null],
  ])('reads Retry-After: %s', async (value, retryAfterSeconds) => {
    const receiver = await serve(() => rawResponse(503, { 'Retry-After': value }))
    expect(await post(receiver.url())).toMatchObject({ status: 503, retryAfterSeconds })
  })

  it('speaks HTTPS', async () => {
    const authority = makeAuthority('Test Authority')
    const before = getCACertificates('default')
    setDefaultCACertificates([...before, authority.cert])
    onTestFinished(() => setDefaultCACertificates(before))
    const receiver = await serve(() => rawResponse(202), {
      tls: makeCertificate({ subject: 'hooks.example.com', issuer: authority }),
    })
    expect(await post(`https://hooks.example.com:${receiver.port}/`)).toMatchObject({ status: 202 })
    expect(await post(`https://other.example.com:${receiver.port}/`)).toMatchObject({
      status: null,
      error: expect.stringContaining('serverCertificateUntrusted'),
    })
    expect(receiver.requests).toHaveLength(1)
  })

  it('reads no more of a response than it was told, and keeps the status', async () => {
    const receiver = await serve(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const pump = () => {
        while (!socket.destroyed && socket.write('x'.repeat(64 * 1024)));
      }
      socket.on('drain', pump)
      pump()
      return undefined
    })
    const endless = await post(receiver.url(), { maxResponseBytes: 1000 })
    const note = 'The body is longer than 1000 bytes, and its rest was not read.'
    expect(endless).toMatchObject({ status: 200, error: null, body: 'x'.repeat(1000), note })
    await eventually('the connection is dropped', () => receiver.openConnections() === 0)
  })

  it('decompresses nothing and survives text that is none', async () => {
    const zipped = await serve(() => rawResponse(200, { 'Content-Encoding': 'gzip' }, gzipSync('x'.repeat(1_000_000))))
    const { body } = await post(zipped.url())
    expect(body).not.toContain('xx')
    const cut = await serve(() => rawResponse(200, {}, 'aé'))
    expect(await post(cut.url(), { maxResponseBytes: 2 })).toMatchObject({ body: 'a\ufffd' })
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['half a status line', 'HTTP/1.1 200 OK'],
    ['an informational response', 'HTTP/1.1 102 Processing\r\n\r\n'],
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

  it('gives the whole exchange so much time, however busily the response drips in', async () => {
    const receiver = await serve(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const timer = setInterval(() => socket.write('a'), 10)
      socket.on('close', () => clearInterval(timer))
      return undefined
    })
    expect(await post(receiver.url(), { timeoutMs: 150 })).toMatchObject({
      status: 200,
      error: null,
      note: 'The body did not end in time.',
    })
    const never = senderWith(() => new Promise(() => {}))
    expect(await never.post(request('https://hooks.example.com/', { timeoutMs: 50 }))).toMatchObject({
      status: null,
      error: expect.stringContaining('timedOut'),
    })
  })

  it.each<[string, string, string]>([
    ['garbage', 'what?\r\n\r\n', 'cannotParseResponse'],
    ['another protocol', 'HTTP/1.1\t200 OK\r\n\r\n', 'cannotParseResponse'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'cannotParseResponse'],
    ['a status below all', 'HTTP/1.1 099 OK\r\n\r\n', 'cannotParseResponse'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'cannotParseResponse'],
    ['a thousand informational responses', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(1000), 'cannotParseResponse'],
    ['half a status line', 'HTTP/1.1 200 OK', 'cannotParseResponse'],
    ['nothing, and closes', '', 'networkConnectionLost'],
  ])('has no answer when it gets %s', async (_, bytes, error) => {
    const receiver = await serve(() => bytes)
    expect(await post(receiver.url())).toMatchObject({ status: null, error: expect.stringContaining(error) })
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

describe('the status line', () => {
  const retry = 'Retry-After: 9\r\n'
  const breaks = {
    'a short body': `${retry}Content-Length: 10\r\n\r\nab`,
    'a chunk that is none': `${retry}Transfer-Encoding: chunked\r\n\r\nwhat?\r\n`,
    'chunks without the last': `${retry}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`,
    'two lengths': `${retry}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    'a length that is no number': `${retry}Content-Length: many\r\n\r\nab`,
    'an unknown coding': `${retry}Transfer-Encoding: gzip\r\n\r\nab`,
    'a length and chunks': `${retry}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nab`,
    'a control character in a value': `${retry}X: a\0b\r\n\r\n`,
    'a name that is no token': `${retry}X Y: a\r\n\r\n`,
    'a folded line': `${retry}X: a\r\n b\r\n\r\n`,
    'lines that end with LF alone': `${retry}X: a\r\n\r\n`.replaceAll('\r', ''),
    '17 KiB of fields': `${retry}X-A: ${'a'.repeat(17 * 1024)}\r\n\r\n`,
    'a head that stops': `${retry}X-`,
  }

  it.each(
    Object.entries(breaks).flatMap(([what, rest]) =>
      [200, 302, 404, 410, 503].map((status) => [status, what, rest] as const),
    ),
  )(
    'decides: %i with %s is a response, with its Retry-After, and the connection is not used again',
    async (status, what, rest) => {
      const line = `HTTP/1.1 ${status} Status${what.includes('LF') ? '' : '\r'}\n`
      const receiver = await serve(() => Buffer.from(line + rest, 'latin1'))
      const responses = [await post(receiver.url()), await post(receiver.url())]
      for (const each of responses)
        expect(each).toMatchObject({ status, error: null, retryAfterSeconds: 9, note: expect.any(String) })
      expect(receiver.connections()).toBe(2)
      await eventually('no connection stays', () => receiver.openConnections() === 0)
    },
  )

  it('decides when it is the last that comes before the connection breaks, or the time is up', async () => {
    const broken = await serve(({ socket }) => {
      socket.write('HTTP/1.1 204 None\r\nX-', () => socket.resetAndDestroy())
      return undefined
    })
    expect(await post(broken.url())).toMatchObject({
      status: 204,
      note: expect.stringContaining('connection was lost'),
    })
    const silent = await serve(
      ({ socket }) => void socket.write('HTTP/1.1 410 Gone\r\nwebhook-delivery: disable\r\nX-'),
    )
    expect(await post(silent.url(), { timeoutMs: 100 })).toMatchObject({ status: 410, order: 'disable' })
  })

  it('says what is wrong with the rest, and nothing of it', async () => {
    const receiver = await serve(() => Buffer.from('HTTP/1.1 200 OK\r\nSecret: gold\0\r\n\r\n', 'latin1'))
    expect(await post(receiver.url())).toMatchObject({ note: 'The origin sent lines that are no fields.' })
    const malformed = await serve(() => Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: gold\r\n\r\n', 'latin1'))
    expect(await post(malformed.url())).toMatchObject({
      note: 'The head of the answer is malformed: The Content-Length of the response is not a number.',
    })
  })

  it('is followed by a body that is whole, and then there is nothing to note', async () => {
    const receiver = await serve(() => rawResponse(200, {}, 'thanks'))
    expect(await post(receiver.url(), { bodyTimeoutMs: 10_000 })).not.toHaveProperty('note')
    const full = await serve(({ socket }) => void socket.write(rawResponse(200, {}, 'x'.repeat(1000))))
    for (let n = 0; n < 2; n++) expect(await post(full.url(), { maxResponseBytes: 1000 })).not.toHaveProperty('note')
    expect(full.connections()).toBe(1)
  })

  it.each([
    ['a body that stops', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab'],
    ['a body without an end', 'HTTP/1.1 200 OK\r\n\r\nab'],
  ])('is enough: nobody waits longer than he has patience for %s', async (_, bytes) => {
    const receiver = await serve(({ socket }) => void socket.write(bytes))
    expect(await post(receiver.url(), { bodyTimeoutMs: 50 })).toMatchObject({
      status: 200,
      error: null,
      body: 'ab',
      note: 'The body did not end in time.',
    })
    await eventually('no connection stays', () => receiver.openConnections() === 0)
  })

  it('is enough when the process stops, unless the body is needed', async () => {
    const receiver = await serve(({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab'))
    const reason = new Error('shutting down')
    const stopped = async (more: Partial<WebhookRequest>) => {
      const controller = new AbortController()
      const guard = createEgressGuard({ allowed: loopback })
      let received = () => 0
      const dial: typeof guard.dial = async (...given) => {
        const dialled = await guard.dial(...given)
        received = dialled.connection.bytesReceived
        return dialled
      }
      const pending = createWebhookSender({ ...guard, dial })
        .post(request(receiver.url(), { signal: controller.signal, ...more }))
        .catch((error: unknown) => error)
      await eventually('the head', () => received() > 0)
      controller.abort(reason)
      return await pending
    }
    expect(await stopped({ bodyTimeoutMs: 10_000 })).toMatchObject({ status: 200, note: expect.any(String) })
    expect(await stopped({})).toBe(reason)
  })
})

describe('where the webhook sender goes', () => {
  it('is never plain http, but to an allowed address', async () => {
    const receiver = await serve(() => rawResponse(200))
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
      await serve(() => rawResponse(200), { host: '127.0.0.2' }),
      await serve(() => rawResponse(200), { host: '::1' }),
    ]
    const denied = { status: null, error: expect.stringContaining('destination_denied') }
    for (const { port, url, connections } of canaries) {
      const address = url().includes('[') ? '::1' : '127.0.0.2'
      // No server listens at the allowed address: the first attempt may connect there and fails.
      const addresses = [['127.0.0.9'], [address], ['127.0.0.9', address]]
      const rebinding = senderWith(async () => addresses.shift() ?? [], parseCidrs('127.0.0.9/32').cidrs)
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
  it('may be a listed name over http, and is never the service itself', async () => {
    const [receiver, service] = [await serve(() => rawResponse(200)), await serve(() => rawResponse(200))]
    const isOwn = (host: string, port: number) => host === '127.0.0.1' && port === service.port
    const guard = createEgressGuard({ allowed: [], hosts: ['receiver'], isOwn, lookup: async () => ['127.0.0.1'] })
    const sender = createWebhookSender(guard)
    expect(await sender.post(request(`http://receiver:${receiver.port}/`))).toMatchObject({ status: 200 })
    expect(await sender.post(request(`http://receiver:${service.port}/`))).toMatchObject({
      status: null,
      error: expect.stringMatching(/^destination_denied: .*this service itself/),
    })
    expect((await sender.post(request('http://localhost:3000/'))).error).toContain('`backhaul listen`')
    expect(service.connections()).toBe(0)
    await sender.close()
  })
})
