import { describe, expect, it } from 'vitest'
import { removeTenants } from '#core/tenants/remove-tenants.ts'
import { newSession, newTask } from '#support/builders/api-fixtures.ts'
import { operatorToken } from '#support/client/api.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'
import { connectEndpoint, followEvents } from '#support/receivers/event-reader.ts'

const api = useApi()
const tenant = useTenant(api)
const admin = (method: string, path: string, body?: unknown) =>
  api.call(method, `/v1/admin/tenants/${path}`, { key: operatorToken, body })
const ofOperators = async (query: string) =>
  (await api.call('GET', `/v1/admin/audit?${query}`, { key: operatorToken })).json.data
const deleting = { status: 409, json: { code: 'tenant_deleting' } }
const notFound = { status: 404, json: { code: 'not_found' } }

/** As a worker does it a minute after the request. */
async function removeNow(): Promise<void> {
  await api.database.run("update tenant set state_since = state_since - interval '1 hour' where id = $1", [tenant.id])
  const objects = { abort: async () => {}, remove: async () => {}, removeBelow: async () => 0 }
  while ((await admin('GET', tenant.id)).status === 200)
    await removeTenants({ stores: api.stores, objects, nowMs: Date.now })
}

describe('DELETE /v1/admin/tenants/{id}', () => {
  it('is accepted once: the tenant is there as one that is being deleted, and then it is not found', async () => {
    const before = (await admin('GET', tenant.id)).json
    expect(await admin('DELETE', tenant.id)).toMatchObject({ status: 202, json: { ...before, state: 'deleting' } })
    expect((await admin('GET', tenant.id)).json).toEqual({ ...before, state: 'deleting' })
    const refused = await admin('DELETE', tenant.id)
    expect(refused).toMatchObject(deleting)
    expect(refused.json.detail).toContain('cannot be undone')
    await removeNow()
    for (const method of ['GET', 'DELETE']) expect(await admin(method, tenant.id)).toMatchObject(notFound)
    expect(await admin('PATCH', tenant.id, { name: 'b' })).toMatchObject(notFound)
    const list = await api.call('GET', '/v1/admin/tenants?limit=200', { key: operatorToken })
    expect(list.json.data.map(({ id }: { id: string }) => id)).not.toContain(tenant.id)
  })

  it('of one that is not there is not found, and a tenant may not do it', async () => {
    expect(await admin('DELETE', tenant.id.replace(/.{4}$/, 'zzzz'))).toMatchObject(notFound)
    expect((await tenant.call('DELETE', `/v1/admin/tenants/${tenant.id}`)).status).toBe(401)
    expect((await admin('GET', tenant.id)).json.state).toBe('active')
  })

  it('is done to a suspended tenant too', async () => {
    await admin('PATCH', tenant.id, { state: 'suspended' })
    expect(await admin('DELETE', tenant.id)).toMatchObject({ status: 202, json: { state: 'deleting' } })
    await removeNow()
    expect(await admin('GET', tenant.id)).toMatchObject(notFound)
  })

  it('leaves nothing to be changed: not its state, not its keys', async () => {
    await admin('DELETE', tenant.id)
    const before = (await admin('GET', tenant.id)).json
    const { data } = (await admin('GET', `${tenant.id}/api-keys`)).json
    for (const change of [{ state: 'suspended' }, { state: 'active' }, { name: 'b', weight: 2 }])
      expect(await admin('PATCH', tenant.id, change)).toMatchObject(deleting)
    const key = { name: 'a', scopes: ['read'] }
    expect(await admin('POST', `${tenant.id}/api-keys`, key)).toMatchObject(notFound)
    expect((await admin('GET', tenant.id)).json).toEqual(before)
    expect((await admin('GET', `${tenant.id}/api-keys`)).json.data).toEqual(data)
  })

  it('makes its keys unknown at once, and ends what is open with them within 5 s', async () => {
    const url = await api.app.listen({ port: 0, host: '127.0.0.1' })
    const endpoint = (await tenant.call('POST', '/v1/webhook-endpoints', { kind: 'stream' })).json
    const stream = await followEvents(url, tenant.key)
    const connection = await connectEndpoint(url, tenant.key, endpoint.id)
    const since = Date.now()
    await admin('DELETE', tenant.id)
    expect(await tenant.call('GET', '/v1/tasks')).toMatchObject({ status: 401, json: { code: 'unauthorized' } })
    expect(await Promise.all([stream.ended, connection.ended])).toEqual(['whole', 'whole'])
    expect(Date.now() - since).toBeLessThan(5_000)
  })

  it('stays on record for operators, when everything else about the tenant has gone', async () => {
    await newTask(tenant, await newSession(tenant))
    const { headers } = await admin('DELETE', tenant.id)
    await admin('DELETE', tenant.id)
    await removeNow()
    expect(await ofOperators(`tenant=${tenant.id}`)).toEqual([])
    const all: { target: string; requestId: string }[] = await ofOperators('action=deleteTenant&limit=200')
    expect(all.filter(({ target }) => target === tenant.id)).toMatchObject([
      {
        tenantId: null,
        actor: { kind: 'operator', keyId: null },
        address: '127.0.0.1',
        requestId: headers['x-request-id'],
      },
    ])
  })
})
