import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createSignInLink } from '#core/keys/sign-in.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { type ApiUnderTest, openApi, operatorToken } from '#support/client/api.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'

const api = useApi()
const tenant = useTenant(api)

const ownPage = { 'sec-fetch-site': 'same-origin' }
const post = (body: object, headers: Record<string, string> = ownPage, on: ApiUnderTest = api) =>
  on.call('POST', '/v1/sign-in', { body, headers })
const setCookieOf = ({ headers }: { headers: Record<string, unknown> }) => String(headers['set-cookie'])
const cookieOf = (response: { headers: Record<string, unknown> }) => setCookieOf(response).split(';')[0]!
const signedIn = async (key: string) => cookieOf(await post({ key }))
/** Asked by a page of the service. */
const by = (cookie: string, method: string, url: string, body?: object, headers: Record<string, string> = ownPage) =>
  api.call(method, url, { headers: { ...headers, cookie }, ...(body === undefined ? {} : { body }) })
const statusBy = async (cookie: string, url = '/v1/tasks') => (await by(cookie, 'GET', url)).status
const keyId = async () => (await tenant.call('GET', '/v1/sign-in')).json.keyId as string
const newLink = async () => createSignInLink(api.deps, { tenantId: tenant.id, keyId: await keyId() })
const aKey = async (body: object = {}) =>
  (await tenant.call('POST', '/v1/api-keys', { name: 'a', scopes: ['read', 'write'], ...body })).json
const rows = () => api.database.many<Record<string, unknown>>('select * from sign_in where tenant_id = $1', [tenant.id])

