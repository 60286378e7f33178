import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { type Client, createClient } from '#support/client/client.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { startReceiver } from '#support/receivers/receiver.ts'

let dataDir: string
let service: Service
let origin: Origin

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-ends-'))
  ;[service, origin] = await Promise.all([startStandalone(dataDir), startOrigin()])
})

afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), origin?.close()])
  await rm(dataDir, { recursive: true, force: true })
})

interface SessionView {
  state: string
  secret?: string
  taskCounts: Record<string, number>
}

const put = (client: Client, name: string, configuration: object) =>
  client.call<SessionView>('PUT', `/v1/sessions/${name}`, { configuration })
const look = (client: Client, name: string) => client.ok<SessionView>('GET', `/v1/sessions/${name}`)
const invalidated = (client: Client, name: string) =>
  eventually('the session is invalidated', async () => (await look(client, name)).state === 'invalidated', {
    withinMs: 60_000,
  })
const newTask = (client: Client, session: string, body: object) =>
  client.ok<TaskView>('POST', `/v1/sessions/${session}/tasks`, body)

async function eventTypes(client: Client, session: string): Promise<string[]> {
  const types: string[] = []
  for (let after = ''; ; ) {
    const path = `/v1/events?session=${session}&limit=200${after && `&after=${after}`}`
    const page: { data: { type: string }[]; nextCursor: string } = await client.ok('GET', path)
    types.push(...page.data.map(({ type }) => type))
    if (page.data.length === 0) return types
    after = page.nextCursor
  }
}

test('a finishing session tells its endpoint everything, session.invalidated last, and its name is free again', async () => {
  const { client } = await newTenant(service.url)
  const receiver = await startReceiver()
  try {
    const delegate = { url: receiver.url }
    const { body } = await put(client, 'mirror', { delegate })
    const url = origin.serve('/mirrored', { bytes: 4096, bytesPerSecond: 4096 })
    await newTask(client, 'mirror', { url })
    await newTask(client, 'mirror', { url: `${origin.url}/missing` })
    const finishing = await client.call<SessionView>('POST', '/v1/sessions/mirror/finish-and-invalidate')
    expect(finishing).toMatchObject({ status: 202, body: { state: 'finishing' } })
    expect((await client.call('POST', '/v1/sessions/mirror/tasks', { url })).status).toBe(409)
    await invalidated(client, 'mirror')
    await eventually('it is told of', () => receiver.types().includes('session.invalidated'))
    const types = receiver.types()
    expect(types[0]).toBe('session.wake')
    expect(types.slice(-2)).toEqual(['session.events_finished', 'session.invalidated'])
    expect(types.filter((type) => type === 'task.completed')).toHaveLength(2)
    expect(new Set(receiver.posts.map(({ event }) => event.data.wakeId)).size).toBe(1)
    const sequences = receiver.posts.map(({ event }) => event.sequence)
    expect(Math.max(...sequences)).toBe(sequences.at(-1))
    receiver.verifyAll(body.secret!)

    expect(await put(client, 'mirror', { delegate, isDiscretionary: true })).toMatchObject({
      status: 201,
      body: { state: 'active' },
    })
    expect(await client.ok('POST', '/v1/sessions/mirror/finish-and-invalidate')).toMatchObject({ state: 'invalidated' })
    await eventually('the second one is told of', () => receiver.posts.length > types.length)
    expect(receiver.posts.at(-1)!.event).toMatchObject({
      type: 'session.invalidated',
      sequence: 1,
      data: { wakeId: null },
    })
    const { data } = await client.ok<{ data: unknown[] }>('GET', '/v1/wakes')
    expect(data).toHaveLength(1)
  } finally {
    await receiver.close()
  }
})

test('invalidate-and-cancel stops running transfers at once and cancels thousands of waiting tasks', async () => {
  const { client } = await newTenant(service.url)
  await put(client, 'bulk', { delegate: { kind: 'pull' } })
  let left = 0
  const bytes = 64 * 1024 * 1024
  const url = origin.serve('/endless', {
    bytes,
    respond: (_, response) => {
      response.writeHead(200, { 'content-length': bytes })
      response.write('a beginning')
      response.on('close', () => left++)
    },
  })
  const running = await newTask(client, 'bulk', { url })
  await eventually('it runs', async () => (await client.task(running.id)).state === 'running')
  const later = { url, earliestBeginDate: new Date(Date.now() + 3_600_000).toISOString() }
  const tasks = Array<object>(1000).fill(later)
  for (let n = 0; n < 3; n++) await client.ok('POST', '/v1/sessions/bulk/tasks/batch', { tasks })
  const accepted = await client.call('POST', '/v1/sessions/bulk/invalidate-and-cancel')
  expect(accepted.status).toBe(202)
  expect(await client.task(running.id)).toMatchObject({ state: 'canceled', error: { name: 'cancelled' } })
  await eventually('its worker has hung up', () => left === 1)
  await invalidated(client, 'bulk')
  expect((await look(client, 'bulk')).taskCounts).toMatchObject({ canceled: 3001, waiting: 0, running: 0 })
  expect(await eventTypes(client, 'bulk')).toEqual([
    ...Array<string>(3001).fill('task.completed'),
    'session.invalidated',
  ])
})

