import { describe, expect, it } from 'vitest'
import { operatorToken } from '#support/client/api.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)

const create = (body: object, key = tenant.key) => api.call('POST', '/v1/api-keys', { key, body })
const works = async (key: string) => (await api.call('GET', '/v1/tasks', { key })).status === 200
const shown = async (id: string) => (await tenant.call('GET', `/v1/api-keys/${id}`)).json
const own = async () => (await tenant.call('GET', '/v1/api-keys')).json.data[0]
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()

describe('a key that the tenant creates', () => {
  it('is shown once, with the hint by which it is recognised and the key that it was created with', async () => {
    const expiresAt = inAnHour()
    const { status, json } = await create({ name: 'Büro', scopes: ['read'], expiresAt })
    expect(status).toBe(201)
    const { id: creator } = await own()
    const facts = { name: 'Büro', scopes: ['read'], expiresAt, createdBy: creator, hint: json.apiKey.slice(-4) }
    const fresh = { lastUsedAt: null, revokedAt: null, allowedCidrs: null, replacedBy: null }
    expect(json.key).toMatchObject({ ...facts, ...fresh })
    expect(await works(json.apiKey)).toBe(true)
    expect(await shown(json.key.id)).toEqual(json.key)
    const list = await tenant.call('GET', '/v1/api-keys')
    expect(list.json.data).toMatchObject([{ createdBy: 'operator', hint: tenant.key.slice(-4) }, json.key])
    expect(list.text).not.toContain(json.apiKey)
  })

  it('has no scope that the creating one lacks', async () => {
    const narrow = await api.keyOf(tenant.id, ['admin', 'read'])
    const refused = await create({ name: 'more', scopes: ['read', 'foreground', 'write'] }, narrow)
    expect(refused.json).toMatchObject({
      status: 403,
      code: 'forbidden',
      errors: [{ pointer: '/scopes/1' }, { pointer: '/scopes/2' }],
    })
    expect((await create({ name: 'as much', scopes: ['admin', 'read'] }, narrow)).status).toBe(201)
    expect((await tenant.call('GET', '/v1/api-keys')).json.data).toHaveLength(3)
  })

  it('is the same one when the request is repeated, but only for a key that may create it', async () => {
    const headers = { 'idempotency-key': `create-${tenant.id}` }
    const body = { name: 'once', scopes: ['write'] }
    const first = await api.call('POST', '/v1/api-keys', { key: tenant.key, body, headers })
    const again = await api.call('POST', '/v1/api-keys', { key: tenant.key, body, headers })
    expect(again.text).toBe(first.text)
    const narrow = await api.keyOf(tenant.id, ['admin'])
    expect((await api.call('POST', '/v1/api-keys', { key: narrow, body, headers })).status).toBe(403)
  })

  it.each<[string, object, string]>([
    ['an empty name', { name: '' }, '/name'],
    ['no scopes', { scopes: [] }, '/scopes'],
    ['an unknown scope', { scopes: ['read', 'root'] }, '/scopes/1'],
    ['a scope twice', { scopes: ['read', 'read'] }, '/scopes'],
    ['an expiry in the past', { expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    ['an expiry that no clock shows', { expiresAt: '2100-12-31T23:59:60Z' }, '/expiresAt'],
    ['an expiry that is no time', { expiresAt: 'tomorrow' }, '/expiresAt'],
    ['ranges that are none', { allowedCidrs: ['10.0.0.0/8', '10.0.0.0/33'] }, '/allowedCidrs/1'],
    ['no ranges at all', { allowedCidrs: [] }, '/allowedCidrs'],
    ['a field that there is not', { ranges: ['10.0.0.0/8'] }, '/ranges'],
  ])('is refused for %s', async (_what, wrong, pointer) => {
    const { json } = await create({ name: 'a', scopes: ['read'], ...wrong })
    expect(json).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ pointer }] })
    expect((await tenant.call('GET', '/v1/api-keys')).json.data).toHaveLength(1)
  })
})