describe('signing in with a key', () => {
  it('gives a cookie that stands for the key, and says who it is', async () => {
    const response = await post({ key: tenant.key })
    expect(response.status).toBe(200)
    expect(setCookieOf(response)).toMatch(
      /^backhaul-sign-in=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/,
    )
    expect(response.headers['cache-control']).toContain('no-store')
    const { json } = response
    const scopes = ['read', 'write', 'foreground', 'admin']
    expect(json).toMatchObject({ kind: 'key', scopes, tenant: { id: tenant.id, name: 'a tenant' } })
    expect(Math.abs(Date.parse(json.expiresAt) - Date.now() - 12 * 3_600_000)).toBeLessThan(60_000)
    const cookie = cookieOf(response)
    expect((await by(cookie, 'GET', '/v1/sign-in')).json).toEqual(json)
    expect(await statusBy(cookie)).toBe(200)
    const session = { configuration: { delegate: { kind: 'pull' } } }
    expect((await by(cookie, 'PUT', '/v1/sessions/made-by-a-page', session)).status).toBe(201)
    expect((await tenant.call('GET', '/v1/sessions/made-by-a-page')).status).toBe(200)
  })

  it('leaves nothing in the database that signs anybody in', async () => {
    const cookie = await signedIn(tenant.key)
    const secret = cookie.split('=')[1]!
    const [row] = await rows()
    expect(JSON.stringify(row)).not.toContain(secret)
    const stolen = [row!.id, (row!.hash as Buffer).toString('hex'), (row!.hash as Buffer).toString('base64url')]
    for (const value of stolen) expect(await statusBy(`backhaul-sign-in=${value}`)).toBe(401)
    expect(await statusBy(cookie)).toBe(200)
  })

  it('never takes over a cookie that was sent along, nor that of an earlier sign-in', async () => {
    const planted = `backhaul-sign-in=${'a'.repeat(43)}`
    const first = await post({ key: tenant.key }, { ...ownPage, cookie: planted })
    expect(cookieOf(first)).not.toBe(planted)
    expect(await statusBy(planted)).toBe(401)
    const second = await post({ key: tenant.key }, { ...ownPage, cookie: cookieOf(first) })
    expect(cookieOf(second)).not.toBe(cookieOf(first))
  })

  it.each<[string, object, number]>([
    ['an unknown key', { key: 'bh_unknown' }, 401],
    ['an unknown link', { token: 'x'.repeat(43) }, 401],
    ['a key as a link', { token: 'THE KEY' }, 401],
    ['nothing', {}, 400],
    ['both', { key: 'a', token: 'b' }, 400],
    ['a key with a line break', { key: 'bh_a\nb' }, 401],
    ['an empty key', { key: '' }, 400],
    ['a key of 1,000 characters', { key: 'a'.repeat(1000) }, 400],
    ['a number', { key: 1 }, 400],
    ['another field', { key: 'a', password: 'b' }, 400],
  ])('is refused with %s, and sets no cookie', async (_what, body, status) => {
    const given = JSON.parse(JSON.stringify(body).replace('THE KEY', tenant.key))
    const response = await api.call('POST', '/v1/sign-in', { body: given, headers: ownPage, from: '203.0.113.77' })
    expect([response.status, response.headers['set-cookie']]).toEqual([status, undefined])
    expect(await rows()).toEqual([])
  })

  it('is refused from an address that the key is not meant for, and so is its cookie', async () => {
    const here = await aKey({ allowedCidrs: ['127.0.0.0/8'] })
    const there = await aKey({ allowedCidrs: ['203.0.113.0/24'] })
    expect((await post({ key: there.apiKey })).json).toMatchObject({ status: 403, code: 'forbidden' })
    const cookie = await signedIn(here.apiKey)
    expect(await statusBy(cookie)).toBe(200)
    const elsewhere = await api.call('GET', '/v1/tasks', { headers: { ...ownPage, cookie }, from: '203.0.113.1' })
    expect(elsewhere.json).toMatchObject({ status: 403, code: 'forbidden' })
  })

  it('counts wrong keys and wrong cookies as wrong tokens, but none that were good once', async () => {
    const [one, two, three] = ['203.0.113.10', '203.0.113.11', '203.0.113.12']
    const ended = await signedIn((await aKey()).apiKey)
    await api.database.run('update sign_in set expires_at = clock_timestamp() where tenant_id = $1', [tenant.id])
    for (let n = 0; n < 20; n++) {
      expect((await api.call('POST', '/v1/sign-in', { body: { key: `bh_${n}` }, from: one })).status).toBe(401)
      const headers = { ...ownPage, cookie: `backhaul-sign-in=${n}` }
      expect((await api.call('GET', '/v1/tasks', { headers, from: two })).status).toBe(401)
      const known = { ...ownPage, cookie: ended }
      expect((await api.call('GET', '/v1/tasks', { headers: known, from: three })).status).toBe(401)
    }
    const good = (from: string) => api.call('POST', '/v1/sign-in', { body: { key: tenant.key }, from })
    expect([(await good(one)).json.code, (await good(two)).json.code]).toEqual(['rate_limited', 'rate_limited'])
    expect((await good(three)).status).toBe(200)
  })
})

