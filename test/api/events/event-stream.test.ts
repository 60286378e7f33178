import type { AddressInfo } from 'node:net'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { claim } from '#support/builders/claim.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'
import { type EventReader, followEvents } from '#support/receivers/event-reader.ts'

let url: string
const readers: EventReader[] = []
/** Added to the clock of the process, not to the database's. */
const aheadMs = 0
const api = useApi({ nowMs: () => Date.now() + aheadMs })
const tenant = useTenant(api)
beforeAll(async () => {
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
})
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.close()))
})

async function follow(options: Parameters<typeof followEvents>[2] = {}, key = tenant.key): Promise<EventReader> {
  const reader = await followEvents(url, key, options)
  readers.push(reader)
  return reader
}

async function feed(query = ''): Promise<{ id: string; type: string }[]> {
  return (await tenant.call('GET', `/v1/events?limit=200${query}`)).json.data
}
const idsOf = (reader: EventReader) => reader.stored().map(({ data }) => data.id as string)

const components: Record<string, string> = {
  'task.state': 'TaskStateNote',
  'task.progress': 'TaskProgressNote',
  'task.resumed_at_offset': 'TaskResumedNote',
}
function checkMessages(reader: EventReader): void {
  for (const { event, data, id } of reader.messages) {
    api.check.component('StreamMessage', data)
    api.check.component(id === null ? components[event]! : 'Event', data)
  }
}

/** Takes a task to a worker. */
async function begin(taskId: string) {
  const leases = await claim(api.stores, 1_000)
  const lease = leases.find((claimed) => claimed.taskId === taskId)!
  for (const other of leases) if (other !== lease) await api.stores.transfers.giveBack(other, 0)
  await api.stores.transfers.beginTransfer(lease, 'worker')
  return lease
}

