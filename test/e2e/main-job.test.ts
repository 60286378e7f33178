import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'

let dataDir: string
let service: Service
let origin: Origin
let receiver: Receiver
let client: Client

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-e2e-'))
  ;[service, origin, receiver] = await Promise.all([
    startStandalone(dataDir, { WAKE_DELAY_BASE_SECONDS: '2' }),
    startOrigin(),
    startReceiver(),
  ])
  client = (await newTenant(service.url)).client
})

afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), origin?.close(), receiver?.close()])
  await rm(dataDir, { recursive: true, force: true })
})

interface Put {
  secret?: string
  delegate?: { secret?: string }
  endpoint?: { secret?: string }
}

let sessions = 0
async function newSession(configuration: Record<string, unknown> = {}): Promise<{ name: string; put: Put }> {
  const name = `session-${++sessions}`
  const put = await client.ok<Put>('PUT', `/v1/sessions/${name}`, {
    configuration: { delegate: { kind: 'pull' }, ...configuration },
  })
  return { name, put }
}

async function newTask(session: string, body: Record<string, unknown>): Promise<TaskView> {
  return client.ok<TaskView>('POST', `/v1/sessions/${session}/tasks`, body)
}

test('a batch is fetched, one signed wake tells of it in order, and every file comes back byte for byte', async () => {
  const paths = {
    small: origin.serve('/small', { bytes: 10_240 }),
    empty: origin.serve('/empty', { bytes: 0 }),
    large: origin.serve('/large', { bytes: 24 * 1024 * 1024 + 17 }),
    chunked: origin.serve('/chunked', { bytes: 6 * 1024 * 1024, chunked: true }),
    moved: origin.serve('/moved', {
      bytes: 0,
      respond: (_, response) => void response.writeHead(302, { location: '/small' }).end(),
    }),
    missing: `${origin.url}/missing?token=secret`,
  }
  const { secret } = await client.ok<{ id: string; secret: string }>('POST', '/v1/webhook-endpoints', {
    url: receiver.url,
  })
  const { name } = await newSession({ delegate: { url: receiver.url } })
  const { tasks } = await client.ok<{ tasks: TaskView[] }>('POST', `/v1/sessions/${name}/tasks/batch`, {
    tasks: Object.entries(paths).map(([taskDescription, url]) => ({ url, taskDescription })),
  })
  await eventually('the wake is finished', () => receiver.types().includes('session.events_finished'), {
    withinMs: 30_000,
  })

  receiver.verifyAll(secret)
  const types = receiver.types()
  expect(types[0]).toBe('session.wake')
  expect(types.at(-1)).toBe('session.events_finished')
  expect(types.filter((type) => type === 'task.finished_downloading')).toHaveLength(5)
  expect(types.filter((type) => type === 'task.completed')).toHaveLength(6)
  const taskEvents = receiver.posts.slice(1, -1).map(({ event }) => event)
  expect(taskEvents.map(({ sequence }) => sequence)).toEqual(
    taskEvents.map(({ sequence }) => sequence).toSorted((a, b) => a - b),
  )
  for (const task of tasks) {
    const own = taskEvents.filter(({ data }) => data.task?.id === task.id).map(({ type }) => type)
    const failed = task.taskDescription === 'missing'
    expect(own).toEqual(failed ? ['task.completed'] : ['task.finished_downloading', 'task.completed'])
  }
  expect(receiver.posts.map(({ body }) => body).join()).not.toContain('token=secret')

  for (const [kind, url] of Object.entries(paths)) {
    const { id } = tasks.find(({ taskDescription }) => taskDescription === kind)!
    const task = await client.task(id)
    if (kind === 'missing') {
      expect(task).toMatchObject({ state: 'failed', error: { code: -1100, retriable: false }, file: null })
      continue
    }
    const path = kind === 'moved' ? '/small' : new URL(url).pathname
    const file = await client.file(id)
    expect(Buffer.from(await file.arrayBuffer()).equals(origin.content(path))).toBe(true)
    expect(task).toMatchObject({ state: 'completed', error: null, attempts: 1, file: { state: 'temporary' } })
  }
  const wake = await eventually('the wake is completed', async () => {
    const { data } = await client.ok<{ data: { state: string; delayAfterSeconds: number }[] }>(
      'GET',
      `/v1/wakes?session=${name}`,
    )
    return data[0]?.state === 'completed' && data[0]
  })
  expect(wake.delayAfterSeconds).toBe(2)
})

