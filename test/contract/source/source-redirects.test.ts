import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { errorOf, failureOf, get, loopback, open, read, serve, sourceWith } from '#support/client/source.ts'
import { rawResponse } from '#support/origins/raw-origin.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import { createHttpSource } from '#transfer/source/http-source.ts'

const manifest = JSON.parse(await readFile('packages/transfer/package.json', 'utf8')) as { version: string }

describe('the redirects of the HTTP source', () => {
  it.each([301, 302, 303, 307, 308])('are followed on status %i', async (status) => {
    const origin = await serve(({ path }) =>
      path === '/end' ? rawResponse(200, {}, 'end') : rawResponse(status, { Location: 'end' }, 'moved'),
    )
    const response = await open(origin.url('/start'), { headers: { 'X-Tenant': 'a' } })
    expect([response.url, (await read(response)).toString()]).toEqual([origin.url('/end'), 'end'])
    expect(origin.requests.map(({ head, headers }) => [head.split(' ')[0], headers['x-tenant']])).toEqual([
      ['GET', 'a'],
      ['GET', 'a'],
    ])
  })

  it('are ten at most', async () => {
    const countdown = await serve(({ path }) =>
      path === '/0' ? rawResponse(200, {}, 'end') : rawResponse(302, { Location: `/${Number(path.slice(1)) - 1}` }),
    )
    expect(await get(countdown.url('/10'))).toBe('end')
    expect(await failureOf(open(countdown.url('/11')))).toBe('httpTooManyRedirects')
    const loop = await serve(() => rawResponse(302, { Location: '/' }))
    expect(await failureOf(open(loop.url()))).toBe('httpTooManyRedirects')
    expect(loop.requests).toHaveLength(11)
    await eventually('no connection stays', () => loop.openConnections() === 0)
  })

  it('lose the headers of the tenant at another origin but for three, also on the way back', async () => {
    const other = await serve(() => rawResponse(302, { Location: `${home.url('/end')}` }))
    const home = await serve(({ path }) =>
      path === '/end' ? rawResponse(200) : rawResponse(302, { Location: path === '/' ? '/same' : other.url('/') }),
    )
    const three = { 'User-Agent': 'me', Accept: 'image/*', 'Accept-Language': 'de' }
    await get(home.url('/'), { headers: { Authorization: 'secret', Cookie: 'a=b', ...three } })
    const seen = [...home.requests.slice(0, 2), ...other.requests, ...home.requests.slice(2)].map(
      ({ headers }) => headers,
    )
    expect(seen.map(({ authorization, cookie }) => [authorization, cookie])).toEqual([
      ['secret', 'a=b'],
      ['secret', 'a=b'],
      [undefined, undefined],
      [undefined, undefined],
    ])
    for (const headers of seen)
      expect(headers).toMatchObject({ 'user-agent': 'me', accept: 'image/*', 'accept-language': 'de' })
  })

  it('say who asks, and for anything, where the tenant does not', async () => {
    const origin = await serve(() => rawResponse(200, { Connection: 'close' }))
    await get(origin.url())
    const named = createHttpSource(createEgressGuard({ allowed: loopback }), {
      userAgent: 'Fetcher/2 (+https://a.example/)',
    })
    await read(await open(origin.url(), {}, named))
    await read(await open(origin.url(), { headers: { 'user-agent': 'me', ACCEPT: 'image/*' } }, named))
    await named.close()
    expect(origin.requests.map(({ headers }) => [headers['user-agent'], headers.accept])).toEqual([
      [`Backhaul/${manifest.version}`, '*/*'],
      ['Fetcher/2 (+https://a.example/)', '*/*'],
      ['me', 'image/*'],
    ])
  })

  it('still ask for the rest of the file', async () => {
    const origin = await serve(({ path }) =>
      path === '/end' ? rawResponse(206) : rawResponse(302, { Location: '/end' }),
    )
    await get(origin.url('/start'), { range: { from: 7, validator: '"v"' } })
    expect(origin.requests[1]?.headers).toMatchObject({ range: 'bytes=7-', 'if-range': '"v"' })
  })

  it.each(['', 'Location: \r\n', 'Location: http://[\r\n', 'Location: /a\r\nLocation: /b\r\n'])(
    'lead nowhere with %j',
    async (field) => {
      const origin = await serve(() => `HTTP/1.1 302 Found\r\n${field}Content-Length: 0\r\n\r\n`)
      expect(await failureOf(open(origin.url()))).toBe('redirectToNonExistentLocation')
    },
  )

  it('may have user information for the same host, which is left out and noted', async () => {
    const origin = await serve(({ path }) =>
      path === '/end'
        ? rawResponse(200)
        : rawResponse(302, { Location: origin.url(path === '/' ? '/again' : '/end').replace('//', '//user:word@') }),
    )
    const response = await open(origin.url('/'))
    await read(response)
    expect(response.url).toBe(origin.url('/end'))
    expect(response.notes).toEqual([{ code: 'redirect_credentials_dropped', detail: expect.any(String) }])
    expect(response.transactions.map(({ notes }) => notes?.length)).toEqual([1, 1, undefined])
    for (const { head } of origin.requests) expect(head).not.toMatch(/user:|word|authorization/i)
  })

  it('may have 64 KiB', async () => {
    const origin = await serve(({ path }) =>
      path === '/'
        ? rawResponse(302, { Location: `/?${'a'.repeat(10_000)}` })
        : rawResponse(200, {}, String(path.length)),
    )
    expect(await get(origin.url())).toBe('10002')
  })

  it('never lead to an address that is not allowed', async () => {
    const canaries = [
      await serve(() => rawResponse(200), { host: '127.0.0.2' }),
      await serve(() => rawResponse(200), { host: '::1' }),
    ]
    for (const canary of canaries) {
      const names: Record<string, string[]> = {
        'inside.example.com': [canary.url().includes('[') ? '::1' : '127.0.0.2'],
        'files.example.com': ['127.0.0.1'],
      }
      for (const target of [
        canary.url(),
        `http://inside.example.com:${canary.port}/`,
        `http://localhost:${canary.port}/`,
        `http://0x7f.2:${canary.port}/`,
      ]) {
        const origin = await serve(() => rawResponse(302, { Location: target }))
        const error = await errorOf(
          open(
            `http://files.example.com:${origin.port}/`,
            {},
            sourceWith(async (name) => names[name] ?? []),
          ),
        )
        expect(error?.failure).toBe('destination_denied')
        expect(error?.message).toMatch(/^The redirect leads to .* not allowed\. The (host|address|IPv4)/)
        expect(error?.message).not.toMatch(/127|::1|inside|localhost/)
      }
      expect(canary.connections()).toBe(0)
    }
  })

  it('never lead to the service itself, by address or by name', async () => {
    const canary = await serve(() => rawResponse(200))
    const isOwn = (host: string, port: number) =>
      host === 'backhaul.example.com' || (host === '127.0.0.1' && port === canary.port)
    const guard = createEgressGuard({ allowed: loopback, isOwn, lookup: async () => ['127.0.0.1'] })
    const source = createHttpSource(guard)
    for (const target of [canary.url(), `http://files.example.com:${canary.port}/`, 'http://backhaul.example.com:9/']) {
      const origin = await serve(() => rawResponse(302, { Location: target }))
      expect(await failureOf(open(origin.url(), {}, source))).toBe('destination_denied')
      expect(origin.requests).toHaveLength(1)
    }
    expect(canary.connections()).toBe(0)
    await source.close()
  })

  it('are resolved anew, so that a name cannot become internal on the way', async () => {
    const canary = await serve(() => rawResponse(200), { host: '127.0.0.2' })
    const origin = await serve(() => rawResponse(302, { Location: `http://files.example.com:${canary.port}/` }))
    const addresses = [['127.0.0.1'], ['127.0.0.2']]
    const rebinding = sourceWith(async () => addresses.shift() ?? [])
    expect(await failureOf(open(`http://files.example.com:${origin.port}/`, {}, rebinding))).toBe('destination_denied')
    expect(canary.connections()).toBe(0)
  })

  it.each(['http://user:word@HOST/', 'http://HOST/a b', 'http://HOST/\\x', 'http://HOST/\tx'])(
    'and kept connections spare no URL the gate: %j',
    async (raw) => {
      const origin = await serve(({ socket }) => void socket.write(rawResponse(200)))
      await get(origin.url())
      expect(await failureOf(open(raw.replace('HOST', `127.0.0.1:${origin.port}`)))).toBe('unsupportedURL')
      expect(await get(origin.url('/again'))).toBe('')
      expect([origin.requests.length, origin.connections()]).toEqual([2, 1])
    },
  )
})
