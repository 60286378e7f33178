import { beforeAll, describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { newApiKey } from '#support/builders/store-builder.ts'
import { operatorToken, type TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()
let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.tenant()
})

interface Route {
  method: string
  path: string
  operationId: string
  scheme: string | undefined
}

/** Every operation of the document, with the security it asks for. */
function routes(): Route[] {
  return Object.entries(api.document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, security }]) => ({
      method: method.toUpperCase(),
      path,
      operationId,
      scheme: Object.keys(security?.[0] ?? {})[0],
    })),
  )
}

/** Each time another one: wrong tokens are counted by address. */
let addresses = 0
const anAddress = () => `2001:db8:0:${(addresses++).toString(16)}::1`

/** With ids that could be there, so that only the key decides. */
function fill(path: string, ids: Record<string, string> = {}): string {
  const named = path.replace(/\{identifier\}/, ids.identifier ?? 'some-session').replace('{host}', 'origin.example.com')
  const recovery = named.replace('{recoveryId}', () => api.deps.mint.id('rec'))
  const whole = recovery.replace('{keyId}', () => ids.key ?? api.deps.mint.id('key'))
  return whole.replace(/\{id\}/, () => {
    const kinds = { tenants: 'ten', tasks: 'tsk', wakes: 'wak', endpoints: 'whe', 'api-keys': 'key' } as const
    const kind = Object.entries(kinds).find(([segment]) => path.includes(segment))?.[1] ?? 'dlv'
    return ids[kind] ?? api.deps.mint.id(kind)
  })
}

describe('without a valid key', () => {
  it('every route of tenants and operators answers the same 401', async () => {
    const expiresAt = new Date(Date.now() + 60_000)
    const expired = api.deps.mint.apiKey()
    const hash = api.deps.mint.hash(expired)
    await api.stores.keys.createApiKey(tenant.id, newApiKey({ name: 'short', hash, expiresAt }))
    await api.database.run(
      "update api_key set expires_at = clock_timestamp() - interval '1 second' where name = 'short'",
    )
    const revoked = await api.keyOf(tenant.id, ['read', 'write'])
    await api.database.run("update api_key set revoked_at = clock_timestamp() where name = 'narrow'")
    const authorizations = [
      undefined,
      'Bearer',
      'Bearer bh_unknown',
      `Bearer ${expired}`,
      `Bearer ${revoked}`,
      `Basic ${tenant.key}`,
      tenant.key,
      `Bearer ${tenant.key} ${tenant.key}`,
    ]
    for (const { method, path, scheme } of routes().filter((route) => route.scheme !== undefined)) {
      const url = fill(path)
      const responses = await Promise.all(
        authorizations.map((authorization) =>
          api.call(method, url, { headers: authorization === undefined ? {} : { authorization }, from: anAddress() }),
        ),
      )
      for (const response of responses) {
        expect(response.status, `${method} ${path}`).toBe(401)
        expect(response.headers['www-authenticate']).toBe('Bearer')
        const { requestId: _one, ...problem } = response.json
        const { requestId: _other, ...first } = responses[0]!.json
        expect(problem).toEqual(first)
      }
      // Any key may ask who it is.
      if (scheme === 'cookieAuth') continue
      // The other side's key is no better than none.
      const wrong = scheme === 'operatorToken' ? tenant.key : operatorToken
      expect((await api.call(method, fill(path), { key: wrong })).status).toBe(401)
    }
  })

  it('is found out before the body is looked at', async () => {
    const response = await api.call('POST', '/v1/sessions/x/tasks', { payload: '{broken' })
    expect(response.status).toBe(401)
  })

  it('leaves the routes of the service open', async () => {
    expect((await api.call('GET', '/livez')).status).toBe(200)
    expect((await api.call('GET', '/readyz')).json).toEqual({ status: 'ok', degraded: [] })
  })
})

describe('with a key that lacks the scope', () => {
  it('every route answers 403, and no scope implies another', async () => {
    const keys = {
      read: await api.keyOf(tenant.id, ['read']),
      write: await api.keyOf(tenant.id, ['write']),
      foreground: await api.keyOf(tenant.id, ['foreground']),
      admin: await api.keyOf(tenant.id, ['admin']),
    }
    const ofTheirOwn: Record<string, keyof typeof keys> = {
      enterForeground: 'foreground',
      leaveForeground: 'foreground',
      simulateLimiter: 'read',
      connectEndpoint: 'write',
      ...{ createApiKey: 'admin', listApiKeys: 'admin', getApiKey: 'admin' },
      ...{ revokeApiKey: 'admin', rotateApiKey: 'admin', listAudit: 'admin' },
    }
    for (const { method, path, operationId } of routes().filter((route) => route.scheme === 'apiKey')) {
      const needed = ofTheirOwn[operationId] ?? (method === 'GET' ? 'read' : 'write')
      const wrong = Object.entries(keys).filter(([scope]) => scope !== needed)
      for (const [, key] of wrong) {
        const { status, json } = await api.call(method, fill(path), { key })
        expect(status, `${method} ${path}`).toBe(403)
        expect(json.detail).toContain(`"${needed}"`)
      }
      const { status } = await api.call(method, fill(path), { key: keys[needed] })
      expect([401, 403], `${method} ${path}`).not.toContain(status)
    }
  })
})

