import { describe, expect, it } from 'vitest'
import { Backhaul, NotFoundError } from '#sdk/index.ts'
import { finish } from '#support/builders/api-fixtures.ts'
import { operatorToken } from '#support/client/api.ts'
import { useSdk } from '#support/client/sdk.ts'

const sdk = useSdk()
const pull = { configuration: { delegate: { kind: 'pull' as const } } }
const aUrl = 'https://origin.example.com/data.bin'

describe('the first task', () => {
  it('is created in a session, waited for, and has its file', async () => {
    const { backhaul, api, tenant } = sdk
    expect(await backhaul.sessions.open('nightly', pull)).toMatchObject({ identifier: 'nightly', state: 'active' })
    const created = await backhaul.tasks.create('nightly', { url: aUrl })
    expect(created).toMatchObject({ state: 'waiting', endedAt: null, file: null })
    const seen: string[] = []
    const waiting = backhaul.tasks.wait(created.id, { onProgress: ({ state }) => seen.push(state) })
    await finish(api, tenant, created.id, 'the bytes')
    const task = await waiting
    expect(seen.at(-1)).toBe('completed')
    if (task.state !== 'completed') throw new Error(task.state)
    expect(task.file.bytes).toBe(9)
  })

  it('is waited for in vain for as long as was said', async () => {
    await sdk.backhaul.sessions.open('nightly', pull)
    const { id } = await sdk.backhaul.tasks.create('nightly', { url: aUrl })
    await expect(sdk.backhaul.tasks.wait(id, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout', status: 0 })
    const stop = new AbortController()
    const waiting = sdk.backhaul.tasks.wait(id, { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  it('is created once when it is asked for twice with one idempotency key', async () => {
    await sdk.backhaul.sessions.open('nightly', pull)
    const create = (idempotencyKey?: string) => sdk.backhaul.tasks.create('nightly', { url: aUrl }, { idempotencyKey })
    expect((await create('once')).id).toBe((await create('once')).id)
    expect((await create()).id).not.toBe((await create()).id)
  })
})

describe('a refusal', () => {
  it('is an error of its class, with what the service says', async () => {
    const refused = await sdk.backhaul.tasks.create('nowhere', { url: aUrl }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(NotFoundError)
    expect(refused).toMatchObject({ name: 'NotFoundError', code: 'not_found', status: 404, errors: [] })
    expect(refused).toMatchObject({ requestId: expect.any(String), fix: expect.stringContaining('key') })
  })

  it('of a wrong field has its pointer', async () => {
    await sdk.backhaul.sessions.open('nightly', pull)
    const wrong = { url: aUrl, priority: 7 }
    await expect(sdk.backhaul.tasks.create('nightly', wrong)).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/priority' }],
    })
  })
})

describe('every namespace', () => {
  it('speaks to the service', async () => {
    const { backhaul, url, tenant } = sdk
    const admin = new Backhaul({ apiKey: operatorToken, baseUrl: url }).admin
    await backhaul.sessions.open('nightly', pull)
    const task = await backhaul.tasks.create('nightly', { url: aUrl })
    const { chain } = { chain: { count: 3, thinkSeconds: 5, transferSeconds: 10 } }
    expect((await backhaul.limiter.simulate({ chain })).delays).toHaveLength(3)
    expect((await backhaul.limiter.get()).state).toBe('background')
    expect((await backhaul.foreground.enter({ ttlSeconds: 30 })).state).toBe('foreground')
    expect((await backhaul.foreground.leave()).state).toBe('background')
    expect((await backhaul.limits.list()).data.length).toBeGreaterThan(5)
    expect((await backhaul.usage.get({ step: 'hour' })).totals.tasksCreated).toBe(1)
    expect((await backhaul.stats.get({ range: '24h' })).data.map((point) => point.tasksCreated)).toContain(1)
    expect((await backhaul.tasks.update(task.id, { priority: 1 })).priority).toBe(1)
    expect((await backhaul.tasks.timeline(task.id)).data[0]).toMatchObject({ at: expect.any(String) })
    expect((await backhaul.tasks.cancel(task.id)).task.state).toBe('canceled')
    expect((await backhaul.sessions.finishAndInvalidate('nightly')).identifier).toBe('nightly')
    const { apiKey: shown, key } = await backhaul.apiKeys.create({ name: 'of a test', scopes: ['read'] })
    expect(await new Backhaul({ apiKey: () => shown, baseUrl: `${url}/` }).tasks.list().toArray()).toHaveLength(1)
    expect(await backhaul.apiKeys.revoke(key.id)).toBeUndefined()
    expect((await backhaul.health.live()).status).toBe('ok')
    expect(await admin.tenants.get(tenant.id)).toMatchObject({ id: tenant.id })
    expect(await admin.usage.csv({ tenant: tenant.id })).toMatch(/^tenantId|^tenant/)
    expect(await admin.workers.list()).toMatchObject({ nextCursor: null })
  })
})
