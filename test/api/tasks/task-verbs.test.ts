import { beforeEach, describe, expect, it } from 'vitest'
import { finish, newSession, newTask, startParts, succeeded } from '#support/builders/api-fixtures.ts'
import { failure } from '#support/builders/store-builder.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)
let session: string
beforeEach(async () => {
  session = await newSession(tenant)
})

const url = 'https://origin.example.com/a'
const create = (body: unknown) => tenant.call('POST', `/v1/sessions/${session}/tasks`, body)
const post = (id: string, verb: string, body?: unknown) => tenant.call('POST', `/v1/tasks/${id}/${verb}`, body)
const patch = (id: string, body: unknown) => tenant.call('PATCH', `/v1/tasks/${id}`, body)
const stored = async () => (await tenant.call('GET', '/v1/tasks')).json.data.length

describe('canceling with resume data', () => {
  const request = { url: `${url}?signature=1`, headers: { Authorization: 'hidden-value' } }

  async function canceled(more: object = {}) {
    const id = await newTask(tenant, session, { url: undefined, request, maximumBytes: 1000, ...more })
    await startParts(api, id)
    const { json } = await post(id, 'cancel', { producingResumeData: true })
    return { id, resumeData: json.resumeData as string, json }
  }

  it('gives a token that creates a task with the same request from what was received', async () => {
    const { id, resumeData, json } = await canceled({ expected: { sha256: 'A'.repeat(64) }, priority: 1 })
    expect(json).toMatchObject({
      task: { id, state: 'canceled' },
      resumeData: expect.stringMatching(/^[\w-]+\.[\w-]+$/),
    })
    expect(json).not.toHaveProperty('resumeDataUnavailableReason')
    expect((await post(id, 'cancel', { producingResumeData: true })).json.resumeData).toBe(resumeData)
    const { status, json: task } = await create({ resumeData, taskDescription: 'again' })
    expect(status).toBe(201)
    expect(task).toMatchObject({
      originalRequest: { url: request.url, headers: { Authorization: '•••' } },
      maximumBytes: 1000,
      priority: 0.5,
      taskDescription: 'again',
      progress: { countOfBytesReceived: 6, countOfBytesExpectedToReceive: 9 },
    })
    const found = (await api.stores.tasks.findTask(tenant.id, task.id))!
    expect(found).toMatchObject({ request, expected: { sha256: 'a'.repeat(64) } })
    const again = await post(id, 'cancel', { producingResumeData: true })
    expect(again.json).toMatchObject({ resumeData: null, resumeDataUnavailableReason: 'taskAlreadyEnded' })
  })

  it('takes limits that are given anew instead', async () => {
    const { resumeData } = await canceled({ expected: { bytes: 9 } })
    const { json } = await create({ resumeData, maximumBytes: 2000, expected: { mimeTypes: ['text/plain'] } })
    expect(json.maximumBytes).toBe(2000)
    const { expected } = (await api.stores.tasks.findTask(tenant.id, json.id))!
    expect(expected).toEqual({ mimeTypes: ['text/plain'] })
  })

  it('says why there is none, but only when it was asked for', async () => {
    const waiting = await newTask(tenant, session)
    const { json } = await post(waiting, 'cancel', { producingResumeData: true })
    expect(json).toMatchObject({ resumeData: null, resumeDataUnavailableReason: 'nothingReceived' })
    const plain = await newTask(tenant, session)
    for (const body of [undefined, {}, { producingResumeData: false }]) {
      const response = await post(plain, 'cancel', body)
      expect(response.json.resumeData).toBeNull()
      expect(response.json).not.toHaveProperty('resumeDataUnavailableReason')
    }
    const done = await newTask(tenant, session)
    await finish(api, tenant, done)
    expect((await post(done, 'cancel', { producingResumeData: true })).json.code).toBe('task_already_ended')
  })

  it('refuses resume data that was altered, is not ours, was used or has expired, and creates nothing', async () => {
    const [used, expired, fresh] = [await canceled(), await canceled(), await canceled()]
    succeeded(await create({ resumeData: used.resumeData }))
    const before = await stored()
    const refused = async (resumeData: string, detail: string) => {
      const { status, json } = await create({ resumeData })
      expect(status).toBe(422)
      expect(json.code).toBe('invalid_resume_data')
      const fix = expect.stringContaining('url or request')
      expect(json.errors).toEqual([{ pointer: '/resumeData', code: 'invalid_resume_data', detail: json.detail, fix }])
      expect(json.detail).toContain(detail)
    }
    await refused(used.resumeData, 'already used')
    const other = fresh.resumeData.startsWith('A') ? 'B' : 'A'
    for (const wrong of ['', 'x', 'a.b', `${other}${fresh.resumeData.slice(1)}`, `${fresh.resumeData}x`])
      await refused(wrong, 'not ours')
    const stranger = await api.tenant()
    const theirs = await newSession(stranger)
    const response = await stranger.call('POST', `/v1/sessions/${theirs}/tasks`, { resumeData: fresh.resumeData })
    expect(response.json).toMatchObject({ code: 'invalid_resume_data', detail: expect.stringContaining('not ours') })
    // The three days pass for the row and for the token alike.
    await api.database.run("update task set resume_until = clock_timestamp() - interval '1 s' where id = $1", [
      expired.id,
    ])
    const late = (await post(expired.id, 'cancel', { producingResumeData: true })).json.resumeData
    await refused(late, 'expired')
    expect(await stored()).toBe(before)
    succeeded(await create({ resumeData: fresh.resumeData }))
  })

  it('works in a batch, where each error has its place and none is used up', async () => {
    const [one, two] = [await canceled(), await canceled()]
    const batch = (tasks: unknown) => tenant.call('POST', `/v1/sessions/${session}/tasks/batch`, { tasks })
    const twice = [{ resumeData: one.resumeData }, { url }, { resumeData: one.resumeData }]
    const refused = await batch(twice)
    expect(refused.json).toMatchObject({ code: 'invalid_resume_data', errors: [{ pointer: '/tasks/2/resumeData' }] })
    const { json } = await batch([{ resumeData: two.resumeData }, { url }, { resumeData: one.resumeData }])
    const received = json.tasks.map((task: { progress: object }) => task.progress)
    expect(received).toMatchObject([6, 0, 6].map((countOfBytesReceived) => ({ countOfBytesReceived })))
  })

  it('is used once, however often the creation is repeated with its key', async () => {
    const { resumeData } = await canceled()
    const path = `/v1/sessions/${session}/tasks`
    const send = () =>
      api.call('POST', path, { key: tenant.key, body: { resumeData }, headers: { 'idempotency-key': 'k' } })
    const first = await send()
    expect(first.status).toBe(201)
    const again = await send()
    expect(again.text).toBe(first.text)
    expect(again.headers['idempotency-replayed']).toBe('true')
  })
})

