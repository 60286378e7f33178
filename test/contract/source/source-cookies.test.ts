import { describe, expect, it } from 'vitest'
import { failureOf, get, loopback, open, read, serve, sourceWith } from '#support/client/source.ts'
import type { RawRequest } from '#support/origins/raw-origin.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import { createChainCookies } from '#transfer/source/chain-cookies.ts'
import { createHttpSource } from '#transfer/source/http-source.ts'

type Answer = { to?: string; set?: string[] }

/** Redirects by path, with cookies; any other path is the file. */
const origin = async (answers: Record<string, Answer | ((request: RawRequest) => Answer)>) =>
  await serve((request) => {
    const found = answers[request.path]
    const { to, set = [] } = typeof found === 'function' ? found(request) : (found ?? {})
    const cookies = set.map((cookie) => `Set-Cookie: ${cookie}\r\n`).join('')
    return to === undefined
      ? `HTTP/1.1 200 OK\r\n${cookies}Connection: close\r\nContent-Length: 4\r\n\r\nfile`
      : `HTTP/1.1 302 Found\r\n${cookies}Location: ${to}\r\nContent-Length: 0\r\n\r\n`
  })
const cookiesOf = (requests: RawRequest[]) => requests.map(({ headers }) => headers.cookie)

describe('the cookies of a chain of redirects', () => {
  it('are sent on the same chain, to the host that has set them, at any port', async () => {
    const other = await origin({ '/': { to: '/more', set: ['c=3'] } })
    const home = await origin({
      '/': { to: '/two', set: ['a=1; Path=/; HttpOnly', 'b=2; Expires=Wed, 21 Oct 2099 07:28:00 GMT'] },
      '/two': { to: other.url('/') },
    })
    expect(await get(home.url('/'))).toBe('file')
    expect(cookiesOf(home.requests)).toEqual([undefined, 'a=1; b=2'])
    expect(cookiesOf(other.requests)).toEqual(['a=1; b=2', 'a=1; b=2; c=3'])
  })

  it('end with the chain: the next one begins without them', async () => {
    const home = await origin({ '/': { to: '/end', set: ['a=1'] }, '/end': { set: ['last=1'] } })
    for (let n = 0; n < 2; n++) expect(await get(home.url('/'))).toBe('file')
    expect(await get(home.url('/end'))).toBe('file')
    expect(cookiesOf(home.requests)).toEqual([undefined, 'a=1', undefined, 'a=1', undefined])
  })

  it('may be what a redirect to itself waits for', async () => {
    const home = await origin({
      '/': ({ headers }) => (headers.cookie === 'seen=1' ? {} : { to: '/', set: ['seen=1'] }),
    })
    expect(await get(home.url('/'))).toBe('file')
    expect(home.requests).toHaveLength(2)
  })

  it('change nothing about the limit of redirects', async () => {
    const home = await origin({ '/': ({ index }) => ({ to: '/', set: [`n${index}=${index}`] }) })
    expect(await failureOf(open(home.url('/')))).toBe('httpTooManyRedirects')
    expect(home.requests).toHaveLength(11)
    expect(home.requests[10]?.headers.cookie).toBe(Array.from({ length: 10 }, (_, n) => `n${n}=${n}`).join('; '))
  })

  it('join those that the client gave, which only the first origin gets', async () => {
    const other = await origin({})
    const home = await origin({
      '/': { to: '/same', set: ['token=new', 'a=1'] },
      '/same': { to: other.url('/') },
    })
    await get(home.url('/'), { headers: { cookie: 'token=old; mine=2' } })
    expect(cookiesOf(home.requests)).toEqual(['token=old; mine=2', 'mine=2; token=new; a=1'])
    expect(cookiesOf(other.requests)).toEqual(['token=new; a=1'])
  })

  it.each([
    ['another host', 'a=1; Domain=127.0.0.2'],
    ['another domain', 'a=1; Domain=example.com'],
    ['a public suffix', 'a=1; Domain=com'],
    ['another path', 'a=1; Path=/elsewhere'],
    ['https', 'a=1; Secure'],
    ['a prefix that it may not have', '__Host-a=1'],
    ['the past', 'a=1; Max-Age=0'],
    ['nobody: no name', '=1'],
    ['nobody: a control character', 'a=\tb\tc'],
    ['nobody: too long', `a=${'b'.repeat(6000)}`],
  ])('are not sent when they are for %s', async (_, cookie) => {
    const home = await origin({ '/': { to: '/end', set: [cookie, 'kept=1'] } })
    expect(await get(home.url('/'))).toBe('file')
    expect(cookiesOf(home.requests)).toEqual([undefined, 'kept=1'])
  })

  it('go to the names of their domain, and to no public suffix', async () => {
    const home = await serve(({ path, headers }) => {
      const next = (host: string, at: string) =>
        `Location: http://${host}:${home.port}${at}\r\nContent-Length: 0\r\n\r\n`
      if (path === '/1')
        return [
          'HTTP/1.1 302 Found',
          'Set-Cookie: domain=1; Domain=example.com',
          'Set-Cookie: host=1',
          'Set-Cookie: suffix=1; Domain=com',
          next('b.example.com', '/2'),
        ].join('\r\n')
      if (path === '/2')
        return ['HTTP/1.1 302 Found', 'Set-Cookie: io=1; Domain=github.io', next('a.github.io', '/3')].join('\r\n')
      if (path === '/3')
        return ['HTTP/1.1 302 Found', 'Set-Cookie: io=1; Domain=github.io', next('b.github.io', '/4')].join('\r\n')
      return `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n${headers.cookie === undefined ? 'no' : 'oh'}`
    })
    const source = sourceWith()
    await read(await open(`http://a.example.com:${home.port}/1`, {}, source))
    await source.close()
    expect(cookiesOf(home.requests)).toEqual([undefined, 'domain=1', undefined, undefined])
  })

  it.each(['local', 'test', 'example', 'origin', 'a_b.example.com', 'co.uk'])(
    'do no harm at the host %s',
    async (host) => {
      const home = await origin({ '/': { to: '/end', set: ['a=1', `b=2; Domain=${host}`, 'c=3; Domain=.'] } })
      const guard = createEgressGuard({ allowed: loopback, hosts: [host], lookup: async () => ['127.0.0.1'] })
      const source = createHttpSource(guard)
      expect((await read(await open(`http://${host}:${home.port}/`, {}, source))).toString()).toBe('file')
      await source.close()
    },
  )

  it.each(['\0', '\x01', '\x7f'])('may have no %j in them', async (control) => {
    const cookies = createChainCookies()
    await cookies.take('http://example.com/', [`a=b${control}c`, `d${control}=e`, 'f=g'])
    expect(cookies.fieldFor('http://example.com/')).toBe('f=g')
  })

  it('are bounded in number and length, as in curl', async () => {
    const set = Array.from({ length: 80 }, (_, n) => `n${n}=${'v'.repeat(n < 40 ? 1 : n < 50 ? 1_000 : 2)}`)
    const home = await origin({ '/': { to: '/end', set } })
    expect(await get(home.url('/'))).toBe('file')
    const sent = home.requests[1]?.headers.cookie ?? ''
    expect(sent.length).toBeLessThanOrEqual(8_190)
    expect(sent).toContain('n46=')
    expect(sent).not.toMatch(/n49=|n50=/)
  })

  it('are sent with every request for a range, each on a chain of its own', async () => {
    const home = await origin({ '/': ({ index }) => ({ to: '/end', set: [`n=${index}`] }) })
    for (const from of [0, 2]) await get(home.url('/'), { range: { from, validator: null } })
    expect(home.requests.map(({ headers }) => [headers.range, headers.cookie])).toEqual([
      ['bytes=0-', undefined],
      ['bytes=0-', 'n=0'],
      ['bytes=2-', undefined],
      ['bytes=2-', 'n=2'],
    ])
  })

  it('appear in nothing that the source hands out', async () => {
    const home = await origin({ '/': { to: '/end', set: ['a=very-secret'] } })
    const response = await open(home.url('/'), { headers: { Cookie: 'b=very-secret' } })
    expect(JSON.stringify(response)).not.toContain('very-secret')
  })
})
