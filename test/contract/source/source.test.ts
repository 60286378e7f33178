import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { get, lines, open, read, serve } from '#support/client/source.ts'
import { makeAuthority, makeCertificate } from '#support/origins/certificates.ts'
import { rawResponse } from '#support/origins/raw-origin.ts'

describe('the HTTP source', () => {
  it('fetches a file', async () => {
    const origin = await serve(() => rawResponse(200, { ETag: '"a"', 'X-Two': 'b', 'x-two': 'c' }, 'hello'))
    const response = await open(origin.url('/a/b?token=secret'))
    expect(response).toMatchObject({ url: origin.url('/a/b?token=secret'), status: 200 })
    expect(response.headers).toEqual({ 'content-length': '5', etag: '"a"', 'x-two': 'b, c' })
    expect((await read(response)).toString()).toBe('hello')
  })

  it('asks for the bytes as they are, and says who it is', async () => {
    const origin = await serve(() => rawResponse(200))
    await get(origin.url('/a?b=c#fragment'))
    const { head, headers } = origin.requests[0]!
    expect(head).toMatch(/^GET \/a\?b=c HTTP\/1\.1\r\n/)
    expect(headers).toEqual({
      host: `127.0.0.1:${origin.port}`,
      'accept-encoding': 'identity',
      accept: '*/*',
      'user-agent': expect.stringMatching(/^Backhaul\//),
    })
  })

  it("sends the tenant's headers, which replace its own Accept and User-Agent", async () => {
    const origin = await serve(() => rawResponse(200))
    await get(origin.url(), {
      headers: { authorization: 'Bearer x', ACCEPT: 'text/html', 'user-agent': 'me/1', 'X-Latin': 'é' },
    })
    expect(origin.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer x',
      accept: 'text/html',
      'user-agent': 'me/1',
      'x-latin': 'é',
    })
  })

  it('sends no condition of a task that was made when they were still taken', async () => {
    const origin = await serve(() => rawResponse(200))
    await get(origin.url(), { headers: { 'If-None-Match': '"a"', 'if-modified-since': 'x', 'X-A': 'b' } })
    expect(Object.keys(origin.requests[0]!.headers).filter((name) => /^if-|^x-a/.test(name))).toEqual(['x-a'])
  })

  it('resumes with Range and If-Range', async () => {
    const origin = await serve(() => rawResponse(206, { 'Content-Range': 'bytes 5-9/10' }, '56789'))
    const response = await open(origin.url(), { range: { from: 5, validator: '"v1"' } })
    expect(origin.requests[0]?.headers).toMatchObject({ range: 'bytes=5-', 'if-range': '"v1"' })
    expect(response.transactions[0]?.resumedFrom).toBe(5)
    expect((await read(response)).toString()).toBe('56789')
  })

  it('measures every step, without query or address', async () => {
    const origin = await serve(({ path }) =>
      path === '/end' ? rawResponse(200, {}, '12345') : rawResponse(302, { Location: '/end' }),
    )
    const response = await open(`http://files.example.com:${origin.port}/start?token=secret`)
    expect(response.transactions[1]).toMatchObject({ responseEnd: null, countOfResponseBodyBytesReceived: 0 })
    await read(response)
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/)
    const common = {
      protocol: 'http/1.1',
      remoteAddressClass: 'private',
      domainLookupStart: time,
      domainLookupEnd: time,
      connectStart: time,
      secureConnectionStart: null,
      connectEnd: time,
      requestStart: time,
      responseStart: time,
      responseEnd: time,
      resumedFrom: null,
    }
    expect(response.transactions).toEqual([
      {
        ...common,
        url: `http://files.example.com:${origin.port}/start`,
        status: 302,
        countOfResponseBodyBytesReceived: 0,
      },
      {
        ...common,
        url: `http://files.example.com:${origin.port}/end`,
        status: 200,
        countOfResponseBodyBytesReceived: 5,
      },
    ])
  })

  it('speaks HTTPS', async () => {
    const authority = makeAuthority('Test Authority')
    const before = getCACertificates('default')
    setDefaultCACertificates([...before, authority.cert])
    onTestFinished(() => setDefaultCACertificates(before))
    const origin = await serve(() => rawResponse(200, {}, 'secret'), {
      tls: makeCertificate({ subject: 'files.example.com', issuer: authority }),
    })
    const response = await open(`https://files.example.com:${origin.port}/`)
    expect((await read(response)).toString()).toBe('secret')
    expect(response.transactions[0]?.secureConnectionStart).not.toBeNull()
    expect(origin.requests[0]?.headers.host).toBe(`files.example.com:${origin.port}`)
  })

  it('decodes chunks but no content codings', async () => {
    const zipped = gzipSync('x'.repeat(100_000))
    const head = lines('HTTP/1.1 200 OK', 'Transfer-Encoding: Chunked', 'Content-Encoding: gzip')
    const origin = await serve(() =>
      Buffer.concat([
        Buffer.from(`${head}${zipped.length.toString(16)};a=b\r\n`),
        zipped,
        Buffer.from('\r\n0\r\nX-Trailer: a\r\n\r\n'),
      ]),
    )
    const response = await open(origin.url())
    expect(response.headers['content-encoding']).toBe('gzip')
    expect(await read(response)).toEqual(zipped)
  })

  it('takes a body without any framing to end with the connection', async () => {
    const origin = await serve(() => `${lines('HTTP/1.0 200 OK')}all of it`)
    expect(await get(origin.url())).toBe('all of it')
  })

  it.each([305, 306, 400, 404, 416, 429, 500, 503])('hands over status %i like any other response', async (status) => {
    const origin = await serve(() => rawResponse(status, { Location: '/elsewhere', 'Retry-After': '7' }, 'why'))
    const response = await open(origin.url())
    expect([response.status, response.headers['retry-after'], (await read(response)).toString()]).toEqual([
      status,
      '7',
      'why',
    ])
    expect(origin.requests).toHaveLength(1)
  })

  it('follows a 300 that has a Location, and hands over one that has none', async () => {
    const origin = await serve(({ path }) =>
      path === '/choice' ? rawResponse(300, { Location: '/one' }, 'which?') : rawResponse(300, {}, path),
    )
    const response = await open(origin.url('/choice'))
    expect([response.status, (await read(response)).toString()]).toEqual([300, '/one'])
    expect(origin.requests).toHaveLength(2)
  })
})