describe('changing a task', () => {
  const tooMuch = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [n, '€'.repeat(256)]))

  it('takes priority, description, metadata and a URL, each or all', async () => {
    const id = await newTask(tenant, session, { metadata: { a: '1' } })
    expect((await patch(id, { priority: 0 })).json).toMatchObject({ priority: 0, metadata: { a: '1' } })
    const all = { priority: 1, taskDescription: 'after', metadata: { b: '2' }, url: `${url}?signature=2` }
    const { status, json } = await patch(id, all)
    expect(status).toBe(200)
    const { url: renewed, ...rest } = all
    expect(json).toMatchObject({ ...rest, originalRequest: { url: renewed }, state: 'waiting' })
    expect((await tenant.call('GET', `/v1/tasks/${id}`)).json.originalRequest).toEqual(json.originalRequest)
  })

  it('takes the description away with null, and leaves it otherwise', async () => {
    const id = await newTask(tenant, session, { taskDescription: 'before' })
    expect((await patch(id, { priority: 1 })).json.taskDescription).toBe('before')
    const { status, json } = await patch(id, { taskDescription: null })
    expect([status, json.taskDescription, json.priority]).toEqual([200, null, 1])
  })

  it.each([
    [{}, 400, 'invalid_request', ''],
    [{ state: 'completed' }, 400, 'invalid_request', '/state'],
    [{ priority: 2 }, 400, 'invalid_request', '/priority'],
    [{ metadata: { k: 'v'.repeat(257) } }, 400, 'invalid_request', '/metadata/k'],
    [{ metadata: tooMuch }, 400, 'invalid_request', '/metadata'],
    [{ url: 'ftp://example.com/' }, 422, 'unsupported_url', '/url'],
    [{ url: 'http://169.254.169.254/latest' }, 422, 'destination_denied', '/url'],
    [{ url: 'https://user:word@example.com/' }, 422, 'unsupported_url', '/url'],
  ])('refuses %j: %i %s', async (body, status, code, pointer) => {
    const id = await newTask(tenant, session)
    const before = await tenant.call('GET', `/v1/tasks/${id}`)
    const response = await patch(id, body)
    expect(response).toMatchObject({ status, json: { code } })
    expect(response.json.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer)
    expect({ ...(await tenant.call('GET', `/v1/tasks/${id}`)).json, plannedStart: null }).toEqual({
      ...before.json,
      plannedStart: null,
    })
  })

  it('takes no URL for a task that has ended, but a description', async () => {
    const id = await newTask(tenant, session)
    await finish(api, tenant, id)
    expect((await patch(id, { url, taskDescription: 'a' })).json.code).toBe('task_already_ended')
    expect((await patch(id, { taskDescription: 'a' })).json).toMatchObject({ state: 'completed', taskDescription: 'a' })
  })
})

