import { describe, expect, it } from 'vitest'
import { limitNames } from '#core/limits/rules/limits.ts'
import { operatorToken } from '#support/client/api.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)
const change = (limits: unknown) =>
  api.call('PATCH', `/v1/admin/tenants/${tenant.id}`, { key: operatorToken, body: { limits } })
const limits = async () => {
  const { json } = await tenant.call('GET', '/v1/limits')
  return Object.fromEntries((json.data as { name: string }[]).map(({ name, ...limit }) => [name, limit]))
}

describe('the limits of a tenant', () => {
  it('are shown to it with what is used, each once and in order', async () => {
    const { status, json } = await tenant.call('GET', '/v1/limits')
    expect(status).toBe(200)
    expect((json.data as { name: string }[]).map(({ name }) => name)).toEqual(limitNames)
    await tenant.call('PUT', '/v1/sessions/one', { configuration: { delegate: { kind: 'pull' } } })
    await tenant.call('POST', '/v1/sessions/one/tasks', { url: 'https://example.com/data.bin', suspended: true })
    expect(await limits()).toMatchObject({
      ...{ maximumSessions: { used: 1 }, maximumTasksWaiting: { used: 1 }, maximumApiKeys: { used: 1 } },
      maximumBytesPerDay: { used: 0, resetsAt: expect.stringMatching(/T00:00:00.000Z$/) },
    })
  })

  it('need the scope read', async () => {
    const key = await api.keyOf(tenant.id, ['write'])
    expect((await api.call('GET', '/v1/limits', { key })).status).toBe(403)
  })

  it('are set by operators, one by one', async () => {
    expect((await change({ maximumSessions: 3 })).json.limits).toEqual({ maximumSessions: 3 })
    expect((await change({ maximumStreams: null })).json.limits).toEqual({ maximumSessions: 3, maximumStreams: null })
    expect(await limits()).toMatchObject({ maximumSessions: { maximum: 3 }, maximumStreams: { maximum: null } })
    expect((await change(null)).json.limits).toEqual({})
  })

  it('are taken away one by one, in the same change as others are set', async () => {
    await change({ maximumSessions: 3, maximumStreams: null })
    const patch = (body: unknown) => api.call('PATCH', `/v1/admin/tenants/${tenant.id}`, { key: operatorToken, body })
    const both = await patch({ limits: { maximumApiKeys: 7 }, resetLimits: ['maximumStreams'] })
    expect(both.json.limits).toEqual({ maximumApiKeys: 7, maximumSessions: 3 })
    expect((await patch({ resetLimits: ['maximumSessions'] })).json.limits).toEqual({ maximumApiKeys: 7 })
    const same = await patch({ limits: { maximumApiKeys: 8 }, resetLimits: ['maximumApiKeys'] })
    expect(same.json.limits).toEqual({ maximumApiKeys: 8 })
    expect((await patch({ resetLimits: ['maximumThings'] })).status).toBe(400)
  })

  it.each([
    [{ maximumSessions: -1 }, '/limits/maximumSessions'],
    [{ maximumSessions: 2 ** 53 }, '/limits/maximumSessions'],
    [{ maximumSessions: 1.5 }, '/limits/maximumSessions'],
    [{ maximumSessions: '5' }, '/limits/maximumSessions'],
    [{ maximumThings: 5 }, '/limits/maximumThings'],
    [[], '/limits'],
  ])('refuse %j, and nothing is changed', async (given, pointer) => {
    const { status, json } = await change(given)
    expect([status, json.errors.map((error: { pointer: string }) => error.pointer)]).toEqual([400, [pointer]])
    const { json: listed } = await api.call('GET', '/v1/admin/tenants?limit=200', { key: operatorToken })
    expect(listed.data.find(({ id }: { id: string }) => id === tenant.id).limits).toEqual({})
  })
})

describe('a quota', () => {
  it('refuses with what is in the way, and the same request works once there is room', async () => {
    await tenant.call('PUT', '/v1/sessions/one', { configuration: { delegate: { kind: 'pull' } } })
    await change({ maximumTasksWaiting: 1, maximumSessions: 1 })
    const task = { url: 'https://example.com/data.bin' }
    const create = (headers = {}) =>
      api.call('POST', '/v1/sessions/one/tasks/batch', { key: tenant.key, body: { tasks: [task, task] }, headers })
    const keyed = { 'idempotency-key': crypto.randomUUID() }
    const refused = await create(keyed)
    expect(refused.status).toBe(429)
    expect(refused.json).toMatchObject({
      ...{ code: 'quota_exceeded', violated: [{ name: 'maximumTasksWaiting', maximum: 1, used: 0 }] },
      fix: expect.stringContaining('GET /v1/limits'),
    })
    expect((await tenant.call('GET', '/v1/tasks')).json.data).toEqual([])
    await change({ maximumTasksWaiting: 2 })
    expect((await create(keyed)).status).toBe(201)
    expect((await create(keyed)).headers).toMatchObject({ 'idempotency-replayed': 'true' })
    const session = await tenant.call('PUT', '/v1/sessions/two', { configuration: { delegate: { kind: 'pull' } } })
    expect(session.json).toMatchObject({ code: 'quota_exceeded', violated: [{ name: 'maximumSessions' }] })
    expect((await tenant.call('PUT', '/v1/sessions/one', {})).status).toBe(200)
  })

  it('of streams is that of the tenant', async () => {
    await change({ maximumStreams: 0 })
    const { status, headers, json } = await tenant.call('GET', '/v1/events/stream')
    expect([status, json.violated]).toEqual([429, [{ name: 'maximumStreams', maximum: 0, used: 0 }]])
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  })
})
