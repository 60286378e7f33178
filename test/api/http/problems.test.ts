import { DatabaseUnavailable, problems, StorageUnavailable } from '@backhaul/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { openApi, operatorToken, type TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()
let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.tenant()
})

const post = (payload: string, headers: Record<string, string> = {}) =>
  api.call('POST', '/v1/webhook-endpoints', { key: tenant.key, payload, headers })

describe('a body that cannot be read', () => {
  it.each([
    ['broken JSON', '{"url": ', 400],
    ['a name twice', '{"url": "https://a.example/", "url": "https://b.example/"}', 400],
    ['NaN', '{"url": NaN}', 400],
    ['__proto__', '{"url":"https://a.example/","__proto__":{"a":1}}', 400],
    ['escaped __proto__', '{"url":"https://a.example/","__pr\\u006fto__":{"a":1}}', 400],
    ['constructor.prototype', '{"url":"https://a.example/","constructor":{"prototype":{"a":1}}}', 400],
    ['null', 'null', 400],
    ['an array', '[]', 400],
    ['a text', '"url"', 400],
    ['a deep one', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 400],
    ['a deep field', `{"url":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`, 400],
    ['a long one', JSON.stringify({ url: 'x'.repeat(1024 * 1024) }), 413],
  ])('is refused: %s', async (_what, payload, status) => {
    const response = await post(payload)
    expect(response.status).toBe(status)
    expect((await tenant.call('GET', '/v1/webhook-endpoints')).json.data).toEqual([])
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    '*/*',
  ])('is refused as %s', async (type) => {
    const { json } = await post('{"url":"https://a.example/"}', { 'content-type': type })
    expect(json).toMatchObject({ status: 415, code: 'unsupported_media_type' })
  })

  it.each([
    ['a NUL', '{"url":"https://a.example/\\u0000"}', '/url'],
    ['half a surrogate pair', '{"url":"https://a.example/\\ud800"}', '/url'],
    ['a NUL in a name', '{"a\\u0000":1}', '/a\uFFFD'],
    ['half a pair, deep inside', '{"eventTypes":["task.completed","\\udfff"]}', '/eventTypes/1'],
  ])('is refused for %s', async (_what, payload, pointer) => {
    const { status, json } = await post(payload)
    expect(status).toBe(400)
    expect(json.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer)
  })

  it('may be JSON with a charset, and nothing at all where nothing is required', async () => {
    const body = '{"url":"https://charset.example.com/"}'
    expect((await post(body, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(201)
    const empty = await api.call('PUT', '/v1/sessions/x', { key: tenant.key, payload: '' })
    expect(empty.json.code).toBe('delegate_required')
  })
})

describe('an address', () => {
  it.each([
    ['GET', '/nothing', 404],
    ['GET', '/v1/tasks/', 404],
    ['GET', '/v1/tasks/tsk_short', 404],
    ['GET', `/v1/tasks/${'x'.repeat(9000)}`, 404],
    ['GET', '/v1/tasks/tsk_%00', 404],
    ['GET', '/v1/tasks/%zz', 400],
    ['GET', '/v1/sessions/%zz', 400],
    ['DELETE', '/v1/tasks', 405],
    ['PATCH', '/v1/sessions/x', 405],
    ['POST', '/livez', 405],
    ['GET', '/v1/tasks/x/suspend', 405],
  ])('%s %s is answered with %d', async (method, url, status) => {
    const response = await api.call(method, url, { key: tenant.key })
    expect(response.status).toBe(status)
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
    if (status === 405) expect(response.headers.allow).toBeTruthy()
  })

  it('that takes other methods names them', async () => {
    expect((await api.call('DELETE', '/v1/sessions/x')).headers.allow).toBe('GET, HEAD, PUT')
  })
})

describe('a problem', () => {
  it('has its own page, where its type leads', async () => {
    const { json } = await api.call('GET', '/v1/tasks')
    expect(json).toMatchObject({
      type: 'http://localhost:80/problems/unauthorized',
      title: problems.unauthorized.title,
      instance: '/v1/tasks',
    })
    for (const [code, { status, title }] of Object.entries(problems)) {
      const page = await api.call('GET', `/problems/${code}`)
      expect(page.status).toBe(200)
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
      expect(page.text).toContain(title)
      expect(page.text).toContain(String(status))
    }
    expect((await api.call('GET', '/problems/nothing')).status).toBe(404)
    const elsewhere = await api.call('GET', '/v1/tasks', { headers: { host: 'downloads.example.com:8443' } })
    expect(elsewhere.json.type).toBe('http://downloads.example.com:8443/problems/unauthorized')
    const strange = await api.call('GET', '/v1/tasks', { headers: { host: 'a"b/<c>' } })
    expect(strange.json.type).toBe('/problems/unauthorized')
    expect((await api.call('GET', '/problems/toString')).status).toBe(404)
  })

  it('has the request id of its header, and no query in its instance', async () => {
    const response = await tenant.call('GET', '/v1/tasks?limit=0&secret=hidden-value')
    expect(response.json.requestId).toBe(response.headers['x-request-id'])
    expect(response.json.instance).toBe('/v1/tasks')
    const other = await tenant.call('GET', '/v1/tasks')
    expect(other.headers['x-request-id']).not.toBe(response.headers['x-request-id'])
  })

  it('is answered by strict headers', async () => {
    const { headers } = await api.call('GET', '/nothing')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  })
})

describe('an internal error', () => {
  const failing = async (error: Error) => {
    const broken = await openApi({
      stores: { ...api.stores, tasks: { ...api.stores.tasks, listTasks: () => Promise.reject(error) } },
      publicUrl: 'https://b.example',
    })
    const { apiKey } = (await api.call('POST', '/v1/admin/tenants', { key: operatorToken, body: { name: 'x' } })).json
    const response = await broken.call('GET', '/v1/tasks', { key: apiKey })
    await broken.close()
    return response
  }

  it('is 503 with Retry-After while the database or storage is away', async () => {
    for (const error of [new DatabaseUnavailable(new Error('10.0.0.1')), new StorageUnavailable('10.0.0.1')]) {
      const { status, headers, json, text } = await failing(error)
      expect(status).toBe(503)
      expect(headers['retry-after']).toBe('5')
      expect(json).toMatchObject({ code: 'unavailable', type: 'https://b.example/problems/unavailable' })
      expect(text).not.toContain('10.0.0.1')
    }
  })

  it('is 500 and says nothing about itself', async () => {
    const { status, text } = await failing(new Error('select secret from vault at 10.0.0.1'))
    expect(status).toBe(500)
    expect(text).not.toMatch(/secret|vault|10\.0\.0\.1|Error|\.ts/)
  })

  it('turns readiness red when it is the database, and only degrades it otherwise', async () => {
    const down = (name: string) => async () => [{ name, ok: false }]
    const [first, second] = [await openApi({ health: down('database') }), await openApi({ health: down('storage') })]
    expect((await first.call('GET', '/readyz')).status).toBe(503)
    expect((await second.call('GET', '/readyz')).json).toEqual({ status: 'ok', degraded: ['storage'] })
    await Promise.all([first.close(), second.close()])
  })

  it('says why, where more is known than that it is away', async () => {
    const health = async () => [
      { name: 'queue', ok: false, reason: 'it is something else' },
      { name: 'storage', ok: false },
    ]
    const third = await openApi({ health })
    expect((await third.call('GET', '/readyz')).json).toEqual({
      status: 'ok',
      degraded: ['queue', 'storage'],
      reasons: { queue: 'it is something else' },
    })
    await third.close()
  })
})

describe('the documentation', () => {
  it('is a page that asks nobody else, and the only one with inline scripts', async () => {
    const page = await api.call('GET', '/docs/')
    expect(page.status).toBe(200)
    expect(page.headers['content-security-policy']).toContain("script-src 'self' 'unsafe-inline'")
    expect(page.headers['content-security-policy']).toContain("connect-src 'self'")
    expect(page.text).not.toMatch(/(src|href)="https?:/)
    expect((await api.call('GET', '/docs/js/scalar.js')).status).toBe(200)
    expect((await api.call('GET', '/livez')).headers['content-security-policy']).not.toContain('unsafe')
  })

  it('is made from the routes', async () => {
    const { status, json } = await api.call('GET', '/openapi.json')
    expect(status).toBe(200)
    expect(json).toEqual(JSON.parse(JSON.stringify(api.document)))
  })
})
