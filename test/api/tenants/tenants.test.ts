import { describe, expect, it } from 'vitest'
import { operatorToken } from '#support/client/api.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'
import { connectEndpoint, followEvents } from '#support/receivers/event-reader.ts'

const api = useApi()
const tenant = useTenant(api)
const admin = (method: string, path: string, body?: unknown) =>
  api.call(method, `/v1/admin/tenants${path.startsWith('?') ? path : `/${path}`}`, { key: operatorToken, body })

describe('a tenant', () => {
  it('is read by an operator, with its state and weight, and is in the list as it is', async () => {
    const { status, json } = await admin('GET', tenant.id)
    expect(status).toBe(200)
    expect(json).toMatchObject({ id: tenant.id, name: 'a tenant', state: 'active', weight: 1, preferredHours: null })
    const list = await api.call('GET', '/v1/admin/tenants?limit=200', { key: operatorToken })
    expect(list.json.data).toContainEqual(json)
  })

  it('is changed member by member', async () => {
    const before = (await admin('GET', tenant.id)).json
    const renamed = await admin('PATCH', tenant.id, { name: 'Ärzte & Co' })
    expect(renamed).toMatchObject({ status: 200, json: { ...before, name: 'Ärzte & Co' } })
    const weighed = await admin('PATCH', tenant.id, { weight: 2.5 })
    expect(weighed).toMatchObject({ status: 200, json: { ...renamed.json, weight: 2.5 } })
    expect((await admin('PATCH', tenant.id, {})).json).toEqual(weighed.json)
    expect((await admin('GET', tenant.id)).json).toEqual(weighed.json)
  })

  it.each([
    [{ weight: 0 }, '/weight'],
    [{ weight: -1 }, '/weight'],
    [{ weight: 0.0001 }, '/weight'],
    [{ weight: 1001 }, '/weight'],
    [{ weight: '2' }, '/weight'],
    [{ weight: null }, '/weight'],
    [{ name: '' }, '/name'],
    [{ name: 'a'.repeat(201) }, '/name'],
    [{ wait: 2 }, '/wait'],
  ])('is not changed by %j', async (body, pointer) => {
    const before = (await admin('GET', tenant.id)).json
    const { status, json } = await admin('PATCH', tenant.id, { name: 'other', ...body })
    expect(status).toBe(400)
    expect(json.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer])
    expect((await admin('GET', tenant.id)).json).toEqual(before)
  })

  it('that is not there is not found', async () => {
    const id = tenant.id.replace(/.{4}$/, 'zzzz')
    expect(await admin('GET', id)).toMatchObject({ status: 404, json: { code: 'not_found' } })
    expect(await admin('PATCH', id, { weight: 2 })).toMatchObject({ status: 404, json: { code: 'not_found' } })
  })

  it('is nothing that its own key may read or change', async () => {
    const { key } = tenant
    expect((await api.call('GET', `/v1/admin/tenants/${tenant.id}`, { key })).status).toBe(401)
    expect((await api.call('PATCH', `/v1/admin/tenants/${tenant.id}`, { key, body: { weight: 9 } })).status).toBe(401)
  })
})

describe('a suspended tenant', () => {
  const suspended = { status: 403, json: { code: 'tenant_suspended' } }

  it('is refused with every key, whatever it asks for, until it is active again', async () => {
    const key = await api.keyOf(tenant.id, ['read'])
    const other = await api.tenant()
    expect(await admin('PATCH', tenant.id, { state: 'suspended' })).toMatchObject({
      status: 200,
      json: { state: 'suspended' },
    })
    expect((await admin('PATCH', tenant.id, { state: 'suspended' })).status).toBe(200)
    expect(await tenant.call('GET', '/v1/tasks')).toMatchObject(suspended)
    expect(await tenant.call('PUT', '/v1/sessions/a', {})).toMatchObject(suspended)
    expect(await tenant.call('GET', '/v1/events/stream')).toMatchObject(suspended)
    // Also where the key lacks the scope.
    expect(await api.call('GET', '/v1/api-keys', { key })).toMatchObject(suspended)
    expect(await api.call('GET', '/v1/tasks', { key: `${key}x` })).toMatchObject({ status: 401 })
    expect((await other.call('GET', '/v1/tasks')).status).toBe(200)
    expect(await admin('PATCH', tenant.id, { state: 'active' })).toMatchObject({ json: { state: 'active' } })
    expect((await tenant.call('GET', '/v1/tasks')).status).toBe(200)
  })

  it('has its streams and connections ended within 5 s, and others keep theirs', async () => {
    const url = await api.app.listen({ port: 0, host: '127.0.0.1' })
    const other = await api.tenant()
    const endpoint = (await tenant.call('POST', '/v1/webhook-endpoints', { kind: 'stream' })).json
    const stream = await followEvents(url, tenant.key)
    const kept = await followEvents(url, other.key)
    const connection = await connectEndpoint(url, tenant.key, endpoint.id)
    const since = Date.now()
    await admin('PATCH', tenant.id, { state: 'suspended' })
    expect(await Promise.all([stream.ended, connection.ended])).toEqual(['whole', 'whole'])
    expect(Date.now() - since).toBeLessThan(5_000)
    expect(connection.of('closed')).toMatchObject([{ data: { reason: 'unauthorized' } }])
    let keptEnded = false
    void kept.ended.then(() => (keptEnded = true))
    await expect(followEvents(url, tenant.key)).rejects.toThrow('403')
    expect(keptEnded).toBe(false)
    await kept.close()
  })

  it('is found by a part of its name, in any case, and by its id', async () => {
    const found = async (search: string) =>
      (await admin('GET', `?search=${encodeURIComponent(search)}`)).json.data.map(({ id }: { id: string }) => id)
    await admin('PATCH', tenant.id, { name: 'Größe 100%_north' })
    expect(await found('100%_NORTH')).toEqual([tenant.id])
    expect(await found('100__')).toEqual([])
    expect(await found(tenant.id)).toEqual([tenant.id])
    expect((await admin('GET', '?search=')).status).toBe(400)
  })

  it.each([[{ state: 'deleting' }], [{ state: 'gone' }], [{ state: '' }]])('is not made by %j', async (body) => {
    const { status, json } = await admin('PATCH', tenant.id, body)
    expect(status).toBe(400)
    expect(json.errors).toMatchObject([{ pointer: '/state' }])
  })
})