describe('the stream of events', () => {
  it('begins at once with what happens from now on, each event as the feed shows it', async () => {
    const session = await newSession(tenant)
    await finish(api, tenant, await newTask(tenant, session))
    const reader = await follow()
    expect(reader.response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(reader.response.headers.get('cache-control')).toBe('no-store')
    expect(reader.response.headers.get('x-accel-buffering')).toBe('no')
    expect(reader.response.headers.get('content-encoding')).toBeNull()
    await eventually('it says that it is connected', () => reader.comments.includes('connected'))
    expect(reader.messages).toEqual([])
    await finish(api, tenant, await newTask(tenant, session))
    await eventually('both events have come', () => reader.stored().length === 2)
    const all = await feed()
    expect(reader.stored().map(({ data }) => data)).toEqual(all.slice(2))
    expect(reader.stored().map(({ event }) => event)).toEqual(['task.finished_downloading', 'task.completed'])
    const [first] = reader.stored()
    expect((await feed(`&after=${first!.id}`)).map(({ id }) => id)).toEqual([all[3]!.id])
    checkMessages(reader)
  })

  it('goes on exactly behind Last-Event-ID, or ?after=, which a header goes before', async () => {
    const session = await newSession(tenant)
    for (let n = 0; n < 3; n++) await finish(api, tenant, await newTask(tenant, session))
    const all = (await feed()).map(({ id }) => id)
    const whole = await follow({ query: `after=${Buffer.from('0').toString('base64url')}` })
    await eventually('all have come', () => whole.stored().length === 6)
    expect(idsOf(whole)).toEqual(all)
    const third = whole.stored()[2]!.id!
    for (const options of [
      { lastEventId: third },
      { lastEventId: all[2]! },
      { query: `after=${third}` },
      { query: `after=${all[2]}` },
      { query: `after=${all[0]}`, lastEventId: third },
      { query: `after=${third}`, lastEventId: '' },
    ]) {
      const reader = await follow(options)
      await eventually('the rest has come', () => reader.stored().length === 3)
      expect(idsOf(reader)).toEqual(all.slice(3))
      await reader.close()
    }
  })

  it('has an id to go on from before the first event', async () => {
    const session = await newSession(tenant)
    const before = await follow()
    await eventually('it has an id', () => before.lastId() !== null)
    await before.close()
    await finish(api, tenant, await newTask(tenant, session))
    const after = await follow({ lastEventId: before.lastId() })
    await eventually('what happened meanwhile has come', () => after.stored().length === 2)
  })

  it.each([
    ['a garbled cursor', { lastEventId: '!!' }],
    ['a cursor of another list', { query: 'after=dHNrXzAx' }],
    ['an event that is not there', { lastEventId: 'evt_01h455vb4pex5vsknk084sn02q' }],
    ['a place that the feed has not come to', { lastEventId: Buffer.from('999').toString('base64url') }],
    ['an unknown field', { query: 'type=task.completed' }],
  ])('refuses %s', async (_what, options) => {
    await expect(follow(options)).rejects.toThrow('400')
  })

  it("shows one session, and neither an unknown one nor another tenant's", async () => {
    const [one, other] = [await newSession(tenant), await newSession(tenant)]
    const reader = await follow({ query: `session=${one}` })
    await finish(api, tenant, await newTask(tenant, other))
    await finish(api, tenant, await newTask(tenant, one))
    await eventually('its events have come', () => reader.stored().length === 2)
    expect(new Set(reader.messages.map(({ data }) => data.sessionIdentifier))).toEqual(new Set([one]))
    const stranger = await api.tenant()
    await expect(follow({ query: `session=${one}` }, stranger.key)).rejects.toThrow('404')
    await expect(follow({ query: 'session=nothing' })).rejects.toThrow('404')
    const foreign = await follow({}, stranger.key)
    await finish(api, tenant, await newTask(tenant, one))
    await eventually('the owner hears of it', () => reader.stored().length === 4)
    expect(foreign.messages).toEqual([])
  })

  it('shows the token of a wake only to those who may write', async () => {
    const session = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } })
    const reading = await follow({}, await api.keyOf(tenant.id, ['read']))
    const writing = await follow()
    await finish(api, tenant, await newTask(tenant, session))
    await api.stores.wakes.openWakes()
    const token = async (reader: EventReader) =>
      (await eventually('the wake has come', () => reader.of('session.wake')[0])).data.data.completionToken
    expect(await token(writing)).toBeTypeOf('string')
    expect(await token(reading)).toBeUndefined()
    await expect(follow({}, await api.keyOf(tenant.id, ['write']))).rejects.toThrow('403')
  })

  it('leaves none out and repeats none while 200 tasks end, eight at a time, and readers come and go', async () => {
    const session = await newSession(tenant)
    const steady = await follow()
    const tasks = Array.from({ length: 200 }, () => ({ url: 'https://origin.example.com/' }))
    const { json } = await tenant.call('POST', `/v1/sessions/${session}/tasks/batch`, { tasks })
    const left: { id: string }[] = json.tasks
    const endSome = async () => {
      for (let task = left.pop(); task; task = left.pop()) await tenant.call('POST', `/v1/tasks/${task.id}/cancel`, {})
    }
    const ending = Promise.all(Array.from({ length: 8 }, endSome))
    const seen: string[] = []
    let lastEventId: string | null = Buffer.from('0').toString('base64url')
    while (seen.length < 200) {
      const reader: EventReader = await follow({ lastEventId })
      await eventually('it has read something', () => reader.stored().length > 0, { withinMs: 30_000 })
      await reader.close()
      seen.push(...idsOf(reader))
      lastEventId = reader.lastId()
    }
    await ending
    const all = (await feed()).map(({ id }) => id)
    expect(seen).toEqual(all)
    await eventually('the other has them too', () => steady.stored().length === 200)
    expect(idsOf(steady)).toEqual(all)
  })

  it('goes on without announcements, and when the connection for them was lost', async () => {
    const session = await newSession(tenant)
    const reader = await follow()
    const cut = () =>
      api.database.many(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen%'`,
      )
    for (let n = 1; n <= 3; n++) {
      await cut()
      await finish(api, tenant, await newTask(tenant, session))
      await eventually('its events have come', () => reader.stored().length === 2 * n)
    }
    expect(idsOf(reader)).toEqual((await feed()).map(({ id }) => id))
  })
})

