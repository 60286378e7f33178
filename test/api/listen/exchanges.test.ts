import { createPublicKey, verify } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { buildServer } from '#api/server.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { finish, newSession, newTask, succeeded } from '#support/builders/api-fixtures.ts'
import { createClient } from '#support/client/client.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'
import { connectEndpoint, type EventReader, type Message } from '#support/receivers/event-reader.ts'

const api = useApi()
let url: string
const tenant = useTenant(api)
let endpoint: { id: string; secret: string }
let session: string
const readers: EventReader[] = []

beforeAll(async () => {
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
})
beforeEach(async () => {
  endpoint = succeeded(await tenant.call('POST', '/v1/webhook-endpoints', { kind: 'stream' }))
  session = await newSession(tenant, { delegate: { endpointId: endpoint.id } })
})
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.close()))
})

async function connect(key = tenant.key, at = url, id = endpoint.id): Promise<EventReader> {
  const reader = await connectEndpoint(at, key, id)
  readers.push(reader)
  return reader
}

/** A wake that brings four deliveries: its begin, two of a task, and its end. */
async function wake(): Promise<void> {
  await finish(api, tenant, await newTask(tenant, session))
  await api.stores.wakes.openWakes()
}
const respond = ({ data }: Message, answer: object) =>
  tenant.call('POST', `/v1/deliveries/${data.deliveryId}/respond`, answer)
const nth = (reader: EventReader, n: number) => eventually(`delivery ${n} has come`, () => reader.of('delivery')[n - 1])
const deliveries = async () => (await tenant.call('GET', `/v1/deliveries?endpoint=${endpoint.id}`)).json.data
const attempts = async ({ data }: Message) =>
  (await tenant.call('GET', `/v1/deliveries/${data.deliveryId}/attempts`)).json.data

describe('an endpoint of kind stream', () => {
  it('is created without a URL, and shows a secret once', async () => {
    const given = { kind: 'stream', eventTypes: ['task.completed'], description: 'my laptop' }
    const created = await tenant.call('POST', '/v1/webhook-endpoints', given)
    expect(created).toMatchObject({ status: 201, json: { ...given, url: null, state: 'enabled' } })
    expect(created.json.secret).toMatch(/^whsec_/)
    const shown = (await tenant.call('GET', `/v1/webhook-endpoints/${created.json.id}`)).json
    expect(shown).toMatchObject({ ...given, url: null })
    expect(shown.secret).toBeUndefined()
  })

  it.each([
    ['a stream with a URL', { kind: 'stream', url: 'https://hooks.example.com/' }, '/url'],
    ['an http endpoint without one', { kind: 'http' }, '/url'],
    ['nothing at all', {}, '/url'],
    ['an unknown kind', { kind: 'pull' }, '/kind'],
    ['a stream with a challenge', { kind: 'stream', verification: 'challenge' }, '/verification'],
  ])('cannot be %s', async (_what, given, pointer) => {
    const before = (await tenant.call('GET', '/v1/webhook-endpoints')).json.data.length
    const refused = await tenant.call('POST', '/v1/webhook-endpoints', given)
    expect(refused).toMatchObject({ status: 400, json: { code: 'invalid_request', errors: [{ pointer }] } })
    expect(refused.json.errors[0].fix ?? '').not.toContain('scope')
    expect((await tenant.call('GET', '/v1/webhook-endpoints')).json.data).toHaveLength(before)
  })

  it('may say that it needs no verification', async () => {
    const created = await tenant.call('POST', '/v1/webhook-endpoints', { kind: 'stream', verification: 'none' })
    expect(created).toMatchObject({ status: 201, json: { verification: 'none' } })
  })

  it('brings its own headers, and signs by the scheme that was asked for', async () => {
    const given = { kind: 'stream', signatureScheme: 'v1a', headers: { 'X-Tier': 'gold' } }
    const asymmetric = succeeded(await tenant.call('POST', '/v1/webhook-endpoints', given))
    session = await newSession(tenant, { delegate: { endpointId: asymmetric.id } })
    const reader = await connect(tenant.key, url, asymmetric.id)
    await wake()
    const first = await nth(reader, 1)
    const { headers, body } = first.data
    expect(headers['X-Tier'] ?? headers['x-tier']).toBe('gold')
    const x = Buffer.from(asymmetric.publicKey.slice('whpk_'.length), 'base64').toString('base64url')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const [version, signature] = headers['webhook-signature'].split(',')
    expect(version).toBe('v1a')
    expect(verify(null, Buffer.from(signed), key, Buffer.from(signature, 'base64'))).toBe(true)
    expect((await respond(first, { status: 204 })).status).toBe(204)
    const [logged] = await attempts(first)
    expect(JSON.stringify(logged.requestHeaders)).not.toContain('gold')
  })

  it('makes no attempt while nobody is connected, and no worker is given its lane', async () => {
    await wake()
    expect(await api.stores.deliveries.listDueDeliveryLanes(100)).toEqual([])
    expect(await deliveries()).toMatchObject([{ state: 'pending', attempts: 0 }, {}, {}])
    const reader = await connect()
    expect((await nth(reader, 1)).data.attempt).toBe(1)
  })
})