describe('retrying a task', () => {
  const request = { url, headers: { Authorization: 'hidden-value' } }
  const given = {
    request,
    countOfBytesClientExpectsToSend: 1,
    countOfBytesClientExpectsToReceive: 2,
    priority: 0.75,
    taskDescription: 'a description',
    metadata: { orderId: '42' },
    isDiscretionary: true,
    maximumBytes: 3,
    expected: { bytes: 3 },
    destinationKey: 'backups/data.tar.gz',
  }

  it('creates a new one with the same request and settings', async () => {
    const { json: old } = await create({ ...given, suspended: true })
    await post(old.id, 'cancel')
    const { status, json } = await post(old.id, 'retry')
    expect(status).toBe(201)
    expect(json.id).not.toBe(old.id)
    const { request: _, expected, ...shown } = given
    expect(json).toMatchObject({ ...shown, taskIdentifier: 2, state: 'waiting', sessionIdentifier: session })
    expect(await api.stores.tasks.findTask(tenant.id, json.id)).toMatchObject({ request, expected })
    expect((await tenant.call('GET', `/v1/tasks/${old.id}`)).json.state).toBe('canceled')
  })

  it('keeps to a begin date that is still to come, and forgets one that has passed', async () => {
    const earliestBeginDate = '2031-01-01T00:00:00.000Z'
    const later = await newTask(tenant, session, { earliestBeginDate })
    await post(later, 'cancel')
    expect((await post(later, 'retry')).json).toMatchObject({ earliestBeginDate, plannedStart: earliestBeginDate })
    const past = await newTask(tenant, session, { earliestBeginDate: '2020-01-01T00:00:00.000Z' })
    await post(past, 'cancel')
    expect((await post(past, 'retry')).json.earliestBeginDate).toBeNull()
  })

  it('is for tasks that failed or were canceled, in sessions that take tasks', async () => {
    const waiting = await newTask(tenant, session)
    expect((await post(waiting, 'retry')).json).toMatchObject({ status: 409, code: 'task_not_ended' })
    const done = await newTask(tenant, session)
    await finish(api, tenant, done)
    expect((await post(done, 'retry')).json).toMatchObject({ status: 409, code: 'task_already_completed' })
    await post(waiting, 'cancel')
    await api.database.run("update session set state = 'finishing' where identifier = $1", [session])
    expect((await post(waiting, 'retry')).json).toMatchObject({ status: 409, code: 'session_invalidated' })
    await api.database.run("update session set state = 'invalidated' where identifier = $1", [session])
    succeeded(await tenant.call('PUT', `/v1/sessions/${session}`, { configuration: { delegate: { kind: 'pull' } } }))
    // Another session has the identifier now: the task was never its own.
    expect((await post(waiting, 'retry')).json.code).toBe('session_invalidated')
  })

  it('creates one task for one Idempotency-Key, and another without', async () => {
    const id = await newTask(tenant, session)
    await post(id, 'cancel')
    const send = (key: string) =>
      api.call('POST', `/v1/tasks/${id}/retry`, { key: tenant.key, headers: { 'idempotency-key': key } })
    const [first, again, other] = [await send('a'), await send('a'), await send('b')]
    expect(again.text).toBe(first.text)
    expect(other.json.id).not.toBe(first.json.id)
  })

  it('goes on at another URL from what the failed one keeps, and shows where from', async () => {
    const { json: old } = await create({ request: { url: `${url}?signature=1`, headers: request.headers } })
    const lease = await startParts(api, old.id)
    const failed = {
      errorName: 'noPermissionsToReadFile',
      detail: 'the origin answered 403',
      retriable: false,
    } as const
    await api.stores.transfers.failAttempt(lease, failure(null, failed))
    const { error } = (await tenant.call('GET', `/v1/tasks/${old.id}`)).json
    expect(error).toMatchObject({ code: -1102, resumeData: expect.stringMatching(/^[\w-]+\.[\w-]+$/) })
    expect(error).not.toHaveProperty('resumeDataUnavailableReason')
    const fresh = `${url}?signature=2`
    const headers = { 'idempotency-key': 'a' }
    const send = () => api.call('POST', `/v1/tasks/${old.id}/retry`, { key: tenant.key, headers, body: { url: fresh } })
    const [first, again] = [await send(), await send()]
    expect(first.status).toBe(201)
    expect(again.text).toBe(first.text)
    expect(first.json).toMatchObject({ originalRequest: { url: fresh }, progress: { countOfBytesReceived: 6 } })
    expect((await api.stores.tasks.findTask(tenant.id, first.json.id))!.request.headers).toEqual(request.headers)
    expect((await tenant.call('GET', `/v1/tasks/${old.id}`)).json.error).toMatchObject({
      resumeData: null,
      resumeDataUnavailableReason: 'taskAlreadyEnded',
    })
    expect((await create({ resumeData: error.resumeData })).json.code).toBe('invalid_resume_data')
    expect((await post(old.id, 'retry')).json.progress.countOfBytesReceived).toBe(0)
  })

  it('sends headers to no other origin', async () => {
    const { json: old } = await create({ request })
    await post(old.id, 'cancel')
    const { json } = await post(old.id, 'retry', { url: 'https://elsewhere.example.com/a' })
    expect((await api.stores.tasks.findTask(tenant.id, json.id))!.request.headers).toEqual({})
  })

  it.each([
    [{ url: 'ftp://example.com/' }, 422, 'unsupported_url', '/url'],
    [{ url: 'http://169.254.169.254/latest' }, 422, 'destination_denied', '/url'],
    [{ url: 7 }, 400, 'invalid_request', '/url'],
    [{ uri: url }, 400, 'invalid_request', '/uri'],
  ])('refuses %j: %i %s', async (body, status, code, pointer) => {
    const id = await newTask(tenant, session)
    await post(id, 'cancel')
    const response = await post(id, 'retry', body)
    expect(response).toMatchObject({ status, json: { code, errors: [{ pointer }] } })
    expect(await stored()).toBe(1)
  })

  it('waits for the limiter like any new task', async () => {
    const id = await newTask(tenant, session)
    await post(id, 'cancel')
    await api.database.run(
      `update limiter set delay_seconds = 60, last_wake_at = clock_timestamp() where tenant_id = $1`,
      [tenant.id],
    )
    expect((await post(id, 'retry')).json).toMatchObject({ waitingFor: [{ reason: 'wakeLimiter' }] })
  })
})