describe('what is live', () => {
  it('tells of every state that clients can see, and of nothing that is hidden from them', async () => {
    const session = await newSession(tenant)
    const reader = await follow()
    const id = await newTask(tenant, session, { suspended: true })
    await tenant.call('POST', `/v1/tasks/${id}/resume`, {})
    const lease = await begin(id)
    await api.stores.transfers.giveBack(lease, 0)
    await finish(api, tenant, id)
    const states = ['suspended', 'waiting', 'running', 'waiting', 'running', 'completed']
    await eventually('all have come', () => reader.of('task.state').length >= states.length)
    expect(reader.of('task.state').map(({ data }) => data)).toMatchObject(
      states.map((state) => ({ taskId: id, sessionIdentifier: session, state })),
    )
    expect(reader.of('task.state').every((message) => message.id === null)).toBe(true)
    checkMessages(reader)
  })

  it('says why a task waits, as the task itself does', async () => {
    const reader = await follow()
    const id = await newTask(tenant, await newSession(tenant), { earliestBeginDate: '2031-01-01T00:00:00.000Z' })
    const note = await eventually('it is told of', () => reader.of('task.state')[0])
    const { waitingFor } = (await tenant.call('GET', `/v1/tasks/${id}`)).json
    expect(waitingFor).toMatchObject([{ reason: 'earliestBeginDate' }])
    expect(note.data).toMatchObject({ taskId: id, state: 'waiting', waitingFor })
    checkMessages(reader)
  })

  it('tells of a large batch in few announcements, and of a lost worker', async () => {
    const session = await newSession(tenant)
    const reader = await follow()
    let announcements = 0
    const forget = api.deps.announcer.on('note', () => (announcements += 1))
    const tasks = Array.from({ length: 1_000 }, () => ({ url: 'https://origin.example.com/' }))
    const { json } = await tenant.call('POST', `/v1/sessions/${session}/tasks/batch`, { tasks })
    await eventually('all have come', () => reader.of('task.state').length === 1_000)
    expect(announcements).toBeLessThan(10)
    forget()
    const { id } = json.tasks[0]
    await begin(id)
    await api.database.run("update task set lease_until = clock_timestamp() - interval '1 ms' where id = $1", [id])
    await api.stores.transfers.reap()
    const states = () => reader.of('task.state').flatMap(({ data }) => (data.taskId === id ? data.state : []))
    await eventually('it waits again', () => states().length === 3)
    expect(states()).toEqual(['waiting', 'running', 'waiting'])
  })

  it('shows progress at most twice a second for each task, and where a transfer goes on', async () => {
    const session = await newSession(tenant)
    const [one, other] = [await newTask(tenant, session), await newTask(tenant, session)]
    const reader = await follow()
    const leases = [await begin(one), await begin(other)]
    const startedAt = Date.now()
    await api.stores.transfers.noteResumed(leases[0]!, { offset: 50, expectedTotalBytes: 1_000 })
    for (let n = 1; n <= 50; n++)
      for (const lease of leases)
        await api.stores.transfers.renewLease(lease, {
          bytesReceived: 10 * n,
          bytesExpected: 1_000,
          bytesPerSecond: 100,
        })
    const tookMs = Date.now() - startedAt
    await api.stores.transfers.giveBack(leases[1]!, 0)
    await eventually('all is heard', () => reader.of('task.state').at(-1)?.data.state === 'waiting')
    expect(reader.of('task.resumed_at_offset').map(({ data }) => data)).toEqual([
      { taskId: one, sessionIdentifier: session, offset: 50, expectedTotalBytes: 1_000 },
    ])
    for (const id of [one, other]) {
      const shown = reader.of('task.progress').filter(({ data }) => data.taskId === id)
      expect(shown[0]!.data.progress).toEqual({
        countOfBytesReceived: 10,
        countOfBytesExpectedToReceive: 1_000,
        fractionCompleted: 0.01,
        bytesPerSecond: 100,
        estimatedSecondsRemaining: 9.9,
      })
      // The process hears of them a little later than they were made, not necessarily as far apart.
      expect(shown.length).toBeLessThanOrEqual(1 + Math.ceil((tookMs + 1_000) / 500))
      expect(shown.length).toBeLessThan(50)
    }
    checkMessages(reader)
  })

  it('is announced only while somebody reads', async () => {
    const quiet = await api.tenant()
    const heard: string[] = []
    const forget = [
      api.deps.announcer.on('note', ({ notice }) => heard.push(notice.tenantId)),
      api.deps.announcer.on('events', ({ tenantId }) => heard.push(tenantId)),
    ]
    await finish(api, quiet, await newTask(quiet, await newSession(quiet)))
    const reader = await follow()
    await finish(api, tenant, await newTask(tenant, await newSession(tenant)))
    await eventually('the other has come', () => reader.stored().length === 2)
    expect(heard.length).toBeGreaterThan(3)
    expect(heard.filter((tenantId) => tenantId === quiet.id)).toEqual([])
    for (const stop of forget) stop()
  })
})

