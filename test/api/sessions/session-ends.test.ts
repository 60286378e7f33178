import { describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)

const post = (session: string, verb: string, body?: unknown) =>
  tenant.call('POST', `/v1/sessions/${session}/${verb}`, body)
const verbs = ['finish-and-invalidate', 'invalidate-and-cancel'] as const
const typesOf = async (session: string): Promise<string[]> =>
  (await tenant.call('GET', `/v1/events?session=${session}`)).json.data.map(({ type }: { type: string }) => type)

describe('ending a session', () => {
  it.each(verbs)('by %s answers 202 however often, also without a body', async (verb) => {
    const session = await newSession(tenant)
    for (const body of [undefined, {}, undefined]) {
      const response = await post(session, verb, body)
      expect(response.status).toBe(202)
      expect(response.json).toMatchObject({ identifier: session, state: 'invalidated' })
    }
    expect(await typesOf(session)).toEqual(['session.invalidated'])
  })

  it('by finish-and-invalidate takes no new tasks and waits for those it has', async () => {
    const session = await newSession(tenant)
    const task = await newTask(tenant, session)
    expect((await post(session, 'finish-and-invalidate')).json.state).toBe('finishing')
    for (const [path, body] of [
      ['tasks', { url: 'https://origin.example.com/' }],
      ['tasks/batch', { tasks: [{ url: 'https://origin.example.com/' }] }],
    ] as const) {
      expect((await post(session, path, body)).json).toMatchObject({ status: 409, code: 'session_invalidated' })
    }
    await finish(api, tenant, task)
    expect((await tenant.call('GET', `/v1/sessions/${session}`)).json.state).toBe('invalidated')
    expect((await post(session, 'tasks', { url: 'https://origin.example.com/' })).json.code).toBe('session_invalidated')
  })

  it('by invalidate-and-cancel cancels what finish-and-invalidate waited for', async () => {
    const session = await newSession(tenant)
    const tasks = [await newTask(tenant, session), await newTask(tenant, session, { suspended: true })]
    await post(session, 'finish-and-invalidate')
    const { json } = await post(session, 'invalidate-and-cancel')
    expect(json).toMatchObject({ state: 'invalidated', taskCounts: { canceled: 2, waiting: 0, suspended: 0 } })
    for (const id of tasks)
      expect((await tenant.call('GET', `/v1/tasks/${id}`)).json).toMatchObject({
        state: 'canceled',
        error: { name: 'cancelled', code: -999 },
      })
    expect(await typesOf(session)).toEqual(['task.completed', 'task.completed', 'session.invalidated'])
  })

  it('leaves it readable until its identifier is used again, for which a configuration is needed', async () => {
    const session = await newSession(tenant)
    const task = await newTask(tenant, session)
    await post(session, 'invalidate-and-cancel')
    const listed = async () =>
      (await tenant.call('GET', `/v1/sessions/${session}/tasks`)).json.data.map(({ id }: { id: string }) => id)
    expect(await listed()).toEqual([task])
    const url = `/v1/sessions/${session}`
    expect((await tenant.call('PUT', url, {})).json).toMatchObject({ status: 422, code: 'delegate_required' })
    const again = await tenant.call('PUT', url, {
      configuration: { delegate: { kind: 'pull' }, isDiscretionary: true },
    })
    expect(again).toMatchObject({ status: 201, json: { state: 'active', taskCounts: { canceled: 0 } } })
    expect(await listed()).toEqual([])
    expect((await tenant.call('GET', url)).json).toMatchObject({ state: 'active' })
    const { data } = (await tenant.call('GET', '/v1/sessions')).json
    expect(data.map(({ state }: { state: string }) => state)).toEqual(['invalidated', 'active'])
    await newTask(tenant, session)
    expect((await tenant.call('GET', `/v1/tasks/${task}`)).json.state).toBe('canceled')
  })

  it.each(verbs)('by %s is refused with unknown fields, for strangers and with a key that only reads', async (verb) => {
    const session = await newSession(tenant)
    expect((await post(session, verb, { force: true })).status).toBe(400)
    expect((await post('nobody', verb)).json).toMatchObject({ status: 404, code: 'not_found' })
    const stranger = await api.tenant()
    expect((await stranger.call('POST', `/v1/sessions/${session}/${verb}`)).status).toBe(404)
    const key = await api.keyOf(tenant.id, ['read'])
    expect((await api.call('POST', `/v1/sessions/${session}/${verb}`, { key })).status).toBe(403)
    expect((await tenant.call('GET', `/v1/sessions/${session}`)).json.state).toBe('active')
  })
})