describe("another tenant's things", () => {
  it('are not there, on any route', async () => {
    const identifier = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/mine' } })
    const done = await newTask(tenant, identifier)
    await finish(api, tenant, done)
    await api.stores.wakes.openWakes()
    const session = (await tenant.call('GET', `/v1/sessions/${identifier}`)).json
    const [delivery] = (await tenant.call('GET', '/v1/deliveries')).json.data
    const [wake] = (await tenant.call('GET', '/v1/events?type=session.wake')).json.data
    const ids = {
      identifier,
      tsk: done,
      whe: session.configuration.delegate.endpointId,
      wak: session.openWake.id,
      dlv: delivery.id,
      key: (await tenant.call('GET', '/v1/api-keys')).json.data[0].id,
    }
    const bodies: Record<string, unknown> = {
      rotateApiKey: {},
      changeTask: { priority: 1 },
      changeEndpoint: { description: 'a' },
      moveTaskFile: { key: 'a' },
      renewTaskFile: { seconds: 60 },
      completeWake: { completionToken: wake.data.completionToken },
      extendWake: { seconds: 60 },
      respondToDelivery: { status: 200 },
      recoverEvents: { since: new Date().toISOString() },
      createTask: { url: 'https://origin.example.com/' },
      createTasks: { tasks: [{ url: 'https://origin.example.com/' }] },
    }
    const stranger = await api.tenant()
    const targets = routes().filter(({ scheme, path }) => scheme === 'apiKey' && path.includes('{'))
    expect(targets.length).toBeGreaterThan(15)
    const before = (await tenant.call('GET', `/v1/tasks/${done}`)).json
    for (const { method, path, operationId } of targets) {
      if (operationId === 'putSession') continue
      const { status, json } = await stranger.call(method, fill(path, ids), bodies[operationId])
      expect(status, `${method} ${path}`).toBe(404)
      expect(json.code).toBe('not_found')
    }
    expect((await tenant.call('GET', `/v1/tasks/${done}`)).json).toEqual(before)
    // A session identifier is the tenant's own: the same one is another session.
    const same = await stranger.call('PUT', `/v1/sessions/${identifier}`, {
      configuration: { delegate: { kind: 'pull' } },
    })
    expect(same.status).toBe(201)
    const lists = ['/v1/tasks', '/v1/events', '/v1/deliveries', '/v1/wakes', '/v1/webhook-endpoints']
    for (const list of lists) expect((await stranger.call('GET', list)).json.data, list).toEqual([])
    const filters = [
      `/v1/events?session=${identifier}`,
      `/v1/wakes?session=${identifier}`,
      '/v1/tasks?host=origin.example.com',
    ]
    expect((await stranger.call('GET', `/v1/deliveries?endpoint=${ids.whe}`)).status).toBe(404)
    for (const filter of filters) expect((await stranger.call('GET', filter)).json.data, filter).toEqual([])
    const theirs = (await tenant.call('GET', '/v1/events')).json
    expect((await stranger.call('GET', `/v1/events?after=${theirs.data[0].id}`)).status).toBe(400)
    const delegate = { endpointId: ids.whe }
    const taken = await stranger.call('PUT', '/v1/sessions/with-yours', { configuration: { delegate } })
    expect(taken.status).toBe(422)
    expect((await stranger.call('GET', '/v1/tasks/summary')).json.taskCounts.completed).toBe(0)
  })
})

describe('operators', () => {
  it('create tenants and keys, each key shown once', async () => {
    const created = await api.call('POST', '/v1/admin/tenants', { key: operatorToken, body: { name: 'Ärzte & Co' } })
    expect(created.status).toBe(201)
    expect(created.json.apiKey).toMatch(/^bh_/)
    expect(created.json.key).toMatchObject({ scopes: ['read', 'write', 'foreground', 'admin'], expiresAt: null })
    const url = `/v1/admin/tenants/${created.json.tenant.id}/api-keys`
    const expiresAt = '2031-01-01T00:00:00.000Z'
    const body = { name: 'reader', scopes: ['read'], expiresAt }
    const further = await api.call('POST', url, { key: operatorToken, body })
    expect(further.json.key).toMatchObject({ name: 'reader', scopes: ['read'], expiresAt, revokedAt: null })
    expect((await api.call('GET', '/v1/tasks', { key: further.json.apiKey })).status).toBe(200)
    const list = await api.call('GET', '/v1/admin/tenants?limit=200', { key: operatorToken })
    expect(list.json.data).toContainEqual(created.json.tenant)
    expect(list.text).not.toContain('bh_')
  })

  it('cannot create a key that is expired, or for nobody', async () => {
    const post = (id: string, body: unknown) =>
      api.call('POST', `/v1/admin/tenants/${id}/api-keys`, { key: operatorToken, body })
    const late = await post(tenant.id, { name: 'a', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' })
    expect(late.json).toMatchObject({ status: 400, errors: [{ pointer: '/expiresAt' }] })
    const key = { name: 'a', scopes: ['read'] }
    expect((await post(api.deps.mint.id('ten'), key)).status).toBe(404)
    expect((await post(api.deps.mint.id('tsk'), key)).status).toBe(404)
  })
})