test('a task created soon after a wake waits for the limiter, says so, and never begins early', async () => {
  const { name } = await newSession({ delegate: { url: receiver.url } })
  const url = origin.serve('/gated', { bytes: 100 })
  const seen = receiver.posts.length
  const first = await newTask(name, { url })
  await client.ended(first.id)
  await eventually('the second wake is finished', () =>
    receiver.types().slice(seen).includes('session.events_finished'),
  )
  const gated = await newTask(name, { url })
  expect(gated).toMatchObject({ state: 'waiting', waitingFor: [{ reason: 'wakeLimiter' }] })
  const until = gated.waitingFor[0]!.until!
  const ended = await client.ended(gated.id)
  expect(ended.state).toBe('completed')
  expect(Date.parse(ended.beganAt!)).toBeGreaterThanOrEqual(Date.parse(until))
})

test('earliestBeginDate is kept: the task waits for it, says so, and never begins before it', async () => {
  // A tenant of its own: the wakes of the tests before have raised the limiter of theirs.
  const { client } = await newTenant(service.url)
  await client.ok('PUT', '/v1/sessions/later', { configuration: { delegate: { kind: 'pull' } } })
  const url = origin.serve('/later', { bytes: 10 })
  const earliestBeginDate = new Date(Date.now() + 2_500).toISOString()
  const task = await client.ok<TaskView>('POST', '/v1/sessions/later/tasks', { url, earliestBeginDate })
  expect(task.waitingFor.map(({ reason }) => reason)).toContain('earliestBeginDate')
  const { beganAt } = await client.ended(task.id)
  expect(Date.parse(beganAt!)).toBeGreaterThanOrEqual(Date.parse(earliestBeginDate))
})

test('a running transfer is suspended, keeps its parts, and goes on from them when it is resumed', async () => {
  const { name } = await newSession()
  const bytes = 16 * 1024 * 1024
  const url = origin.serve('/suspended', { bytes, bytesPerSecond: 8 * 1024 * 1024 })
  const { id } = await newTask(name, { url })
  // A worker takes more than a part of 5 MiB only when that is stored.
  await eventually('a part is stored', async () => {
    return (await client.task(id)).progress.countOfBytesReceived > 6 * 1024 * 1024
  })
  expect((await client.ok<TaskView>('POST', `/v1/tasks/${id}/suspend`)).state).toBe('suspended')
  const atRest = await eventually(
    'the origin notices within a second',
    async () => {
      const before = origin.bytesSent('/suspended')
      await new Promise((resolve) => setTimeout(resolve, 200))
      return origin.bytesSent('/suspended') === before && before
    },
    { withinMs: 2_000 },
  )
  expect(atRest).toBeLessThan(bytes)
  await client.ok('POST', `/v1/tasks/${id}/resume`)
  const task = await client.ended(id)
  expect(task).toMatchObject({ state: 'completed', file: { bytes } })
  expect(task.metrics.transactions.at(-1)?.resumedFrom).toBeGreaterThan(0)
  expect(origin.bytesSent('/suspended')).toBeLessThan(bytes * 1.5)
  const file = Buffer.from(await (await client.file(id)).arrayBuffer())
  expect(file.equals(origin.content('/suspended'))).toBe(true)
})