describe('a key with ranges', () => {
  it('is refused from elsewhere, without a word of where', async () => {
    const inside = (await create({ name: 'here', scopes: ['read'], allowedCidrs: ['127.0.0.0/8', '::1'] })).json
    expect(inside.key.allowedCidrs).toEqual(['127.0.0.0/8', '::1'])
    expect(await works(inside.apiKey)).toBe(true)
    const { apiKey, key } = (await create({ name: 'there', scopes: ['read'], allowedCidrs: ['203.0.113.0/24'] })).json
    const { status, text, json } = await api.call('GET', '/v1/tasks', { key: apiKey })
    expect([status, json.code]).toEqual([403, 'forbidden'])
    expect(text).not.toMatch(/203\.0|127\.0/)
    // Not before the ranges are known to whom it belongs: that request was no use of it.
    expect((await shown(key.id)).lastUsedAt).toBeNull()
  })
})

describe('a revoked key', () => {
  it('works no more, and revoking it again is harmless', async () => {
    const { apiKey, key } = (await create({ name: 'lost', scopes: ['read'] })).json
    expect((await tenant.call('DELETE', `/v1/api-keys/${key.id}`)).status).toBe(204)
    expect(await works(apiKey)).toBe(false)
    const revoked = await shown(key.id)
    expect(revoked.revokedAt).not.toBeNull()
    expect((await tenant.call('DELETE', `/v1/api-keys/${key.id}`)).status).toBe(204)
    expect(await shown(key.id)).toEqual(revoked)
  })

  it('may be the one that asks, unless it is the last with scope admin, for operators too', async () => {
    const { id } = await own()
    const ofOperators = `/v1/admin/tenants/${tenant.id}/api-keys/${id}`
    for (const last of [
      await tenant.call('DELETE', `/v1/api-keys/${id}`),
      await api.call('DELETE', ofOperators, { key: operatorToken }),
    ])
      expect(last.json).toMatchObject({ status: 409, code: 'last_admin_key' })
    const other = (await create({ name: 'other', scopes: ['admin'] })).json
    expect((await tenant.call('DELETE', `/v1/api-keys/${id}`)).status).toBe(204)
    expect((await tenant.call('GET', '/v1/api-keys')).status).toBe(401)
    const refused = await api.call('DELETE', `/v1/api-keys/${other.key.id}`, { key: other.apiKey })
    expect(refused.json.code).toBe('last_admin_key')
  })

  it('lets go of a request that waits', async () => {
    const key = (await create({ name: 'waits', scopes: ['read'] })).json
    await tenant.call('PUT', '/v1/sessions/s', { configuration: { delegate: { kind: 'pull' } } })
    const url = 'https://origin.example.com/'
    const task = (await tenant.call('POST', '/v1/sessions/s/tasks', { url, suspended: true })).json
    const startedAt = Date.now()
    const waiting = api.call('GET', `/v1/tasks/${task.id}?wait=60`, { key: key.apiKey })
    await tenant.call('DELETE', `/v1/api-keys/${key.key.id}`)
    expect((await waiting).status).toBe(401)
    expect(Date.now() - startedAt).toBeLessThan(30_000)
  })
})

