import { beforeEach, describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)
let session: string
beforeEach(async () => {
  session = await newSession(tenant)
})

const create = (body: unknown) => tenant.call('POST', `/v1/sessions/${session}/tasks`, body)
const stored = async () => (await tenant.call('GET', '/v1/tasks')).json.data.length
const url = 'https://origin.example.com/a'

describe('creating a task', () => {
  it('answers 201 with everything that was said, headers masked', async () => {
    const given = {
      request: { url: 'https://origin.example.com/a?signature=x', headers: { Authorization: 'hidden-value' } },
      earliestBeginDate: '2031-01-01T00:00:00.000Z',
      countOfBytesClientExpectsToSend: 200,
      countOfBytesClientExpectsToReceive: 512_000,
      priority: 0.75,
      taskDescription: 'a description',
      metadata: { orderId: '42' },
      isDiscretionary: true,
      maximumBytes: 10_000_000,
      expected: { bytes: 1, sha256: 'A'.repeat(64), md5: 'b'.repeat(32), crc32: 'AAAAAA==', mimeTypes: ['text/plain'] },
    }
    const { status, json, text } = await create(given)
    expect(status).toBe(201)
    expect(json).toMatchObject({
      taskIdentifier: 1,
      sessionIdentifier: session,
      state: 'waiting',
      originalRequest: { url: given.request.url, headers: { Authorization: '•••' } },
      earliestBeginDate: given.earliestBeginDate,
      priority: 0.75,
      metadata: given.metadata,
      taskDescription: given.taskDescription,
      waitingFor: [{ reason: 'earliestBeginDate', until: given.earliestBeginDate }],
      plannedStart: given.earliestBeginDate,
      progress: { countOfBytesReceived: 0 },
    })
    expect(text).not.toContain('hidden-value')
    expect((await tenant.call('GET', `/v1/tasks/${json.id}`)).json).toEqual({ ...json, waitingFor: json.waitingFor })
  })

  it('lets a task begin at once whose begin date has passed', async () => {
    const earliestBeginDate = '2020-01-01T00:00:00.000Z'
    const { json } = await create({ url, earliestBeginDate })
    expect(json).toMatchObject({
      earliestBeginDate,
      waitingFor: [{ reason: 'capacity' }],
      plannedStart: json.createdAt,
    })
  })

  it('can leave it suspended', async () => {
    expect((await create({ url, suspended: true })).json).toMatchObject({ state: 'suspended', resumedAt: null })
  })

  it('takes exactly one of url, request and resumeData', async () => {
    for (const body of [
      {},
      { url, request: { url } },
      { url, resumeData: 'x' },
      { request: { url }, resumeData: 'x' },
    ]) {
      const { status, json } = await create(body)
      expect(status).toBe(400)
      expect(json.errors[0]).toMatchObject({ pointer: '', code: 'oneOf' })
    }
  })

  it.each([
    [{ url: 'ftp://example.com/' }, 'unsupported_url', '/url'],
    [{ url: 'https://example.com/ä b' }, 'unsupported_url', '/url'],
    [{ request: { url: 'http://169.254.169.254/' } }, 'destination_denied', '/request/url'],
    [{ url: 'http://[3ffe::1]/' }, 'destination_denied', '/url'],
    [{ url: 'http://facebookcorewwwi.onion/' }, 'destination_denied', '/url'],
    [{ url: 'http://example.com:6379/' }, 'destination_denied', '/url'],
    [{ url: 'http://example.com:22/' }, 'unsupported_url', '/url'],
    [{ url: 'https://-a.example.com/' }, 'unsupported_url', '/url'],
    [{ request: { url, headers: { 'If-None-Match': '*' } } }, 'forbidden_header', '/request/headers/If-None-Match'],
    [{ request: { url, headers: { Host: 'x' } } }, 'forbidden_header', '/request/headers/Host'],
    [{ request: { url, headers: { 'X-A': 'a\r\nb' } } }, 'forbidden_header', '/request/headers/X-A'],
    [{ url, earliestBeginDate: '2400-01-01T00:00:00Z' }, 'invalid_request', '/earliestBeginDate'],
    [{ url, earliestBeginDate: '9999-12-31T23:59:59.999Z' }, 'invalid_request', '/earliestBeginDate'],
    [{ url, earliestBeginDate: '1969-01-01T00:00:00Z' }, 'invalid_request', '/earliestBeginDate'],
    [{ url, earliestBeginDate: '2026-12-31T23:59:60Z' }, 'invalid_request', '/earliestBeginDate'],
    [{ url, earliestBeginDate: 'tomorrow' }, 'invalid_request', '/earliestBeginDate'],
    [{ url, expected: { crc32: 'AAAAAAA=' } }, 'invalid_request', '/expected/crc32'],
    [{ url, expected: { sha256: 'a'.repeat(63) } }, 'invalid_request', '/expected/sha256'],
    [{ url, metadata: { ['k'.repeat(41)]: 'v' } }, 'invalid_request', `/metadata/${'k'.repeat(41)}`],
    [{ url, metadata: { k: 'v'.repeat(257) } }, 'invalid_request', '/metadata/k'],
    [
      { url, metadata: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [n, 'v'])) },
      'invalid_request',
      '/metadata',
    ],
    [
      { url, metadata: Object.fromEntries(Array.from({ length: 16 }, (_, n) => [n, '€'.repeat(256)])) },
      'invalid_request',
      '/metadata',
    ],
    [{ url, metadata: { k: 1 } }, 'invalid_request', '/metadata/k'],
    [{ url, priority: 1.1 }, 'invalid_request', '/priority'],
    [{ url, priority: '1' }, 'invalid_request', '/priority'],
    [{ url, maximumBytes: 2 ** 53 }, 'invalid_request', '/maximumBytes'],
    [{ url, maximumBytes: 1.5 }, 'invalid_request', '/maximumBytes'],
    [{ url, taskDescription: 'x'.repeat(1025) }, 'invalid_request', '/taskDescription'],
    [{ url, taskDescription: null }, 'invalid_request', '/taskDescription'],
  ])('refuses %j: %s at %s', async (body, code, pointer) => {
    const { status, json } = await create(body)
    expect(status).toBe(code === 'invalid_request' ? 400 : 422)
    expect(json.code).toBe(code)
    expect(json.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer)
    expect(await stored()).toBe(0)
  })

  it('knows no session of another name', async () => {
    expect((await tenant.call('POST', '/v1/sessions/nobody/tasks', { url })).json.code).toBe('not_found')
  })
})