test('a canceled transfer stops, and its events say so', async () => {
  const { name } = await newSession()
  const url = origin.serve('/canceled', { bytes: 64 * 1024 * 1024, bytesPerSecond: 1024 * 1024 })
  const { id } = await newTask(name, { url })
  await eventually('it runs', async () => (await client.task(id)).state === 'running')
  const { task } = await client.ok<{ task: TaskView; resumeData: null }>('POST', `/v1/tasks/${id}/cancel`)
  expect(task.state).toBe('canceled')
  const { data } = await client.ok<{ data: { type: string; data: { task: TaskView } }[] }>(
    'GET',
    `/v1/events?session=${name}`,
  )
  expect(data.map(({ type }) => type)).toEqual(['task.completed'])
  expect(data[0]?.data.task).toMatchObject({ id, state: 'canceled', error: { name: 'cancelled', code: -999 } })
})

test('checksums that were asked for are computed, and a wrong one fails the task after one clean restart', async () => {
  const { name } = await newSession()
  const url = origin.serve('/digest', { bytes: 12 * 1024 * 1024 })
  const content = origin.content('/digest')
  const sha256 = createHash('sha256').update(content).digest('hex')
  const md5 = createHash('md5').update(content).digest('hex')
  const good = await newTask(name, { url, expected: { bytes: content.length, sha256, md5 } })
  expect((await client.ended(good.id)).file?.checksums).toMatchObject({ sha256, md5 })
  const asked = origin.requests.filter(({ path }) => path === '/digest').length
  const bad = await newTask(name, { url, expected: { sha256: '0'.repeat(64) } })
  expect(await client.ended(bad.id)).toMatchObject({
    state: 'failed',
    attempts: 2,
    error: { name: 'checksum_mismatch' },
    file: null,
  })
  expect(origin.requests.filter(({ path }) => path === '/digest').length - asked).toBe(2)
})

test('limits are kept: maximumBytes, expected size and media type', async () => {
  const { name } = await newSession()
  const known = origin.serve('/limit', { bytes: 5_000, headers: { 'content-type': 'text/html' } })
  const unknown = origin.serve('/limit-chunked', { bytes: 5_000, chunked: true })
  const tasks = await Promise.all([
    newTask(name, { url: known, maximumBytes: 4_999 }),
    newTask(name, { url: unknown, maximumBytes: 4_999 }),
    newTask(name, { url: known, expected: { mimeTypes: ['application/pdf'] } }),
    newTask(name, { url: known, maximumBytes: 5_000, expected: { bytes: 5_000, mimeTypes: ['TEXT/HTML'] } }),
  ])
  const ended = await Promise.all(tasks.map(({ id }) => client.ended(id)))
  expect(ended.map(({ error }) => error?.name ?? null)).toEqual([
    'dataLengthExceedsMaximum',
    'dataLengthExceedsMaximum',
    'mime_type_mismatch',
    null,
  ])
})

test('Retry-After is honoured, and a task says that it waits for its next attempt', async () => {
  const { name } = await newSession()
  let asked: number[] = []
  const url = origin.serve('/busy', {
    bytes: 10,
    respond: (_, response) => {
      asked.push(Date.now())
      if (asked.length === 1) response.writeHead(503, { 'retry-after': '2' }).end()
      else response.writeHead(200, { 'content-length': '2' }).end('ok')
    },
  })
  const { id } = await newTask(name, { url })
  const waiting = await eventually('it waits', async () => {
    const task = await client.task(id)
    return task.attempts === 1 && task
  })
  // A host that asked for a pause gets no requests of any task, so this one waits for the host too.
  expect(waiting).toMatchObject({
    state: 'waiting',
    waitingFor: [{ reason: 'hostBackoff' }, { reason: 'retryBackoff' }],
  })
  expect(await client.ended(id)).toMatchObject({ state: 'completed', attempts: 2 })
  expect(asked[1]! - asked[0]!).toBeGreaterThanOrEqual(2_000)
  asked = []
})