describe('a rotated key', () => {
  const rotate = (id: string, body: object = {}, key = tenant.key) =>
    api.call('POST', `/v1/api-keys/${id}/rotate`, { key, body })

  it('works beside its successor for a day, if nothing else is said', async () => {
    const { apiKey, key } = (await create({ name: 'mirror', scopes: ['read'], allowedCidrs: ['127.0.0.1'] })).json
    const rotated = await rotate(key.id)
    expect(rotated.status).toBe(201)
    const like = { name: 'mirror', scopes: ['read'], allowedCidrs: ['127.0.0.1'], expiresAt: null }
    expect(rotated.json.key).toMatchObject({ ...like, hint: rotated.json.apiKey.slice(-4) })
    expect([await works(apiKey), await works(rotated.json.apiKey)]).toEqual([true, true])
    const old = await shown(key.id)
    expect(old.replacedBy).toBe(rotated.json.key.id)
    const overlapMs = Date.parse(old.expiresAt) - Date.parse(rotated.json.key.createdAt)
    expect(Math.abs(overlapMs - 86_400_000)).toBeLessThan(10_000)
  })

  it('ends at once without an overlap, though it is the one that asks', async () => {
    const { id } = await own()
    const rotated = await rotate(id, { overlapSeconds: 0 })
    expect(rotated.status).toBe(201)
    expect([await works(tenant.key), await works(rotated.json.apiKey)]).toEqual([false, true])
    expect(rotated.json.key.scopes).toEqual(['read', 'write', 'foreground', 'admin'])
  })

  it('is not rotated by one that lacks its scopes, nor is what one with them was given', async () => {
    const { key } = (await create({ name: 'wide', scopes: ['read', 'write'] })).json
    const narrow = await api.keyOf(tenant.id, ['admin', 'read'])
    const headers = { 'idempotency-key': `rotate-${tenant.id}` }
    const url = `/v1/api-keys/${key.id}/rotate`
    const refused = () => api.call('POST', url, { key: narrow, body: {}, headers })
    expect((await refused()).json).toMatchObject({ status: 403, detail: expect.stringContaining('"write"') })
    const first = await api.call('POST', url, { key: tenant.key, body: {}, headers })
    const again = await api.call('POST', url, { key: tenant.key, body: {}, headers })
    expect(first.status).toBe(201)
    expect(again.text).toBe(first.text)
    expect((await refused()).status).toBe(403)
  })

  it('is refused with its reason when it has ended, or was rotated before', async () => {
    const [gone, twice] = [await create({ name: 'a', scopes: ['read'] }), await create({ name: 'b', scopes: ['read'] })]
    await tenant.call('DELETE', `/v1/api-keys/${gone.json.key.id}`)
    const revoked = await rotate(gone.json.key.id)
    expect(revoked.json).toMatchObject({
      status: 409,
      code: 'api_key_ended',
      detail: expect.stringContaining('revoked'),
    })
    await rotate(twice.json.key.id)
    const replaced = await rotate(twice.json.key.id)
    expect(replaced.json).toMatchObject({
      status: 409,
      code: 'api_key_ended',
      detail: expect.stringContaining('rotated'),
    })
  })

  it.each([-1, 604_801, 0.5, '60', null])('is refused with an overlap of %j', async (overlapSeconds) => {
    const { key } = (await create({ name: 'a', scopes: ['read'] })).json
    const { json } = await rotate(key.id, { overlapSeconds })
    expect(json).toMatchObject({ status: 400, errors: [{ pointer: '/overlapSeconds' }] })
    expect((await shown(key.id)).replacedBy).toBeNull()
  })
})

describe('operators', () => {
  it('do the same for any tenant, and with every scope', async () => {
    const url = `/v1/admin/tenants/${tenant.id}/api-keys`
    const operate = (method: string, path = '', body?: object) =>
      api.call(method, url + path, { key: operatorToken, ...(body === undefined ? {} : { body }) })
    const made = await operate('POST', '', { name: 'a', scopes: ['read', 'admin'], allowedCidrs: ['127.0.0.0/8'] })
    expect(made.json.key).toMatchObject({ createdBy: 'operator', allowedCidrs: ['127.0.0.0/8'] })
    const { id } = made.json.key
    expect((await operate('GET', `/${id}`)).json).toEqual(made.json.key)
    expect((await operate('GET')).json.data).toHaveLength(2)
    const rotated = await operate('POST', `/${id}/rotate`, { overlapSeconds: 0 })
    expect(rotated.json.key.scopes).toEqual(['read', 'admin'])
    expect((await operate('DELETE', `/${rotated.json.key.id}`)).status).toBe(204)
    expect([await works(made.json.apiKey), await works(rotated.json.apiKey)]).toEqual([false, false])
  })

  it("find no key under another tenant's address, and none of a tenant that there is not", async () => {
    const stranger = await api.tenant()
    const { id } = await own()
    const url = `/v1/admin/tenants/${stranger.id}/api-keys/${id}`
    const missing = `/v1/admin/tenants/${api.deps.mint.id('ten')}/api-keys`
    for (const [method, path] of [
      ['GET', url],
      ['DELETE', url],
      ['POST', `${url}/rotate`],
      ['GET', missing],
    ] as const) {
      const call = { key: operatorToken, ...(method === 'POST' ? { body: {} } : {}) }
      expect((await api.call(method, path, call)).status, `${method} ${path}`).toBe(404)
    }
    expect(await works(tenant.key)).toBe(true)
  })
})