describe('coming back to a session', () => {
  const back = (session: string) => tenant.call('PUT', `/v1/sessions/${session}`)

  it('shows the tasks that have not ended, by their numbers, the open wake and how much is undelivered', async () => {
    const session = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } })
    const done = await newTask(tenant, session)
    const outstanding = [await newTask(tenant, session, { suspended: true }), await newTask(tenant, session)]
    await finish(api, tenant, done)
    const held = (await back(session)).json
    expect(held).toMatchObject({ openWake: null, undeliveredEvents: 2 })
    await api.database.run(
      'update session set wake_due_at = clock_timestamp() - make_interval(secs => 0.001) where identifier = $1',
      [session],
    )
    await api.stores.wakes.openWakes()
    const { status, json } = await back(session)
    expect(status).toBe(200)
    expect(json.outstandingTasks.map(({ id }: { id: string }) => id)).toEqual(outstanding)
    expect(json.outstandingTasks[0]).toEqual((await tenant.call('GET', `/v1/tasks/${outstanding[0]}`)).json)
    expect(json.openWake).toMatchObject({ state: 'open', sessionIdentifier: session })
    expect(json.undeliveredEvents).toBe(3)
  })

  it('shows two hundred of them; the list has them all', async () => {
    const session = await newSession(tenant)
    const tasks = Array.from({ length: 201 }, () => ({ url: 'https://origin.example.com/', suspended: true }))
    await post(session, 'tasks/batch', { tasks })
    const { outstandingTasks } = (await back(session)).json
    expect(outstandingTasks.map((task: { taskIdentifier: number }) => task.taskIdentifier)).toEqual(
      Array.from({ length: 200 }, (_, n) => n + 1),
    )
  })

  it('shows none when it is new', async () => {
    const { json } = await tenant.call('PUT', '/v1/sessions/new', { configuration: { delegate: { kind: 'pull' } } })
    expect(json.outstandingTasks).toEqual([])
  })

  it('finds it while it is finishing', async () => {
    const session = await newSession(tenant)
    const task = await newTask(tenant, session, { suspended: true })
    await post(session, 'finish-and-invalidate')
    expect(await back(session)).toMatchObject({
      status: 200,
      json: { state: 'finishing', outstandingTasks: [{ id: task, state: 'suspended' }] },
    })
  })

  const others: Record<string, unknown> = {
    isDiscretionary: true,
    sessionSendsLaunchEvents: false,
    timeoutIntervalForRequest: 61,
    timeoutIntervalForResource: 604_801,
    httpMaximumConnectionsPerHost: 7,
    httpStatusPolicy: 'deliver',
    retryStatuses: [404],
    resumeWithoutValidator: 'compare',
    contentDecoding: 'decode',
    wakeMaximumLatency: 61,
    wakeCompletion: 'explicit',
    fileRetention: 'permanent',
    fileLeaseSeconds: 86_401,
    decisionTimeout: 301,
    preferredHours: { timeZone: 'Europe/Berlin', windows: [{ from: '22:00', to: '06:00' }] },
    maximumBytesPerSecond: 1024,
    bandwidthTimetable: [{ timeZone: 'UTC', from: '22:00', to: '06:00', maximumBytesPerSecond: null }],
  }

  it('with another value of any field is a conflict that names just this field', async () => {
    const session = await newSession(tenant)
    const { configuration } = (await back(session)).json
    for (const [field, given] of Object.entries(others)) {
      const body = { configuration: { delegate: { kind: 'pull' }, [field]: given } }
      const { json } = await tenant.call('PUT', `/v1/sessions/${session}`, body)
      expect(json, field).toMatchObject({ status: 409, code: 'configuration_mismatch' })
      expect(json.differences).toEqual([{ pointer: `/${field}`, stored: configuration[field], given }])
    }
    // Those that are told in another way, or have one value only.
    const known = [...Object.keys(others), 'delegate', 'httpAdditionalHeaders', 'delegateDecisions']
    expect(Object.keys(configuration).toSorted()).toEqual(known.toSorted())
  })
})
