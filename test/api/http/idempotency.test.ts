import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { newSession, newTask } from '#support/builders/api-fixtures.ts'
import { operatorToken, type TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()
let tenant: TestTenant
let session: string
let canceled: string
let endpoint: string
/** A key for each operation that rotates one. */
const spares: Record<string, string> = {}
beforeAll(async () => {
  tenant = await api.tenant()
  session = await newSession(tenant)
  canceled = await newTask(tenant, session)
  await tenant.call('POST', `/v1/tasks/${canceled}/cancel`)
  endpoint = (await tenant.call('POST', '/v1/webhook-endpoints', { url: 'https://hooks.example.com/recovered' })).json
    .id
  for (const name of ['rotateApiKey', 'rotateTenantApiKey'])
    spares[name] = (await tenant.call('POST', '/v1/api-keys', { name, scopes: ['read'] })).json.key.id
})

const url = 'https://origin.example.com/data.bin'
/** Every operation that creates, with a right body. */
const bodies: Record<string, object> = {
  createTask: { url, metadata: { a: '1', b: '2' } },
  createTasks: { tasks: [{ url }, { url, suspended: true }] },
  createEndpoint: { url: 'https://hooks.example.com/', eventTypes: ['task.completed'] },
  retryTask: {},
  rotateEndpointSecret: { overlapSeconds: 0 },
  testEndpoint: { type: 'task.completed' },
  recoverEvents: { since: new Date().toISOString() },
  createTenant: { name: 'once' },
  createApiKey: { name: 'once', scopes: ['read', 'write'] },
  createTenantApiKey: { name: 'once', scopes: ['read', 'write'] },
  rotateApiKey: { overlapSeconds: 0 },
  rotateTenantApiKey: { overlapSeconds: 0 },
}

function creating(): { operationId: string; target: string; key: string; sent: string }[] {
  return Object.entries(api.document.paths).flatMap(([path, { post }]) => {
    if (!post?.parameters?.some(({ in: place, name }) => place === 'header' && name === 'Idempotency-Key')) return []
    const spare = spares[post.operationId] ?? ''
    const ids = { tasks: canceled, 'webhook-endpoints': endpoint, tenants: tenant.id, 'api-keys': spare }
    const id = Object.entries(ids).find(([segment]) => path.includes(`/${segment}/`))?.[1] ?? ''
    const target = path.replace('{identifier}', session).replace('{id}', id).replace('{keyId}', spare)
    const key = path.startsWith('/v1/admin') ? operatorToken : tenant.key
    return [{ operationId: post.operationId, target, key, sent: JSON.stringify(bodies[post.operationId]) }]
  })
}

const post = (target: string, key: string, payload: string, idempotencyKey: string) =>
  api.call('POST', target, { key, payload, headers: { 'idempotency-key': idempotencyKey } })
const postTask = (idempotencyKey: string, body: object = { url }, more: { at?: string; key?: string } = {}) =>
  post(`/v1/sessions/${more.at ?? session}/tasks`, more.key ?? tenant.key, JSON.stringify(body), idempotencyKey)

/** How many rows there are of everything that can be created, and which secrets: rotating replaces one. */
const everything = () =>
  api.database.first(`select (select count(*) from task) as tasks, (select count(*) from tenant) as tenants,
    (select count(*) from api_key) as keys, (select count(*) from endpoint) as endpoints,
    (select string_agg(id, ' ' order by id) from endpoint_secret) as secrets, (select count(*) from event) as events,
    (select count(*) from delivery) as deliveries, (select count(*) from recovery) as recoveries`)

describe('an Idempotency-Key', () => {
  it('is taken by every POST that answers 201, and by those that make what lies behind their response', () => {
    const behind = ['rotateEndpointSecret', 'testEndpoint', 'recoverEvents']
    const all = Object.values(api.document.paths).flatMap(({ post }) =>
      post?.responses['201'] || behind.includes(post?.operationId ?? '') ? [post!] : [],
    )
    expect(creating().map(({ operationId }) => operationId)).toEqual(all.map(({ operationId }) => operationId))
    expect(
      creating()
        .map(({ operationId }) => operationId)
        .toSorted(),
    ).toEqual(Object.keys(bodies).toSorted())
  })

  it.each(Object.keys(bodies))('makes %s answer again with the same bytes, and create nothing more', async (name) => {
    const { target, key, sent } = creating().find(({ operationId }) => operationId === name)!
    const idempotencyKey = randomUUID()
    const first = await post(target, key, sent, idempotencyKey)
    expect([200, 201, 202], first.text).toContain(first.status)
    expect(first.headers).not.toHaveProperty('idempotency-replayed')
    const before = await everything()
    const again = await post(target, key, sent, idempotencyKey)
    expect(again).toMatchObject({ status: first.status, text: first.text })
    expect(again.headers).toMatchObject({
      'idempotency-replayed': 'true',
      'content-type': first.headers['content-type'],
    })
    const members = Object.entries(JSON.parse(sent) as object).toReversed()
    const reordered = JSON.stringify(Object.fromEntries(members), null, 2)
    expect((await post(target, key, reordered, idempotencyKey)).text).toBe(first.text)
    // Where there is nothing to say there is no other request to the same address.
    const other = otherBodies[name] && JSON.stringify({ ...bodies[name], ...otherBodies[name] })
    const reused = other === undefined ? null : await post(target, key, other, idempotencyKey)
    if (reused)
      expect(reused.json).toMatchObject({
        status: 422,
        code: 'idempotency_key_reused',
        errors: [{ pointer: '/headers/idempotency-key' }],
      })
    expect(reused?.headers ?? {}).not.toHaveProperty('idempotency-replayed')
    expect(await everything()).toEqual(before)
    // Without a key, or with another one, it is another thing.
    expect((await api.call('POST', target, { key, payload: sent })).text).not.toBe(first.text)
    expect((await post(target, key, sent, randomUUID())).text).not.toBe(first.text)
  })
  const otherBodies: Record<string, object> = {
    createTask: { url: `${url}?other` },
    createTasks: { tasks: [{ url }] },
    createEndpoint: { eventTypes: [] },
    rotateEndpointSecret: { overlapSeconds: 1 },
    testEndpoint: { type: 'session.wake' },
    createTenant: { name: 'another' },
    recoverEvents: { since: new Date(Date.now() - 60_000).toISOString() },
    createApiKey: { scopes: ['read'] },
    createTenantApiKey: { scopes: ['read'] },
    rotateApiKey: { overlapSeconds: 1 },
    rotateTenantApiKey: { overlapSeconds: 1 },
  }

  it('belongs to one address, however that is written', async () => {
    const key = randomUUID()
    const first = await postTask(key)
    const escaped = session.replace('s-', '%73%2D')
    expect((await postTask(key, { url }, { at: escaped })).text).toBe(first.text)
    expect((await postTask(key, { url }, { at: await newSession(tenant) })).json.code).toBe('idempotency_key_reused')
  })

  it('belongs to a tenant, whichever of its API keys is used', async () => {
    const key = randomUUID()
    const first = await postTask(key)
    const writer = await api.keyOf(tenant.id, ['write'])
    expect((await postTask(key, { url }, { key: writer })).text).toBe(first.text)
    const reader = await api.keyOf(tenant.id, ['read'])
    expect((await postTask(key, { url }, { key: reader })).status).toBe(403)
    const stranger = await api.tenant()
    expect((await postTask(key, { url }, { key: stranger.key })).status).toBe(404)
    const at = await newSession(stranger)
    const theirs = await postTask(key, { url: `${url}?theirs` }, { key: stranger.key, at })
    expect(theirs.status).toBe(201)
    expect(theirs.headers).not.toHaveProperty('idempotency-replayed')
    expect((await post('/v1/admin/tenants', operatorToken, '{"name":"a"}', key)).status).toBe(201)
  })

  it('stays free when the request is refused', async () => {
    const key = randomUUID()
    expect((await postTask(key, { url: 'http://localhost/' })).status).toBe(422)
    expect((await postTask(key, { url: 1 })).status).toBe(400)
    expect((await postTask(key, { url }, { at: 'no-such-session' })).status).toBe(404)
    const created = await postTask(key)
    expect(created.status).toBe(201)
    expect(created.headers).not.toHaveProperty('idempotency-replayed')
  })

  it('answers 409 while the first request runs, and then with its response', async () => {
    const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const at = await newSession(tenant)
    const holding = api.database.transaction(async (tx) => {
      await tx.run('select 1 from session where identifier = $1 for update', [at])
      reached.resolve()
      await goOn.promise
    })
    await reached.promise
    const key = randomUUID()
    const both = [postTask(key, { url }, { at }), postTask(key, { url }, { at })]
    expect((await Promise.race(both)).json).toMatchObject({ status: 409, code: 'idempotency_key_in_use' })
    goOn.resolve()
    await holding
    const [created] = (await Promise.all(both)).filter(({ status }) => status === 201)
    expect((await postTask(key, { url }, { at })).text).toBe(created!.text)
  })

  it('gives one task to a thousand equal requests', async () => {
    const at = await newSession(tenant)
    const key = randomUUID()
    const headers = { authorization: `Bearer ${tenant.key}`, 'idempotency-key': key }
    // Without the check of every response, which would take longer than requests wait for a connection.
    const once = () => api.app.inject({ method: 'POST', url: `/v1/sessions/${at}/tasks`, headers, payload: { url } })
    const ask = async () => {
      let response = await once()
      // What a busy machine turns away has changed nothing and is repeated, as clients do.
      while (response.statusCode === 503) response = await once()
      return response
    }
    const responses = await Promise.all(Array.from({ length: 1000 }, ask))
    const told = responses.map(
      (response) => (response.statusCode === 201 ? response.json().id : response.json().code) as string,
    )
    const [id, ...others] = new Set(told.filter((outcome) => outcome !== 'idempotency_key_in_use'))
    expect(id).toContain('tsk_')
    expect(others).toEqual([])
    const created = responses.filter(
      (response) => response.statusCode === 201 && !response.headers['idempotency-replayed'],
    )
    expect(created).toHaveLength(1)
    expect((await tenant.call('GET', `/v1/sessions/${at}/tasks`)).json.data).toHaveLength(1)
  })

  it('answers as at first, however the task and the time go on', async () => {
    const key = randomUUID()
    const body = { url, earliestBeginDate: new Date(Date.now() + 3_000).toISOString() }
    const first = await postTask(key, body)
    expect(first.json.waitingFor).toMatchObject([{ reason: 'earliestBeginDate' }])
    await tenant.call('POST', `/v1/tasks/${first.json.id}/cancel`)
    expect((await postTask(key, body)).text).toBe(first.text)
    const until = new Date(Date.now() + 3_000).toISOString()
    const keys = `/v1/admin/tenants/${tenant.id}/api-keys`
    const brief = JSON.stringify({ name: 'brief', scopes: ['read'], expiresAt: until })
    const created = await post(keys, operatorToken, brief, key)
    await eventually('the key expires', async () => {
      return (await api.call('GET', '/v1/tasks', { key: created.json.apiKey })).status === 401
    })
    expect((await post(keys, operatorToken, brief, key)).text).toBe(created.text)
    expect((await post(keys, operatorToken, brief, randomUUID())).json.errors).toMatchObject([{ code: 'past' }])
  })

  it.each([
    ['empty', ''],
    ['256 characters long', 'k'.repeat(256)],
    ['two words', 'a b'],
    ['not ASCII', 'ä'],
    ['a control character', 'a\tb'],
  ])('is refused when it is %s', async (_what, key) => {
    const before = await everything()
    for (const { target, key: bearer, sent } of creating()) {
      const { status, json } = await post(target, bearer, sent, key)
      expect(status).toBe(400)
      expect(json.errors[0].pointer).toBe('/headers/idempotency-key')
    }
    expect(await everything()).toEqual(before)
  })

  it('may be any visible ASCII of up to 255 characters', async () => {
    for (const key of ['!', `"'\\;%00~`, 'k'.repeat(255)]) {
      const first = await postTask(key)
      expect((await postTask(key)).text).toBe(first.text)
    }
  })
})

describe('what is stored for replays', () => {
  it('shows no secret', async () => {
    const secrets: string[] = []
    for (const { operationId, target, key, sent } of creating()) {
      const { json } = await post(target, key, sent, `secret-${operationId}`)
      secrets.push(...[json.secret, json.apiKey].filter((secret) => secret !== undefined))
    }
    // What was rotated before is not rotated again.
    expect(secrets).toHaveLength(5)
    const rows = await api.database.many<{ row: string; body: Buffer }>(
      'select k::text as row, body from idempotency_key k',
    )
    expect(rows.length).toBeGreaterThan(4)
    for (const { row, body } of rows)
      for (const secret of [...secrets, 'whsec_', 'bh_', 'tsk_']) {
        expect(row).not.toContain(secret)
        expect(body.includes(secret)).toBe(false)
      }
  })
})