describe('places', () => {
  it('are limited for each tenant, and free again when a reader goes away', async () => {
    const open = await Promise.all(Array.from({ length: 16 }, () => follow()))
    const refused = await tenant.call('GET', '/v1/events/stream')
    const violated = [{ name: 'maximumStreams', maximum: 16, used: 16 }]
    expect(refused).toMatchObject({ status: 429, json: { code: 'quota_exceeded', violated } })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    await follow({}, (await api.tenant()).key)
    await open[0]!.close()
    await eventually('there is a place', () => follow())
  })

  it('are not taken by what is refused', async () => {
    for (let n = 0; n < 20; n++) await expect(follow({ query: 'session=nothing' })).rejects.toThrow('404')
    await follow()
  })

  it('cost the database one statement for all of them while nothing happens', async () => {
    const tenants = await Promise.all(Array.from({ length: 5 }, () => api.tenant()))
    const opened = await Promise.all(tenants.flatMap(({ key }) => Array.from({ length: 12 }, () => follow({}, key))))
    for (const reader of opened) await eventually('it is connected', () => reader.lastId() !== null)
    const { holdStreams, readFeed } = api.stores.events
    const looks: (readonly string[])[] = []
    let reads = 0
    Object.assign(api.stores.events, {
      holdStreams: (ids: readonly string[]) => {
        looks.push(ids)
        return holdStreams(ids)
      },
      readFeed: (...query: Parameters<typeof readFeed>) => {
        reads += 1
        return readFeed(...query)
      },
    })
    await eventually('it was looked twice', () => looks.length >= 2, { withinMs: 30_000 })
    Object.assign(api.stores.events, { holdStreams, readFeed })
    for (const ids of looks) expect(ids).toEqual(expect.arrayContaining(tenants.map(({ id }) => id)))
    expect(reads).toBe(0)
  })

  it('are lost with the key', async () => {
    const key = await api.keyOf(tenant.id, ['read'])
    const [lost, kept] = [await follow({}, key), await follow()]
    await api.database.run('update api_key set revoked_at = clock_timestamp() where hash = $1', [
      api.deps.mint.hash(key),
    ])
    expect(await lost.ended).toBe('whole')
    await finish(api, tenant, await newTask(tenant, await newSession(tenant)))
    await eventually('the other goes on', () => kept.stored().length === 2)
  })
})