describe('creating a batch', () => {
  const batch = (tasks: unknown) => tenant.call('POST', `/v1/sessions/${session}/tasks/batch`, { tasks })

  it('creates a thousand tasks, in their order', async () => {
    const { status, json } = await batch(Array.from({ length: 1000 }, (_, n) => ({ url: `${url}?n=${n}` })))
    expect(status).toBe(201)
    expect(json.advice).toEqual([])
    expect(json.tasks.map((task: { taskIdentifier: number }) => task.taskIdentifier)).toEqual(
      Array.from({ length: 1000 }, (_, n) => n + 1),
    )
    expect(json.tasks[999].originalRequest.url).toBe(`${url}?n=999`)
  })

  it('lists every error of every task, of schema and rules alike, and creates nothing', async () => {
    const { status, json } = await batch([
      { url },
      { url: 'ftp://example.com/' },
      { url, priority: 'high', colour: 'red' },
      { request: { url: 'https://10.0.0.1/', headers: { Host: 'a', TE: 'b' } } },
      7,
      {},
    ])
    expect(status).toBe(400)
    expect(json.code).toBe('invalid_request')
    const errors = json.errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`)
    expect(errors.toSorted()).toEqual([
      '/tasks/1/url unsupported_url',
      '/tasks/2/colour additionalProperties',
      '/tasks/2/priority type',
      '/tasks/3/request/headers/Host forbidden_header',
      '/tasks/3/request/headers/TE forbidden_header',
      '/tasks/3/request/url destination_denied',
      '/tasks/4 type',
      '/tasks/5 oneOf',
    ])
    expect(await stored()).toBe(0)
  })

  it.each([
    ['the schema', { url, priority: 'high' }, 400, 'invalid_request'],
    ['the rules', { url: 'ftp://a.example/' }, 422, 'unsupported_url'],
  ])('lists the first hundred errors that %s finds, and says that there are more', async (_who, task, status, code) => {
    const tasks = Array.from({ length: 100 }, () => task)
    const hundred = await batch(tasks)
    expect(hundred.json).toMatchObject({ status, code, detail: '100 errors; nothing was created' })
    const { json } = await batch([...tasks, ...tasks])
    expect(json).toMatchObject({ status, code })
    expect(json.detail).toMatch(/^more than 100 errors, of which the first 100 are listed/)
    expect(json.errors).toEqual(hundred.json.errors)
    expect(await stored()).toBe(0)
  })

  it('answers with the code that all errors share', async () => {
    const { status, json } = await batch([{ url: 'ftp://a.example/' }, { url }, { url: 'gopher://a.example/' }])
    expect(status).toBe(422)
    expect(json.code).toBe('unsupported_url')
    expect(json.errors).toHaveLength(2)
  })

  it.each([
    ['1,001 tasks', Array.from({ length: 1001 }, () => ({ url })), '/tasks'],
    ['40,000 wrong tasks', Array.from({ length: 40_000 }, () => ({ a: 1 })), '/tasks'],
    ['no task', [], '/tasks'],
    ['something else', 'tasks', '/tasks'],
    ['nothing', undefined, '/tasks'],
  ])('refuses %s', async (_what, tasks, pointer) => {
    const { status, json } = await batch(tasks)
    expect(status).toBe(400)
    expect(json.errors[0].pointer).toBe(pointer)
    expect(await stored()).toBe(0)
  })

  it('refuses unknown fields beside the tasks', async () => {
    const { status, json } = await tenant.call('POST', `/v1/sessions/${session}/tasks/batch`, {
      tasks: [{ url }],
      more: 1,
    })
    expect(status).toBe(400)
    expect(json.errors[0].pointer).toBe('/more')
    expect(await stored()).toBe(0)
  })

  it('has room for big tasks, but not for more than 4 MiB', async () => {
    const big = { url: `${url}?${'x'.repeat(3000)}` }
    expect((await batch(Array.from({ length: 1000 }, () => big))).status).toBe(201)
    const bigger = { url: `${url}?${'x'.repeat(5000)}` }
    expect((await batch(Array.from({ length: 1000 }, () => bigger))).status).toBe(413)
  })
})

describe('listing tasks', () => {
  it('lists by session, state and host, page by page', async () => {
    const other = await newSession(tenant)
    for (let n = 0; n < 5; n++) await newTask(tenant, session, n % 2 ? { suspended: true } : {})
    const elsewhere = await newTask(tenant, other, { url: 'https://Other.example.com:8443/' })
    const ids = async (query: string) =>
      (await tenant.call('GET', query)).json.data.map(
        ({ taskIdentifier }: { taskIdentifier: number }) => taskIdentifier,
      )
    expect(await ids(`/v1/sessions/${session}/tasks`)).toEqual([1, 2, 3, 4, 5])
    expect(await ids(`/v1/sessions/${session}/tasks?state=suspended`)).toEqual([2, 4])
    expect(await ids('/v1/tasks?state=waiting')).toEqual([1, 3, 5, 1])
    const byHost = await tenant.call('GET', '/v1/tasks?host=OTHER.example.com:8443')
    expect(byHost.json.data.map(({ id }: { id: string }) => id)).toEqual([elsewhere])
    expect(await ids('/v1/tasks?host=other.example.com')).toEqual([1])
    expect(await ids('/v1/tasks?host=other.example.com:443')).toEqual([])
    expect(await ids('/v1/tasks?host=ther.example.com')).toEqual([])
    expect(await ids('/v1/tasks?host=other.example')).toEqual([])
    const first = await tenant.call('GET', `/v1/sessions/${session}/tasks?limit=2`)
    const second = await ids(`/v1/sessions/${session}/tasks?limit=2&cursor=${first.json.nextCursor}`)
    expect(second).toEqual([3, 4])
    const last = await tenant.call('GET', `/v1/sessions/${session}/tasks?limit=2&order=newestFirst`)
    const next = await ids(`/v1/sessions/${session}/tasks?limit=2&order=newestFirst&cursor=${last.json.nextCursor}`)
    expect(next).toEqual([3, 2])
    expect(await ids('/v1/tasks?state=waiting&order=newestFirst')).toEqual([1, 5, 3, 1])
    expect((await tenant.call('GET', '/v1/tasks?order=random')).status).toBe(400)
    const inSession = `/v1/tasks?session=${session}&order=newestFirst`
    const newest = await tenant.call('GET', `${inSession}&limit=2`)
    const older = await ids(`${inSession}&limit=2&cursor=${newest.json.nextCursor}`)
    expect(older).toEqual([3, 2])
    expect(await ids(`${inSession}&state=suspended`)).toEqual([4, 2])
    expect(await ids(`${inSession}&host=other.example.com`)).toEqual([])
  })

  it('says 404 for a session that is not there, and an empty page for one without tasks', async () => {
    expect((await tenant.call('GET', '/v1/sessions/nobody/tasks')).status).toBe(404)
    expect((await tenant.call('GET', '/v1/tasks?session=nobody')).status).toBe(404)
    expect((await tenant.call('GET', `/v1/sessions/${session}/tasks`)).json).toEqual({ data: [], nextCursor: null })
  })

  it('counts by state', async () => {
    await newTask(tenant, session)
    await newTask(tenant, session, { suspended: true })
    expect((await tenant.call('GET', '/v1/tasks/summary')).json.taskCounts).toMatchObject({ waiting: 1, suspended: 1 })
  })

  it.each([
    ['limit=0', '/query/limit'],
    ['limit=201', '/query/limit'],
    ['limit=1.5', '/query/limit'],
    ['limit=ten', '/query/limit'],
    ['limit=1&limit=2', '/query/limit'],
    ['limit=', '/query/limit'],
    ['state=done', '/query/state'],
    ['host=', '/query/host'],
    ['cursor=!!', '/query/cursor'],
    ['colour=red', '/query/colour'],
    ['host=a%00b', '/query/host'],
  ])('refuses ?%s', async (query, pointer) => {
    const { status, json } = await tenant.call('GET', `/v1/tasks?${query}`)
    expect(status).toBe(400)
    expect(json.errors[0].pointer).toBe(pointer)
  })
})

describe('interrupting a task', () => {
  const interrupt = (id: string, verb: string, body?: unknown) => tenant.call('POST', `/v1/tasks/${id}/${verb}`, body)

  it('suspends and resumes, and repeating is harmless', async () => {
    const id = await newTask(tenant, session)
    for (const verb of ['suspend', 'suspend']) expect((await interrupt(id, verb)).json.state).toBe('suspended')
    for (const verb of ['resume', 'resume']) expect((await interrupt(id, verb, {})).json.state).toBe('waiting')
  })

  it('cancels for good: repeating is harmless, anything else too late', async () => {
    const id = await newTask(tenant, session)
    for (let n = 0; n < 2; n++) {
      const { status, json } = await interrupt(id, 'cancel')
      expect(status).toBe(200)
      expect(json).toMatchObject({ task: { id, state: 'canceled' }, resumeData: null })
    }
    for (const verb of ['suspend', 'resume']) expect((await interrupt(id, verb)).json.code).toBe('task_already_ended')
  })

  it('comes too late for a completed task', async () => {
    const id = await newTask(tenant, session)
    await finish(api, tenant, id)
    for (const verb of ['suspend', 'resume', 'cancel']) {
      expect((await interrupt(id, verb)).json).toMatchObject({ status: 409, code: 'task_already_ended' })
    }
  })
})

describe('waiting for a task', () => {
  it('answers at once when it has ended', async () => {
    const id = await newTask(tenant, session)
    await interruptAndExpect(id)
    const began = Date.now()
    expect((await tenant.call('GET', `/v1/tasks/${id}?wait=60`)).json.state).toBe('canceled')
    expect(Date.now() - began).toBeLessThan(30_000)
  })

  it('answers when it ends', async () => {
    const id = await newTask(tenant, session)
    const waiting = tenant.call('GET', `/v1/tasks/${id}?wait=60`)
    await finish(api, tenant, id)
    expect((await waiting).json).toMatchObject({ state: 'completed', file: { state: 'temporary', bytes: 9 } })
  })

  it('answers with the task as it is when the time is up', async () => {
    const id = await newTask(tenant, session)
    expect((await tenant.call('GET', `/v1/tasks/${id}?wait=0.2`)).json.state).toBe('waiting')
  })

  it.each(['61', '-1', 'x'])('refuses to wait for %s', async (wait) => {
    const id = await newTask(tenant, session)
    const { status, json } = await tenant.call('GET', `/v1/tasks/${id}?wait=${wait}`)
    expect(status).toBe(400)
    expect(json.errors[0].pointer).toBe('/query/wait')
  })

  const interruptAndExpect = async (id: string) =>
    expect((await tenant.call('POST', `/v1/tasks/${id}/cancel`)).status).toBe(200)
})
