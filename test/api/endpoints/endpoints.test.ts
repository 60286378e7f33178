import { describe, expect, it } from 'vitest'
import { eventTypeNames } from '#core/events/rules/event.ts'
import { succeeded } from '#support/builders/api-fixtures.ts'
import { openApi } from '#support/client/api.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi({ publicUrl: 'https://backhaul.example.com:8443' })
const tenant = useTenant(api)

const path = '/v1/webhook-endpoints'
const url = 'https://hooks.example.com/a'
const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`
const create = async (more: object = {}) => succeeded(await tenant.call('POST', path, { url, ...more }))
const read = async (id: string) => succeeded(await tenant.call('GET', `${path}/${id}`))
const sealedText = async () => {
  const { rows } = (await api.database.first<{ rows: string }>(
    'select json_agg(endpoint)::text as rows from endpoint',
  ))!
  return rows
}

describe('creating an endpoint', () => {
  it('shows everything but its secrets, and what it has by default', async () => {
    const { secret, ...shown } = await create()
    expect(secret).toMatch(/^whsec_/)
    expect(shown).toMatchObject({
      kind: 'http',
      url,
      description: null,
      eventTypes: [],
      state: 'enabled',
      disabledReason: null,
      disabledAt: null,
      headers: {},
      signatureScheme: 'v1',
      publicKey: null,
      maximumDeliveriesPerSecond: null,
      verification: 'none',
      failingSince: null,
    })
    expect(await read(shown.id)).toEqual(shown)
  })

  it('takes headers that it keeps sealed and never shows', async () => {
    const headers = { Authorization: 'Bearer hidden-value', 'X-Team': 'hidden-value' }
    const body = { url, headers, description: 'the billing team', maximumDeliveriesPerSecond: 2.5 }
    const created = await tenant.call('POST', path, body)
    expect(created.json).toMatchObject({
      headers: { Authorization: '•••', 'X-Team': '•••' },
      description: 'the billing team',
      maximumDeliveriesPerSecond: 2.5,
    })
    const shown = await tenant.call('GET', `${path}/${created.json.id}`)
    expect(created.text + shown.text + (await sealedText())).not.toContain('hidden-value')
  })

  it.each([24, 64])('takes a secret of %d bytes that the tenant has already', async (bytes) => {
    const secret = secretOf(bytes)
    const created = await create({ secret })
    expect(created.secret).toBe(secret)
    expect(secret.endsWith(created.secretHint.slice(-4))).toBe(true)
  })

  it('with v1a makes a pair of keys and shows the public one only', async () => {
    const { secret, ...shown } = await create({ signatureScheme: 'v1a' })
    expect(secret).toBeNull()
    expect(shown).toMatchObject({ signatureScheme: 'v1a', publicKey: expect.stringMatching(/^whpk_[\w+/]{43}=$/) })
    expect(shown.publicKey.endsWith(shown.secretHint.slice(-4))).toBe(true)
    expect(await read(shown.id)).toEqual(shown)
  })

  it('asks for a challenge when the tenant or the operator says so', async () => {
    expect(await create({ verification: 'challenge' })).toMatchObject({ verification: 'pending' })
    const strict = await openApi({ webhookVerification: true })
    try {
      const other = await strict.tenant()
      const made = async (more: object) => (await other.call('POST', path, { url, ...more })).json.verification
      expect(await made({})).toBe('pending')
      expect(await made({ verification: 'none' })).toBe('none')
      const configuration = { delegate: { url: `${url}/session` } }
      const { json } = await other.call('PUT', '/v1/sessions/s', { configuration })
      const { endpointId } = json.configuration.delegate
      expect((await other.call('GET', `${path}/${endpointId}`)).json.verification).toBe('pending')
    } finally {
      await strict.close()
    }
  })

  it.each([
    ['begins otherwise', { secret: 'hidden-value' }, 'begin with "whsec_"'],
    ['is not base64', { secret: 'whsec_not base64!' }, 'not base64'],
    ['is too short', { secret: secretOf(23) }, '23 bytes'],
    ['is too long', { secret: secretOf(65) }, '65 bytes'],
    ['comes with v1a', { secret: secretOf(32), signatureScheme: 'v1a' }, 'the service makes the pair of keys'],
  ])('refuses a secret that %s, says why, and stores nothing', async (_, body, why) => {
    const { status, json, text } = await tenant.call('POST', path, { url, ...body })
    expect(status).toBe(422)
    expect(json).toMatchObject({ code: 'invalid_secret', errors: [{ pointer: '/secret', code: 'invalid_secret' }] })
    expect(json.detail).toContain(why)
    expect(text).not.toContain(body.secret.slice(6))
    expect((await tenant.call('GET', path)).json.data).toEqual([])
  })

  it.each(['webhook-id', 'Content-Type', 'content-length', 'Host', 'User-Agent', 'Connection', 'transfer-encoding'])(
    'refuses the header %s, which is ours',
    async (name) => {
      const { status, json } = await tenant.call('POST', path, { url, headers: { 'X-A': 'a', [name]: 'b' } })
      expect(status).toBe(422)
      expect(json).toMatchObject({ code: 'forbidden_header', errors: [{ pointer: `/headers/${name}` }] })
      expect((await tenant.call('GET', path)).json.data).toEqual([])
    },
  )

  it('refuses an unknown event type and a URL that leads back to the service', async () => {
    const unknown = await tenant.call('POST', path, { url, eventTypes: ['task.completed', 'task.exploded'] })
    expect(unknown.json).toMatchObject({ status: 400, errors: [{ pointer: '/eventTypes/1' }] })
    const self = 'https://BACKHAUL.example.com:8443/hook'
    const own = await tenant.call('POST', path, { url: self })
    expect(own.json).toMatchObject({ status: 422, code: 'destination_denied', errors: [{ pointer: '/url' }] })
    const configuration = { delegate: { url: self } }
    const session = await tenant.call('PUT', '/v1/sessions/s', { configuration })
    expect(session.json.errors).toMatchObject([{ pointer: '/configuration/delegate/url' }])
    expect((await tenant.call('GET', path)).json.data).toEqual([])
  })
})

describe('changing an endpoint', () => {
  const change = (id: string, body: object) => tenant.call('PATCH', `${path}/${id}`, body)

  it('changes what is named and nothing else; null takes it away', async () => {
    const headers = { 'X-A': 'a' }
    const { secret: _, ...before } = await create({ headers, description: 'old', maximumDeliveriesPerSecond: 1 })
    expect((await change(before.id, { description: 'new' })).json).toEqual({ ...before, description: 'new' })
    const body = { url: `${url}/b`, eventTypes: ['task.completed', 'task.completed'], maximumDeliveriesPerSecond: 3 }
    const changed = { ...before, ...body, eventTypes: ['task.completed'], description: 'new' }
    expect((await change(before.id, body)).json).toEqual(changed)
    const nothing = { description: null, headers: null, maximumDeliveriesPerSecond: null }
    const cleared = { ...changed, ...nothing, headers: {}, eventTypes: [] }
    expect((await change(before.id, { ...nothing, eventTypes: [] })).json).toEqual(cleared)
    expect(await read(before.id)).toEqual(cleared)
    expect((await change(before.id, { headers: { 'X-B': 'b' } })).json.headers).toEqual({ 'X-B': '•••' })
  })

  it('to another URL asks for the challenge again, to the same one does not', async () => {
    const { id } = await create({ verification: 'challenge' })
    await api.database.run('update endpoint set verified_at = clock_timestamp() where id = $1', [id])
    expect((await change(id, { url, description: 'a' })).json.verification).toBe('verified')
    expect((await change(id, { url: `${url}/b` })).json.verification).toBe('pending')
  })

  it.each([
    [{ url: 'https://localhost/' }, 422, 'destination_denied', '/url'],
    [{ url: 'http://hooks.example.com/' }, 422, 'unsupported_url', '/url'],
    [{ url: 'https://backhaul.example.com:8443/' }, 422, 'destination_denied', '/url'],
    [{ url: 'https://hooks.example.com:5432/' }, 422, 'destination_denied', '/url'],
    [{ headers: { 'If-Match': '*' } }, 422, 'forbidden_header', '/headers/If-Match'],
    [{ headers: { 'webhook-id': 'a' } }, 422, 'forbidden_header', '/headers/webhook-id'],
    [{ eventTypes: ['task.exploded'] }, 400, 'invalid_request', '/eventTypes/0'],
    [{ maximumDeliveriesPerSecond: 0 }, 400, 'invalid_request', '/maximumDeliveriesPerSecond'],
    [{ secret: secretOf(32) }, 400, 'invalid_request', '/secret'],
    [{ signatureScheme: 'v1a' }, 400, 'invalid_request', '/signatureScheme'],
  ])('refuses %j and changes nothing', async (body, status, code, pointer) => {
    const { secret: _, ...before } = await create()
    const { json } = await change(before.id, { description: 'new', ...body })
    expect(json).toMatchObject({ status, code })
    expect(json.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer)
    expect(await read(before.id)).toEqual(before)
  })

  it('that streams has no URL to change, and one that is not there cannot be changed', async () => {
    const { id } = await create()
    await api.database.run("update endpoint set kind = 'stream', url = null where id = $1", [id])
    const refused = await change(id, { url })
    expect(refused.json).toMatchObject({ status: 400, errors: [{ pointer: '/url' }] })
    expect((await change(id, { description: 'a' })).json.description).toBe('a')
    expect((await change(api.deps.mint.id('whe'), { description: 'a' })).status).toBe(404)
    expect((await change(id, {})).status).toBe(400)
  })
})

describe('rotating a secret', () => {
  const rotate = (id: string, body: object = {}) => tenant.call('POST', `${path}/${id}/rotate-secret`, body)

  it('shows the new one this once', async () => {
    const { secret, ...before } = await create()
    const { status, json } = await rotate(before.id)
    expect(status).toBe(200)
    expect(json.secret).toMatch(/^whsec_/)
    expect(json.secret).not.toBe(secret)
    const { secret: fresh, ...shown } = json
    const older = { hint: before.secretHint, expiresAt: expect.stringMatching(/Z$/) }
    expect(shown).toEqual({ ...before, secretHint: shown.secretHint, olderSecrets: [older] })
    expect(fresh.endsWith(shown.secretHint.slice(-4))).toBe(true)
    expect(await read(before.id)).toEqual(shown)
    const [old] = await api.database.many<{ seconds: number }>(
      `select extract(epoch from expires_at - clock_timestamp())::float8 as seconds from endpoint_secret
       where endpoint_id = $1 and expires_at is not null`,
      [before.id],
    )
    expect(old!.seconds).toBeCloseTo(86_400, -2)
  })

  it('takes a secret that the tenant has already, and keeps the scheme', async () => {
    const { id } = await create()
    expect((await rotate(id, { secret: secretOf(48), overlapSeconds: 0 })).json.secret).toBe(secretOf(48))
    const { id: asymmetric, publicKey } = await create({ signatureScheme: 'v1a' })
    const { json } = await rotate(asymmetric)
    expect(json).toMatchObject({ secret: null, publicKey: expect.stringMatching(/^whpk_/) })
    expect(json.publicKey).not.toBe(publicKey)
  })

  it.each([
    [{ overlapSeconds: -1 }, 400, 'invalid_request', '/overlapSeconds'],
    [{ overlapSeconds: 604_801 }, 400, 'invalid_request', '/overlapSeconds'],
    [{ overlapSeconds: 1.5 }, 400, 'invalid_request', '/overlapSeconds'],
    [{ secret: secretOf(23) }, 422, 'invalid_secret', '/secret'],
    [{ secret: 'whsec_' }, 422, 'invalid_secret', '/secret'],
  ])('refuses %j and changes nothing', async (body, status, code, pointer) => {
    const { secret: _, ...before } = await create()
    const { json } = await rotate(before.id, body)
    expect(json).toMatchObject({ status, code, errors: [{ pointer }] })
    expect(await read(before.id)).toEqual(before)
  })

  it('refuses a sixth that would sign, unless the others stop', async () => {
    const { id } = await create()
    for (let n = 0; n < 4; n++) expect((await rotate(id)).status).toBe(200)
    expect((await rotate(id)).json).toMatchObject({ status: 409, code: 'too_many_secrets' })
    expect((await rotate(id, { overlapSeconds: 0 })).status).toBe(200)
    expect((await rotate(id)).status).toBe(200)
  })
})

describe('testing an endpoint', () => {
  const test = (id: string, body: object = {}) => tenant.call('POST', `${path}/${id}/test`, body)

  it('is answered with the event and its delivery', async () => {
    const { id } = await create()
    const { status, json } = await test(id)
    expect(status).toBe(202)
    const [event] = (await tenant.call('GET', '/v1/events')).json.data
    expect(event).toMatchObject({ id: json.eventId, type: 'endpoint.test', data: { endpointId: id, wakeId: null } })
    expect(event.data).not.toHaveProperty('example')
    const [delivery] = (await tenant.call('GET', `/v1/deliveries?event=${json.eventId}`)).json.data
    expect(delivery).toMatchObject({ id: json.deliveryId, endpointId: id, state: 'pending' })
  })

  it('carries an example of any event, as its schema says, and stores no such event', async () => {
    const { id } = await create()
    for (const type of eventTypeNames) succeeded(await test(id, { type }))
    const { data } = (await tenant.call('GET', '/v1/events')).json
    expect(data.map((event: { type: string }) => event.type)).toEqual(eventTypeNames.map(() => 'endpoint.test'))
    for (const [n, type] of eventTypeNames.entries()) {
      const { example } = data[n].data
      expect(example.type).toBe(type)
      const name = api.document.webhooks[type]!.post.requestBody!.content['application/json']!.schema.$ref
      const ofTenant = type.startsWith('endpoint.')
      const of = ofTenant ? {} : { sessionIdentifier: 'a-session', sequence: 1 }
      const envelope = { ...data[n], ...example, ...of }
      expect(() => api.check.component(name.split('/').at(-1)!, envelope)).not.toThrow()
    }
  })

  it('is refused for an event type that there is not', async () => {
    const { id } = await create()
    const { json } = await test(id, { type: 'task.exploded' })
    expect(json).toMatchObject({ status: 400, errors: [{ pointer: '/type' }] })
  })

  it('is refused while it is disabled, until it is enabled', async () => {
    const { secret: _, ...before } = await create()
    await api.database.run("update endpoint set state = 'disabled', disabled_reason = 'gone' where id = $1", [
      before.id,
    ])
    expect((await test(before.id)).json).toMatchObject({ status: 409, code: 'endpoint_disabled' })
    expect((await tenant.call('GET', '/v1/events')).json.data).toEqual([])
    for (let n = 0; n < 2; n++) {
      const enabled = await tenant.call('POST', `${path}/${before.id}/enable`, {})
      expect(enabled).toMatchObject({ status: 200, json: before })
    }
    expect((await test(before.id)).status).toBe(202)
  })
})

describe('the statistics of endpoints', () => {
  it('are of the last fifty attempts that have ended, page by page in the order of the endpoints', async () => {
    const [quiet, busy] = [await create(), await create()]
    const { json } = await tenant.call('POST', `${path}/${busy.id}/test`, {})
    // One of a version before attempts knew their endpoint, one in flight, and sixty that have ended.
    await api.database.run(
      `insert into delivery_attempt (id, delivery_id, number, started_at, ended_at, status, endpoint_id)
       select 'att_' || lpad(n::text, 26, '0'), $1, n, now(), case when n <> 61 then now() + make_interval(secs => n) end,
         case when n % 2 = 0 then 204 when n % 3 = 0 then 500 end, case when n <> 62 then $2 end
       from generate_series(1, 62) as n`,
      [json.deliveryId, busy.id],
    )
    const first = (await tenant.call('GET', `${path}/stats?limit=1`)).json
    expect(first.data).toEqual([
      { endpointId: quiet.id, attempts: 0, succeeded: 0, medianMs: null, p95Ms: null, recent: [] },
    ])
    const [stats, ...more] = (await tenant.call('GET', `${path}/stats?cursor=${first.nextCursor}`)).json.data
    expect(more).toEqual([])
    expect(stats).toMatchObject({ attempts: 50, succeeded: 25, medianMs: 35_000, p95Ms: 58_000 })
    expect(stats.recent.slice(0, 3)).toMatchObject([
      { durationMs: 60_000, status: 204 },
      { durationMs: 59_000, status: null },
      { durationMs: 58_000, status: 204 },
    ])
    expect((await tenant.call('GET', `${path}/stats?endpoint=${busy.id}`)).json.data).toEqual([stats])
  })
})