test('a session that is pulled, or sends no launch events, is never woken, and the limiter stays low', async () => {
  const { client } = await newTenant(service.url)
  const receiver = await startReceiver()
  try {
    const url = origin.serve('/quiet', { bytes: 1024 })
    await put(client, 'pulled', { delegate: { kind: 'pull' } })
    await put(client, 'quiet', { delegate: { url: receiver.url }, sessionSendsLaunchEvents: false })
    for (const session of ['pulled', 'quiet']) {
      const { id } = await newTask(client, session, { url })
      await client.ended(id)
      await client.ok('POST', `/v1/sessions/${session}/finish-and-invalidate`)
      expect((await look(client, session)).state).toBe('invalidated')
    }
    // Another one's wake shows that the dispatcher has been by.
    await put(client, 'loud', { delegate: { url: receiver.url } })
    expect(await client.ok('GET', '/v1/limiter')).toMatchObject({ delaySeconds: 0, lastWakeAt: null, wakesLastHour: 0 })
    await client.ended((await newTask(client, 'loud', { url })).id)
    await eventually('the other one is woken', () => receiver.types().includes('session.events_finished'))
    expect(new Set(receiver.posts.map(({ event }) => event.sessionIdentifier))).toEqual(new Set(['loud']))
    expect(await client.ok('GET', '/v1/limiter')).toMatchObject({ wakesLastHour: 1 })
  } finally {
    await receiver.close()
  }
})

test("a client that comes back has what failed sent again at once; a task's headers win over its session's", async () => {
  const { client } = await newTenant(service.url)
  const receiver = await startReceiver()
  try {
    const httpAdditionalHeaders = { 'X-Who': 'session', 'X-Only': 'session' }
    const configuration = { delegate: { url: receiver.url }, httpAdditionalHeaders }
    await put(client, 'back', configuration)
    const url = origin.serve('/headers', { bytes: 10 })
    receiver.respond = () => 503
    const { id } = await newTask(client, 'back', { request: { url, headers: { 'x-who': 'task' } } })
    await client.ended(id)
    expect(origin.requests.find(({ path }) => path === '/headers')!.headers).toMatchObject({
      'x-who': 'task',
      'x-only': 'session',
    })
    // The third attempt would come after five minutes.
    await eventually('two attempts have failed', () => receiver.posts.length === 2, { withinMs: 30_000 })
    await eventually('the second one is written down', async () => {
      const { data } = await client.ok<{ data: { attempts: number; nextAttemptAt: string }[] }>('GET', '/v1/deliveries')
      return data.some(
        ({ attempts, nextAttemptAt }) => attempts === 2 && Date.parse(nextAttemptAt) > Date.now() + 60_000,
      )
    })
    receiver.respond = () => 204
    const again = await put(client, 'back', configuration)
    expect(again).toMatchObject({ status: 200, body: { undeliveredEvents: 3, outstandingTasks: [] } })
    expect(JSON.stringify(again.body)).not.toContain('"session"')
    await eventually('everything is told', () => receiver.types().includes('session.events_finished'))
  } finally {
    await receiver.close()
  }
})

test('what invalidate-and-cancel has begun goes on after a crash, to the last task', async () => {
  const { client, key } = await newTenant(service.url)
  await put(client, 'crash', { delegate: { kind: 'pull' } })
  const tasks = Array<object>(1000).fill({ url: `${origin.url}/never`, suspended: true })
  for (let n = 0; n < 4; n++) await client.ok('POST', '/v1/sessions/crash/tasks/batch', { tasks })
  expect((await client.call('POST', '/v1/sessions/crash/invalidate-and-cancel')).status).toBe(202)
  await service.end('SIGKILL')
  service = await startStandalone(dataDir)
  const again = createClient(service.url, key)
  await invalidated(again, 'crash')
  expect((await look(again, 'crash')).taskCounts).toMatchObject({ canceled: 4000, suspended: 0 })
  expect(await eventTypes(again, 'crash')).toEqual([
    ...Array<string>(4000).fill('task.completed'),
    'session.invalidated',
  ])
})
