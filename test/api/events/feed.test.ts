import { describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)

type Named = { id: string; type: string; sequence: number }

/** A session whose two tasks have completed, and the wake that this opened. */
async function woken() {
  const session = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } })
  for (let n = 0; n < 2; n++) await finish(api, tenant, await newTask(tenant, session))
  await api.stores.wakes.openWakes()
  const { json } = await tenant.call('GET', `/v1/sessions/${session}`)
  return { session, wake: json.openWake }
}

describe('the event feed', () => {
  it('shows every event in order, goes on from a cursor or an event, and never ends', async () => {
    const { session } = await woken()
    const all = (await tenant.call('GET', '/v1/events')).json
    expect(all.data.map(({ type }: Named) => type)).toEqual([
      'task.finished_downloading',
      'task.completed',
      'task.finished_downloading',
      'task.completed',
      'session.wake',
    ])
    expect(all.data.map(({ sequence }: Named) => sequence)).toEqual([1, 2, 3, 4, 5])
    expect(all.data.every((event: { sessionIdentifier: string }) => event.sessionIdentifier === session)).toBe(true)
    const first = (await tenant.call('GET', '/v1/events?limit=2')).json
    for (const after of [first.nextCursor, first.data[1].id]) {
      const rest = (await tenant.call('GET', `/v1/events?after=${after}`)).json
      expect(rest.data.map(({ id }: Named) => id)).toEqual(all.data.slice(2).map(({ id }: Named) => id))
    }
    const end = (await tenant.call('GET', `/v1/events?after=${all.nextCursor}`)).json
    expect(end).toEqual({ data: [], nextCursor: all.nextCursor })
    await finish(api, tenant, await newTask(tenant, session))
    expect((await tenant.call('GET', `/v1/events?after=${end.nextCursor}`)).json.data).toHaveLength(2)
  })

  it('is read from the newest event on, to the first', async () => {
    await woken()
    const all = (await tenant.call('GET', '/v1/events')).json.data
    const newest = (await tenant.call('GET', '/v1/events?order=newestFirst&limit=2')).json
    const older = (await tenant.call('GET', `/v1/events?order=newestFirst&after=${newest.nextCursor}`)).json
    expect([...newest.data, ...older.data]).toEqual(all.toReversed())
    expect(older.nextCursor).toBeNull()
    const task = all[0].data.task.id
    const ofTask = (await tenant.call('GET', `/v1/events?order=newestFirst&task=${task}`)).json.data
    expect(ofTask.map(({ type }: Named) => type)).toEqual(['task.completed', 'task.finished_downloading'])
  })

  it('filters by session and type', async () => {
    await woken()
    const { session } = await woken()
    const bySession = (await tenant.call('GET', `/v1/events?session=${session}`)).json.data
    expect(bySession.map(({ type }: Named) => type)).toContain('session.wake')
    expect(bySession).toHaveLength(5)
    expect((await tenant.call('GET', '/v1/events?type=session.wake')).json.data).toHaveLength(2)
  })

  it('warns of a file that is probably not what was wanted, like the task itself', async () => {
    const session = await newSession(tenant)
    const id = await newTask(tenant, session, { countOfBytesClientExpectsToReceive: 5 })
    expect((await tenant.call('GET', `/v1/tasks/${id}`)).json.warnings).toEqual([])
    const notes = [{ code: 'lenient_head' as const, detail: 'The head was read leniently.' }]
    await finish(api, tenant, id, 'the bytes', { lengthVerified: false, notes })
    const shown = (await tenant.call('GET', `/v1/tasks/${id}`)).json
    expect(shown.response.lengthVerified).toBe(false)
    expect(shown.warnings.map(({ code }: { code: string }) => code)).toEqual([
      'html_instead_of_file',
      'unexpected_size',
      'length_not_verified',
      'lenient_head',
    ])
    const { data } = (await tenant.call('GET', '/v1/events')).json
    expect(data.map((event: { data: { task: object } }) => event.data.task)).toMatchObject([
      { response: { lengthVerified: false }, warnings: shown.warnings },
      { response: { lengthVerified: false }, warnings: shown.warnings },
    ])
  })

  it('carries neither queries nor header values', async () => {
    const session = await newSession(tenant)
    const request = { url: 'https://origin.example.com/a?signature=hidden-value', headers: { 'X-A': 'hidden-value' } }
    const { json } = await tenant.call('POST', `/v1/sessions/${session}/tasks`, { request })
    await finish(api, tenant, json.id)
    const feed = await tenant.call('GET', '/v1/events')
    expect(feed.json.data).toHaveLength(2)
    expect(feed.text).not.toContain('hidden-value')
  })

  it.each(['after=x', 'after=!', 'type=nothing', 'session=a%20b', 'limit=0', 'after=evt_01h455vb4pex5vsknk084sn02q'])(
    'refuses ?%s',
    async (query) => {
      expect((await tenant.call('GET', `/v1/events?${query}`)).status).toBe(400)
    },
  )
})