describe('a connection', () => {
  it('brings what an HTTP endpoint would get, in order, the next one when one is answered', async () => {
    const reader = await connect()
    expect(reader.response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(reader.response.headers.get('cache-control')).toBe('no-store')
    await wake()
    const webhook = new Webhook(endpoint.secret)
    const types: string[] = []
    for (let n = 1; n <= 4; n++) {
      const message = await nth(reader, n)
      api.check.component('DeliveryMessage', message.data)
      const { headers, body, eventId, attempt } = message.data
      expect([headers['webhook-id'], headers['content-type'], attempt]).toEqual([eventId, 'application/json', 1])
      const event = webhook.verify(body, headers) as { id: string; type: string }
      expect(event.id).toBe(eventId)
      types.push(event.type)
      expect(reader.of('delivery')).toHaveLength(n)
      expect((await respond(message, { status: 200, body: `got ${n}` })).status).toBe(204)
      const [logged] = await attempts(message)
      expect(logged).toMatchObject({ number: 1, status: 200, error: null, responseBody: `got ${n}` })
      expect(logged.requestHeaders).toMatchObject({
        'webhook-id': eventId,
        'webhook-timestamp': headers['webhook-timestamp'],
      })
    }
    expect(types).toEqual(['session.wake', 'task.finished_downloading', 'task.completed', 'session.events_finished'])
    expect((await tenant.call('GET', '/v1/wakes')).json.data).toMatchObject([{ state: 'completed' }])
    expect((await deliveries()).map(({ state }: { state: string }) => state)).toEqual(Array(4).fill('succeeded'))
  })

  it('has its sessions side by side', async () => {
    const reader = await connect()
    await wake()
    const first = await nth(reader, 1)
    session = await newSession(tenant, { delegate: { endpointId: endpoint.id } })
    await wake()
    const other = await nth(reader, 2)
    const sessions = [first, other].map(({ data }) => JSON.parse(data.body).sessionIdentifier)
    expect(new Set(sessions).size).toBe(2)
  })

  it('is answered through any process of the API', async () => {
    const other = await buildServer(api.deps)
    onTestFinished(() => other.close())
    const at = await other.listen({ host: '127.0.0.1', port: 0 })
    const reader = await connect(tenant.key, at)
    await wake()
    for (let n = 1; n <= 4; n++) expect((await respond(await nth(reader, n), { status: 204 })).status).toBe(204)
    await eventually('all are received', async () =>
      (await deliveries()).every(({ state }: { state: string }) => state === 'succeeded'),
    )
  })

  it('that is newer takes over: the older one is told and ends, and what it had comes again, uncharged', async () => {
    const older = await connect()
    await wake()
    const first = await nth(older, 1)
    const newer = await connect()
    const again = await nth(newer, 1)
    expect(await older.ended).toBe('whole')
    const [closed] = older.of('closed')
    api.check.component('ConnectionClosed', closed!.data)
    expect(closed!.data.reason).toBe('replaced')
    expect([again.data.eventId, again.data.body]).toEqual([first.data.eventId, first.data.body])
    expect(again.data.attempt).toBe(2)
    expect((await respond(again, { status: 500 })).status).toBe(204)
    expect(await attempts(again)).toMatchObject([
      { status: null, error: 'another connection took over before an answer came' },
      { status: 500 },
    ])
    // The second attempt of the schedule is 5 s after the first.
    const [{ nextAttemptAt }] = await deliveries()
    expect(Date.parse(nextAttemptAt) - Date.now()).toBeLessThan(7_000)
    expect(older.of('delivery')).toHaveLength(1)
  })

  it('that went away may still be answered for what it had, and is sent nothing more', async () => {
    const reader = await connect()
    await wake()
    const first = await nth(reader, 1)
    await reader.close()
    expect((await respond(first, { status: 204 })).status).toBe(204)
    expect(await deliveries()).toMatchObject([{ state: 'succeeded' }, { state: 'pending' }, { state: 'pending' }])
  })

  it('brings at once what waits for its next attempt, but not again and again', async () => {
    const reader = await connect()
    await wake()
    await respond(await nth(reader, 1), { status: 503, headers: { 'Retry-After': '3600' } })
    const [{ nextAttemptAt }] = await deliveries()
    expect(Date.parse(nextAttemptAt) - Date.now()).toBeGreaterThan(3_500_000)
    await reader.close()
    const next = await connect()
    expect((await nth(next, 1)).data.attempt).toBe(2)
    await respond(await nth(next, 1), { status: 503, headers: { 'retry-after': '3600' } })
    await next.close()
    const third = await connect()
    await eventually('it is connected', () => third.comments.includes('connected'))
    const lanes = await api.stores.listen.listDueStreamDeliveryLanes([endpoint.id])
    expect(lanes).toEqual([])
    expect(third.of('delivery')).toEqual([])
  })

  it('keeps to the maximum rate of its endpoint', async () => {
    await tenant.call('PATCH', `/v1/webhook-endpoints/${endpoint.id}`, { maximumDeliveriesPerSecond: 2 })
    const reader = await connect()
    await wake()
    const startedAt = Date.now()
    for (let n = 1; n <= 4; n++) await respond(await nth(reader, n), { status: 204 })
    expect(Date.now() - startedAt).toBeGreaterThan(1_000)
  })

  it.each([
    ['answers 410', { status: 410 }],
    ['orders it', { status: 500, headers: { 'Webhook-Delivery': 'disable' } }],
  ])('ends when the receiver %s, which disables the endpoint', async (_what, answer) => {
    const reader = await connect()
    await wake()
    await respond(await nth(reader, 1), answer)
    await reader.ended
    expect(reader.of('closed')).toMatchObject([{ data: { reason: 'disabled' } }])
    const shown = (await tenant.call('GET', `/v1/webhook-endpoints/${endpoint.id}`)).json
    expect(shown.state).toBe('disabled')
    await expect(connect()).rejects.toThrow('endpoint_disabled')
  })

  it('ends with its key, and with its endpoint', async () => {
    const key = await api.keyOf(tenant.id, ['write'])
    const byKey = await connect(key)
    await api.database.run('update api_key set revoked_at = clock_timestamp() where hash = $1', [
      api.deps.mint.hash(key),
    ])
    await byKey.ended
    expect(byKey.of('closed')).toMatchObject([{ data: { reason: 'unauthorized' } }])
    const spare = succeeded(await tenant.call('POST', '/v1/webhook-endpoints', { kind: 'stream' }))
    const deleted = await connect(tenant.key, url, spare.id)
    await tenant.call('DELETE', `/v1/webhook-endpoints/${spare.id}`)
    await deleted.ended
    expect(deleted.of('closed')).toMatchObject([{ data: { reason: 'deleted' } }])
  })

  it('ends without a word when the process stops, which leaves what is in hand to the next', async () => {
    const stopping = await buildServer(api.deps)
    const at = await stopping.listen({ host: '127.0.0.1', port: 0 })
    const reader = await connect(tenant.key, at)
    await wake()
    const first = await nth(reader, 1)
    await stopping.close()
    expect(await reader.ended).toBe('whole')
    expect(reader.of('closed')).toEqual([])
    const next = await connect()
    const again = await nth(next, 1)
    expect([again.data.eventId, again.data.body]).toEqual([first.data.eventId, first.data.body])
  })

  it('is refused to others, and for what is no stream', async () => {
    const stranger = await api.tenant()
    await expect(connect(stranger.key)).rejects.toThrow('404')
    await expect(connect(await api.keyOf(tenant.id, ['read']))).rejects.toThrow('403')
    const http = { url: 'https://hooks.example.com/' }
    const called = succeeded(await tenant.call('POST', '/v1/webhook-endpoints', http))
    await expect(connect(tenant.key, url, called.id)).rejects.toThrow('endpoint_not_a_stream')
  })
})

describe('an answer', () => {
  it.each([
    ['no status', {}, '/status'],
    ['a status that is none', { status: 99 }, '/status'],
    ['an interim status', { status: 103 }, '/status'],
    ['a status as text', { status: '200' }, '/status'],
    ['an error beside a status', { status: 200, error: 'but' }, '/error'],
    ['headers that are a list', { status: 200, headers: [] }, '/headers'],
    ['a body that is no text', { status: 200, body: {} }, '/body'],
    ['a NUL', { status: 200, body: '\0' }, '/body'],
    ['an unknown field', { status: 200, statusText: 'OK' }, '/statusText'],
  ])('with %s is refused, and the delivery still waits', async (_what, answer, pointer) => {
    const reader = await connect()
    await wake()
    const first = await nth(reader, 1)
    const refused = await respond(first, answer)
    expect(refused).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
    expect(refused.json.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer)
    expect(await attempts(first)).toMatchObject([{ endedAt: null }])
    expect((await respond(first, { status: 204 })).status).toBe(204)
  })

  it('is taken once, from its tenant, for what is in hand', async () => {
    await wake()
    const [waiting] = await deliveries()
    const respondTo = (id: string, by = tenant) => by.call('POST', `/v1/deliveries/${id}/respond`, { status: 204 })
    expect(await respondTo(waiting.id)).toMatchObject({ status: 409, json: { code: 'delivery_not_awaited' } })
    expect((await respondTo(api.deps.mint.id('dlv'))).status).toBe(404)
    await nth(await connect(), 1)
    expect((await respondTo(waiting.id, await api.tenant())).status).toBe(404)
    const all = await Promise.all(Array.from({ length: 5 }, () => respondTo(waiting.id)))
    expect(all.map(({ status }) => status).toSorted()).toEqual([204, 409, 409, 409, 409])
    expect(await respondTo(waiting.id)).toMatchObject({ status: 409, json: { code: 'delivery_not_awaited' } })
  })

  it('to a delivery that goes to a URL is not awaited', async () => {
    session = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } })
    await wake()
    const [lane] = await api.stores.deliveries.listDueDeliveryLanes(1_000)
    const [sent] = await api.stores.deliveries.leaseNextBatch(lane!, 1)
    const refused = await tenant.call('POST', `/v1/deliveries/${sent!.deliveryId}/respond`, { status: 204 })
    expect(refused).toMatchObject({ status: 409, json: { code: 'delivery_not_awaited' } })
  })

  it('that there was none is an attempt that failed, with the reason', async () => {
    const reader = await connect()
    await wake()
    const first = await nth(reader, 1)
    await respond(first, { status: null, error: 'connection refused' })
    expect(await attempts(first)).toMatchObject([{ status: null, error: 'connection refused', responseBody: '' }])
    expect((await deliveries())[0]).toMatchObject({ state: 'pending', attempts: 1 })
  })

  it('counts by its status, with a note of what is wrong with its body', async () => {
    const reader = await connect()
    await wake()
    const first = await nth(reader, 1)
    const stray = { status: null, error: 'connection refused', note: 'The body broke off.' }
    expect(await respond(first, stray)).toMatchObject({ status: 400, json: { errors: [{ pointer: '/note' }] } })
    await respond(first, { status: 200, body: 'ab', note: 'The body broke off.' })
    expect(await attempts(first)).toMatchObject([
      { status: 200, error: null, responseBody: 'ab', note: 'The body broke off.' },
    ])
    expect((await deliveries())[0]).toMatchObject({ state: 'succeeded' })
  })

  it('that was none does not keep a session waiting once another one of the endpoint is answered', async () => {
    const reader = await connect()
    await wake()
    const first = await nth(reader, 1)
    await respond(first, { status: null, error: 'connection refused' })
    await api.database.run(
      `update delivery_lane set due_at = clock_timestamp() + interval '30 minutes'
       where endpoint_id = $1 and earliest_at is not null`,
      [endpoint.id],
    )
    session = await newSession(tenant, { delegate: { endpointId: endpoint.id } })
    await wake()
    const other = await nth(reader, 2)
    expect(other.data.eventId).not.toBe(first.data.eventId)
    await respond(other, { status: 204 })
    const again = await eventually('the first comes again', () =>
      reader.of('delivery').find(({ data }) => data.eventId === first.data.eventId && data.attempt === 2),
    )
    expect(again.data.deliveryId).toBe(first.data.deliveryId)
  })

  it('is kept to 16 KiB', async () => {
    const reader = await connect()
    await wake()
    const first = await nth(reader, 1)
    await respond(first, { status: 200, body: 'a'.repeat(100_000) })
    const [{ responseBody, note }] = await attempts(first)
    expect(responseBody).toBe('a'.repeat(16_384))
    expect(note).toContain('longer than 16384 bytes')
  })

  it('to a question decides', async () => {
    const delayed = await newSession(tenant, {
      delegate: { endpointId: endpoint.id },
      delegateDecisions: ['delayedRequest'],
    })
    const reader = await connect()
    const client = createClient(url, tenant.key)
    const task = await newTask(tenant, delayed, { earliestBeginDate: new Date(Date.now() + 300).toISOString() })
    await eventually('it is asked', async () => {
      await api.stores.decisions.decide()
      return reader.of('delivery').length > 0
    })
    const question = await nth(reader, 1)
    expect(JSON.parse(question.data.body).type).toBe('task.will_begin_delayed_request')
    await respond(question, { status: 200, body: JSON.stringify({ disposition: 'cancel' }) })
    await api.stores.decisions.decide()
    expect((await client.task(task)).state).toBe('canceled')
  })
})