describe('a destination key', () => {
  it('is shown, and taken for everybody else of the tenant', async () => {
    const destinationKey = 'backups/data.tar.gz'
    expect((await create({ url, destinationKey })).json).toMatchObject({ destinationKey, file: null })
    const { status, json } = await create({ url, destinationKey })
    expect(status).toBe(409)
    expect(json).toMatchObject({ code: 'file_key_taken', errors: [{ pointer: '/destinationKey' }] })
    const batch = { tasks: [{ url }, { url, destinationKey }] }
    const response = await tenant.call('POST', `/v1/sessions/${session}/tasks/batch`, batch)
    expect(response.json).toMatchObject({ code: 'file_key_taken', errors: [{ pointer: '/tasks/1/destinationKey' }] })
    expect(await stored()).toBe(1)
    const moved = await newTask(tenant, session)
    await finish(api, tenant, moved)
    expect((await post(moved, 'file/move', { key: destinationKey })).json.code).toBe('file_key_taken')
  })

  it.each(['/a', 'a/', 'a//b', '../a', 'a/../b', '.', 'a\\b', 'a\nb', 'x'.repeat(256)])(
    'cannot be %j',
    async (destinationKey) => {
      const { status, json } = await create({ url, destinationKey })
      expect(status).toBe(400)
      expect(json.errors[0].pointer).toBe('/destinationKey')
    },
  )
})