describe('the cookie', () => {
  it('may do what its key may, and nothing else', async () => {
    const cookie = await signedIn((await aKey({ scopes: ['read'] })).apiKey)
    expect(await statusBy(cookie)).toBe(200)
    const made = await by(cookie, 'PUT', '/v1/sessions/s', {})
    expect(made.json).toMatchObject({ status: 403, code: 'forbidden', detail: expect.stringContaining('"write"') })
    expect(await statusBy(cookie, '/v1/api-keys')).toBe(403)
    expect(await statusBy(cookie, '/v1/admin/tenants')).toBe(401)
  })

  it('shares the requests of its key', async () => {
    const operate = { key: operatorToken, body: { limits: { requestsPerMinute: 4 } } }
    await api.call('PATCH', `/v1/admin/tenants/${tenant.id}`, operate)
    const cookie = await signedIn(tenant.key)
    expect((await tenant.call('GET', '/v1/tasks')).status).toBe(200)
    const statuses = []
    for (let n = 0; n < 3; n++) statuses.push(await statusBy(cookie))
    expect(statuses).toEqual([200, 200, 429])
    expect((await tenant.call('GET', '/v1/tasks')).status).toBe(429)
  })

  it('ends with its key', async () => {
    const revoked = await aKey()
    const rotated = await aKey()
    const cookies = [await signedIn(revoked.apiKey), await signedIn(rotated.apiKey)]
    await tenant.call('DELETE', `/v1/api-keys/${revoked.key.id}`)
    await tenant.call('POST', `/v1/api-keys/${rotated.key.id}/rotate`, { overlapSeconds: 0 })
    for (const cookie of cookies) {
      const refused = await by(cookie, 'GET', '/v1/tasks')
      expect([refused.status, refused.json.code]).toEqual([401, 'unauthorized'])
    }
  })

  it('is refused while its tenant is suspended, and good again afterwards', async () => {
    const cookie = await signedIn(tenant.key)
    const become = (state: string) =>
      api.call('PATCH', `/v1/admin/tenants/${tenant.id}`, { key: operatorToken, body: { state } })
    await become('suspended')
    expect((await by(cookie, 'GET', '/v1/tasks')).json.code).toBe('tenant_suspended')
    expect((await post({ key: tenant.key })).json.code).toBe('tenant_suspended')
    await become('active')
    expect(await statusBy(cookie)).toBe(200)
  })

  it.each<[string, (cookie: string) => string, number]>([
    ['a second one of its name', (cookie) => `${cookie}; backhaul-sign-in=planted`, 400],
    ['one of its name in front of it', (cookie) => `backhaul-sign-in=planted; ${cookie}`, 400],
    ['the same one twice', (cookie) => `${cookie}; ${cookie}`, 400],
    ['others around it', (cookie) => `a=b; ${cookie}; c="d"`, 200],
    ['the name that it has with https', (cookie) => `__Host-${cookie}`, 401],
    ['one character less', (cookie) => cookie.slice(0, -1), 401],
    ['8 kB behind it', (cookie) => cookie + 'a'.repeat(8192), 401],
    ['8 kB of something else', (cookie) => `${cookie}; junk=${'a;'.repeat(4096)}`, 200],
    ['no value', () => 'backhaul-sign-in=', 401],
    ['a quote around it', (cookie) => cookie.replace('=', '="'), 401],
  ])('with %s is answered', async (_what, change, status) => {
    const cookie = await signedIn(tenant.key)
    expect(await statusBy(change(cookie))).toBe(status)
  })

  it('counts for nothing beside an Authorization, good or not', async () => {
    const cookie = await signedIn(tenant.key)
    const stranger = await api.tenant('another')
    const ask = (authorization: string, method = 'GET') =>
      api.call(method, '/v1/sign-in', { headers: { cookie, authorization } })
    expect((await ask(`Bearer ${stranger.key}`)).json).toMatchObject({ id: null, tenant: { id: stranger.id } })
    expect((await ask('Bearer bh_wrong')).status).toBe(401)
    expect((await ask(`Basic ${stranger.key}`)).status).toBe(401)
    // It ends nothing of the cookie's either.
    expect((await ask(`Bearer ${stranger.key}`, 'DELETE')).status).toBe(204)
    expect(await statusBy(cookie)).toBe(200)
  })

  it('keeps what it opens out of caches, and other origins out of responses', async () => {
    const cookie = await signedIn(tenant.key)
    const responses = [
      await by(cookie, 'GET', '/v1/tasks'),
      await post({ key: tenant.key }),
      await by(cookie, 'OPTIONS', '/v1/tasks', undefined, {
        origin: 'https://elsewhere.example',
        'access-control-request-method': 'GET',
      }),
      await by(cookie, 'GET', '/v1/tasks', undefined, { origin: 'https://elsewhere.example' }),
    ]
    expect(responses[0]!.headers['cache-control']).toBe('private, no-store')
    for (const { headers } of responses)
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

describe('two services on one host', () => {
  it('do not sign each other out, though a browser sends both the cookies of all ports', async ({ onTestFinished }) => {
    const other = await openApi()
    onTestFinished(() => other.close())
    const services = [
      { on: api, key: tenant.key, host: 'backhaul.example.com:8080' },
      { on: other, key: (await other.tenant()).key, host: 'backhaul.example.com:8081' },
    ]
    const jar = new Map<string, string>()
    const keep = (response: { headers: Record<string, unknown> }) => {
      const [name, value] = cookieOf(response).split('=') as [string, string]
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    const ask = ({ on, host }: (typeof services)[number], method: string) => {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      return on.call(method, '/v1/sign-in', { headers: { ...ownPage, host, cookie } })
    }
    const statuses = () => Promise.all(services.map(async (service) => (await ask(service, 'GET')).status))
    for (const { on, key, host } of services) keep(await post({ key }, { ...ownPage, host }, on))
    expect(await statuses()).toEqual([200, 200])
    keep(await ask(services[0]!, 'DELETE'))
    expect(await statuses()).toEqual([401, 200])
  })
})

describe('a request with the cookie', () => {
  const host = 'backhaul.example.com'
  it.each<[string, Record<string, string>, number, number]>([
    ['a page of the service', ownPage, 200, 201],
    ['an older browser there', { host, origin: `http://${host}` }, 200, 201],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' }, 403, 403],
    ['a neighbour', { 'sec-fetch-site': 'same-site', origin: 'https://other.example.com' }, 403, 403],
    ['an older browser on another site', { host, origin: 'https://elsewhere.example' }, 403, 403],
    ['a frame without an origin', { host, origin: 'null' }, 403, 403],
    ['the address bar', { 'sec-fetch-site': 'none' }, 200, 403],
    ['curl with a jar of cookies', {}, 200, 403],
  ])('from %s may read: %#', async (_what, headers, reads, writes) => {
    const cookie = await signedIn(tenant.key)
    expect((await by(cookie, 'GET', '/v1/tasks', undefined, headers)).status).toBe(reads)
    const session = { configuration: { delegate: { kind: 'pull' } } }
    const put = await by(cookie, 'PUT', '/v1/sessions/s', session, headers)
    expect(put.status).toBe(writes)
    if (writes !== 403) return
    expect(put.json).toMatchObject({ code: 'cross_site_request', fix: expect.stringContaining('Authorization') })
    expect((await tenant.call('GET', '/v1/sessions/s')).status).toBe(404)
    expect((await by(cookie, 'DELETE', '/v1/sign-in', undefined, headers)).status).toBe(403)
    expect(await statusBy(cookie)).toBe(200)
  })

  it('may not be signed in by another page with a key of its own', async () => {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://elsewhere.example' },
    ]) {
      const response = await post({ key: tenant.key }, headers)
      expect([response.json.code, response.headers['set-cookie']]).toEqual(['cross_site_request', undefined])
    }
    expect((await post({ key: tenant.key }, {})).status).toBe(200)
  })

  it('needs no such thing with a key', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' }
    const made = await api.call('POST', '/v1/foreground', { key: tenant.key, body: { ttlSeconds: 60 }, headers })
    expect(made.status).toBe(200)
  })
})

describe('signing out', () => {
  it('ends this sign-in alone, and takes the cookie back', async () => {
    const [one, other] = [await signedIn(tenant.key), await signedIn(tenant.key)]
    const response = await by(one, 'DELETE', '/v1/sign-in')
    expect([response.status, setCookieOf(response)]).toEqual([
      204,
      'backhaul-sign-in=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
    ])
    expect([await statusBy(one), await statusBy(other)]).toEqual([401, 200])
    expect((await by(one, 'DELETE', '/v1/sign-in')).status).toBe(401)
    expect((await tenant.call('GET', '/v1/tasks')).status).toBe(200)
    expect(await rows()).toHaveLength(1)
  })

  it('lets go of a request that waits, as the end of its key does', async () => {
    const key = await aKey()
    const [out, revoked] = [await signedIn(key.apiKey), await signedIn(key.apiKey)]
    await tenant.call('PUT', '/v1/sessions/s', { configuration: { delegate: { kind: 'pull' } } })
    const url = 'https://origin.example.com/'
    const task = (await tenant.call('POST', '/v1/sessions/s/tasks', { url, suspended: true })).json
    const [first, second] = [out, revoked].map((cookie) => by(cookie, 'GET', `/v1/tasks/${task.id}?wait=60`))
    const ended: number[] = []
    for (const each of [first!, second!]) void each.then(({ status }) => ended.push(status))
    await by(out, 'DELETE', '/v1/sign-in')
    await eventually('the first has ended', () => ended.length === 1, { withinMs: 10_000 })
    await tenant.call('DELETE', `/v1/api-keys/${key.key.id}`)
    await eventually('the other has ended', () => ended.length === 2, { withinMs: 10_000 })
    expect(ended).toEqual([401, 401])
  })
})

describe('an open event stream of a browser', () => {
  it.each<[string, (cookie: string, keyId: string, host: string) => Promise<unknown>]>([
    ['signing out', (cookie, _keyId, host) => by(cookie, 'DELETE', '/v1/sign-in', undefined, { ...ownPage, host })],
    ['revoking the key', (_cookie, id) => tenant.call('DELETE', `/v1/api-keys/${id}`)],
  ])('ends with %s, and no other does', async (_what, end) => {
    if (!api.app.server.listening) await api.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = api.app.server.address() as AddressInfo
    const host = `127.0.0.1:${port}`
    const key = await aKey()
    const cookies: string[] = []
    for (const apiKey of [key.apiKey, tenant.key])
      cookies.push(cookieOf(await post({ key: apiKey }, { ...ownPage, host })))
    const away = new AbortController()
    const open = (cookie: string) =>
      fetch(`http://${host}/v1/events/stream`, { headers: { ...ownPage, cookie }, signal: away.signal })
    const [mine, others] = [await open(cookies[0]!), await open(cookies[1]!)]
    expect([mine.status, others.status]).toEqual([200, 200])
    const ended: string[] = []
    void mine.text().then(() => ended.push('mine'))
    const rest = others.text().then(
      () => ended.push('others'),
      () => ended.push('away'),
    )
    await end(cookies[0]!, key.key.id, host)
    await eventually('its stream has ended', () => ended.includes('mine'), { withinMs: 10_000 })
    expect(ended).toEqual(['mine'])
    away.abort()
    await rest
  })
})

describe('whoever asks who it is', () => {
  it('hears it with a key and with the token, too', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const { apiKey, key } = await aKey({ scopes: ['foreground'], expiresAt })
    const mine = { id: null, kind: 'key', scopes: ['foreground'], tenant: { id: tenant.id, name: 'a tenant' } }
    const withKey = await api.call('GET', '/v1/sign-in', { key: apiKey })
    expect(withKey.json).toEqual({ ...mine, keyId: key.id, expiresAt })
    expect((await by(await signedIn(apiKey), 'GET', '/v1/sign-in')).json.expiresAt).toBe(expiresAt)
    const nobody = { scopes: [], tenant: null, keyId: null, expiresAt: null }
    const withToken = await api.call('GET', '/v1/sign-in', { key: operatorToken })
    expect(withToken.json).toEqual({ id: null, kind: 'operator', ...nobody })
    expect((await api.call('GET', '/v1/sign-in')).status).toBe(401)
  })
})

describe('the audit', () => {
  it('names the key, and the sign-in that stood for it', async () => {
    const response = await post({ key: tenant.key })
    const cookie = cookieOf(response)
    const { id } = response.json
    await by(cookie, 'PUT', '/v1/sessions/s', { configuration: { delegate: { kind: 'pull' } } })
    await by(cookie, 'DELETE', '/v1/sign-in')
    const { data } = (await tenant.call('GET', `/v1/audit?key=${await keyId()}`)).json
    const mine = { kind: 'key', keyId: await keyId() }
    expect(data).toMatchObject([
      { action: 'createSignIn', target: id, actor: { ...mine, signInId: null } },
      { action: 'putSession', target: 's', actor: { ...mine, signInId: id } },
      { action: 'deleteSignIn', target: id, actor: { ...mine, signInId: id } },
    ])
  })
})

describe("an operator's sign-in", () => {
  it('opens what the token opens, and nothing of a tenant', async () => {
    const response = await post({ key: operatorToken })
    const cookie = cookieOf(response)
    expect(response.json).toMatchObject({ kind: 'operator', scopes: [], tenant: null, keyId: null })
    expect(await statusBy(cookie, '/v1/admin/tenants')).toBe(200)
    expect(await statusBy(cookie, '/v1/tasks')).toBe(401)
    const made = await by(cookie, 'POST', '/v1/admin/tenants', { name: 'by a page' })
    expect(made.status).toBe(201)
    const [entry] = await api.database.many('select actor, sign_in_id from audit where target = $1', [
      made.json.tenant.id,
    ])
    expect(entry).toEqual({ actor: 'operator', signInId: response.json.id })
    expect((await by(cookie, 'POST', '/v1/admin/tenants', { name: 'a' }, {})).json.code).toBe('cross_site_request')
    expect((await by(cookie, 'DELETE', '/v1/sign-in')).status).toBe(204)
    expect(await statusBy(cookie, '/v1/admin/tenants')).toBe(401)
  })

  it('ends when its token is taken out of the configuration', async ({ onTestFinished }) => {
    const other = await openApi({ adminTokens: ['the-token-before', 'the-next-token'] })
    onTestFinished(() => other.close())
    const cookies: string[] = []
    for (const key of ['the-token-before', 'the-next-token'])
      cookies.push(cookieOf(await post({ key }, ownPage, other)))
    const statuses = () =>
      Promise.all(
        cookies.map(
          async (cookie) =>
            (await other.call('GET', '/v1/admin/tenants', { headers: { ...ownPage, cookie }, from: '203.0.113.30' }))
              .status,
        ),
      )
    expect(await statuses()).toEqual([200, 200])
    ;(other.deps.adminTokens as string[]).shift()
    expect(await statuses()).toEqual([401, 200])
  })
})

describe('a link that signs in', () => {
  it('does so once, as the key that it was made for', async () => {
    const token = await newLink()
    const response = await post({ token })
    expect(response.json).toMatchObject({ kind: 'key', keyId: await keyId(), tenant: { id: tenant.id } })
    expect(await statusBy(cookieOf(response))).toBe(200)
    const again = await post({ token })
    expect([again.status, again.json.code, again.headers['set-cookie']]).toEqual([401, 'unauthorized', undefined])
    expect(await statusBy(cookieOf(response))).toBe(200)
  })

  it('is no key and no cookie', async () => {
    const token = await newLink()
    expect((await api.call('GET', '/v1/tasks', { key: token, from: '203.0.113.20' })).status).toBe(401)
    expect(await statusBy(`backhaul-sign-in=${token}`)).toBe(401)
    expect((await post({ key: token })).status).toBe(401)
    expect((await post({ token })).status).toBe(200)
  })
})

describe('over https', () => {
  it.each<[string, object, Record<string, string>, string | undefined]>([
    [
      'behind a proxy that is trusted',
      { trustedProxies: parseCidrs('10.0.0.0/8').cidrs },
      { 'x-forwarded-proto': 'https' },
      '10.0.0.1',
    ],
    ['at PUBLIC_URL', { publicUrl: 'https://backhaul.example.com' }, { host: 'backhaul.example.com' }, undefined],
  ])('%s the cookie is Secure, and none of its plain name counts', async (_what, settings, headers, from) => {
    const other = await openApi(settings)
    try {
      const { key } = await other.tenant()
      const call = (method: string, more: Record<string, string>, body?: object) =>
        other.call(method, '/v1/sign-in', {
          headers: { ...ownPage, ...headers, ...more },
          ...(from === undefined ? {} : { from }),
          ...(body === undefined ? {} : { body }),
        })
      const response = await call('POST', {}, { key })
      expect(setCookieOf(response)).toMatch(/^__Host-backhaul-sign-in=[\w-]{43}; Path=\/; .*; Secure$/)
      const cookie = cookieOf(response)
      expect((await call('GET', { cookie })).status).toBe(200)
      expect((await call('GET', { cookie: cookie.replace('__Host-', '') })).status).toBe(401)
      expect((await call('GET', { cookie: `backhaul-sign-in=planted; ${cookie}` })).status).toBe(200)
    } finally {
      await other.close()
    }
  })

  it('is not believed of a proxy that nobody trusts', async () => {
    const response = await post({ key: tenant.key }, { ...ownPage, 'x-forwarded-proto': 'https' })
    expect(setCookieOf(response)).toMatch(/^backhaul-sign-in=/)
  })
})