describe('wakes', () => {
  it('are shown, and completed with the token of their event', async () => {
    const { session, wake } = await woken()
    expect(wake).toMatchObject({ sessionIdentifier: session, state: 'open', delayAfterSeconds: 60 })
    expect((await tenant.call('GET', `/v1/wakes/${wake.id}`)).json).toEqual(wake)
    expect((await tenant.call('GET', `/v1/wakes?session=${session}`)).json.data).toEqual([wake])
    expect((await tenant.call('GET', '/v1/wakes?session=other')).status).toBe(404)
    const [event] = (await tenant.call('GET', '/v1/events?type=session.wake')).json.data
    expect(event.data.wakeId).toBe(wake.id)
    const complete = (body: unknown) => tenant.call('POST', `/v1/wakes/${wake.id}/complete`, body)
    for (const completionToken of ['x', `${event.data.completionToken}x`]) {
      const { json } = await complete({ completionToken })
      expect(json).toMatchObject({ status: 422, code: 'invalid_completion_token' })
      expect(json.errors[0].pointer).toBe('/completionToken')
    }
    expect((await tenant.call('GET', `/v1/wakes/${wake.id}`)).json.state).toBe('open')
    for (let n = 0; n < 2; n++) {
      const { status, json } = await complete({ completionToken: event.data.completionToken })
      expect(status).toBe(200)
      expect(json.state).toBe('completed')
    }
    expect((await tenant.call('GET', `/v1/sessions/${session}`)).json.openWake).toBeNull()
  })

  it("cannot be completed with another wake's token", async () => {
    const { wake } = await woken()
    await woken()
    const tokens = (await tenant.call('GET', '/v1/events?type=session.wake')).json.data
    const other = tokens.find(({ data }: { data: { wakeId: string } }) => data.wakeId !== wake.id)
    const { completionToken } = other.data
    expect((await tenant.call('POST', `/v1/wakes/${wake.id}/complete`, { completionToken })).status).toBe(422)
  })
})

describe('endpoints', () => {
  const url = 'https://hooks.example.com/a'

  it('are created with a secret that is shown once, listed, and deleted', async () => {
    const created = await tenant.call('POST', '/v1/webhook-endpoints', { url, eventTypes: ['task.completed'] })
    expect(created.status).toBe(201)
    const { secret, ...endpoint } = created.json
    expect(secret).toMatch(/^whsec_/)
    expect(endpoint).toMatchObject({ url, eventTypes: ['task.completed'], state: 'enabled', disabledReason: null })
    expect(secret.endsWith(endpoint.secretHint.slice(-4))).toBe(true)
    expect((await tenant.call('GET', `/v1/webhook-endpoints/${endpoint.id}`)).json).toEqual(endpoint)
    expect((await tenant.call('GET', '/v1/webhook-endpoints')).json).toEqual({ data: [endpoint], nextCursor: null })
    const deleted = await tenant.call('DELETE', `/v1/webhook-endpoints/${endpoint.id}`)
    expect(deleted).toMatchObject({ status: 204, text: '' })
    expect((await tenant.call('GET', `/v1/webhook-endpoints/${endpoint.id}`)).status).toBe(404)
    expect((await tenant.call('DELETE', `/v1/webhook-endpoints/${endpoint.id}`)).status).toBe(404)
    expect((await tenant.call('POST', '/v1/webhook-endpoints', { url })).status).toBe(201)
  })

  it('may share a URL, and a session that names the URL takes the oldest', async () => {
    const shared = `${url}/shared`
    const first = (await tenant.call('POST', '/v1/webhook-endpoints', { url: shared })).json
    const second = await tenant.call('POST', '/v1/webhook-endpoints', { url: shared })
    expect(second.status).toBe(201)
    const session = await newSession(tenant, { delegate: { url: shared } })
    const { configuration } = (await tenant.call('GET', `/v1/sessions/${session}`)).json
    expect(configuration.delegate.endpointId).toBe(first.id)
  })

  it('stay while a session delivers to them', async () => {
    const session = await newSession(tenant, { delegate: { url } })
    const { endpointId } = (await tenant.call('GET', `/v1/sessions/${session}`)).json.configuration.delegate
    const { json } = await tenant.call('DELETE', `/v1/webhook-endpoints/${endpointId}`)
    expect(json).toMatchObject({ status: 409, code: 'endpoint_in_use' })
  })

  it.each([
    ['http://hooks.example.com/', 'unsupported_url'],
    ['https://localhost/', 'destination_denied'],
    ['https://[::1]/', 'destination_denied'],
    ['https://user:password@hooks.example.com/', 'unsupported_url'],
    ['hooks.example.com', 'unsupported_url'],
    [`https://hooks.example.com/${'é'.repeat(400)}`, 'unsupported_url'],
  ])('refuse %s', async (refused, code) => {
    const { status, json } = await tenant.call('POST', '/v1/webhook-endpoints', { url: refused })
    expect(status).toBe(422)
    expect(json).toMatchObject({ code, errors: [{ pointer: '/url' }] })
    expect((await tenant.call('GET', '/v1/webhook-endpoints')).json.data).toEqual([])
  })

  it('may use http where the operator has opened the range', async () => {
    expect((await tenant.call('POST', '/v1/webhook-endpoints', { url: 'http://127.0.0.1:9000/' })).status).toBe(201)
  })
})

describe('the webhooks of the document', () => {
  it('say what is delivered', async () => {
    await woken()
    const events = (await tenant.call('GET', '/v1/events')).json.data as Named[]
    for (const event of events) {
      const { schema } = api.document.webhooks[event.type]!.post.requestBody!.content['application/json']!
      api.check.component(schema.$ref.split('/').at(-1)!, event)
    }
  })
})