describe('filtering by metadata', () => {
  const list = async (query: string) => {
    const { json } = await tenant.call('GET', `/v1/tasks?${query}`)
    return json.data.map((task: { metadata: { n: string } }) => task.metadata.n)
  }

  it('finds the tasks that have all of what is asked for', async () => {
    const all = [
      { n: '1', team: 'a' },
      { n: '2', team: 'a', 'ünï key': 'x=&y' },
      { n: '3', team: 'b' },
    ]
    for (const metadata of all) await newTask(tenant, session, { metadata })
    await newTask(tenant, session)
    expect(await list('metadata[team]=a')).toEqual(['1', '2'])
    expect(await list('metadata%5Bteam%5D=a&metadata[n]=2')).toEqual(['2'])
    expect(await list(`metadata[${encodeURIComponent('ünï key')}]=${encodeURIComponent('x=&y')}`)).toEqual(['2'])
    expect(await list('metadata[team]=A')).toEqual([])
    expect(await list('metadata[team]=')).toEqual([])
    expect(await list('metadata[team]=a&state=canceled')).toEqual([])
    expect(await list('metadata[__proto__]=a')).toEqual([])
    const { nextCursor } = (await tenant.call('GET', '/v1/tasks?metadata[team]=a&limit=1')).json
    expect(await list(`metadata[team]=a&cursor=${nextCursor}`)).toEqual(['2'])
  })

  it.each([
    ['metadata=a', '/query/metadata'],
    ['metadata[]=a', '/query/metadata[]'],
    ['metadata[a][b]=c', '/query/metadata[a][b]'],
    ['metadata[a=b', '/query/metadata[a'],
    ['metadata[a]=1&metadata[a]=2', '/query/metadata/a'],
    ['metadata=x&metadata[a]=1', '/query/metadata'],
    [`metadata[${'k'.repeat(41)}]=v`, `/query/metadata/${'k'.repeat(41)}`],
    [`metadata[k]=${'v'.repeat(257)}`, '/query/metadata/k'],
    ['metadata[k]=a%00b', '/query/metadata/k'],
    [Array.from({ length: 21 }, (_, n) => `metadata[${n}]=v`).join('&'), '/query/metadata'],
  ])('refuses ?%s', async (query, pointer) => {
    const { status, json } = await tenant.call('GET', `/v1/tasks?${query}`)
    expect(status).toBe(400)
    expect(json.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer)
  })
})
