import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { type Client, createClient } from '#support/client/client.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { type Cluster, testCluster } from '#support/processes/cluster.ts'
import { newTenant, type Service, type ServiceProcess, startStandalone } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'

const MiB = 1024 * 1024
const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

let origin: Origin
let receiver: Receiver
beforeAll(async () => {
  ;[origin, receiver] = await Promise.all([startOrigin(), startReceiver()])
})
afterAll(async () => {
  await Promise.all([origin?.close(), receiver?.close()])
})

async function expectFile(client: Client, task: TaskView, path: string): Promise<void> {
  expect(task).toMatchObject({ state: 'completed', error: null })
  const bytes = Buffer.from(await (await client.file(task.id)).arrayBuffer())
  expect(bytes.equals(origin.content(path))).toBe(true)
}

/** Every task ended, and the feed tells of each end exactly once. */
async function expectEachEndedOnce(client: Client, session: string, ids: string[]): Promise<void> {
  await eventually(
    'every task has ended',
    async () => {
      const { taskCounts } = await client.ok<{ taskCounts: Record<string, number> }>('GET', `/v1/sessions/${session}`)
      return taskCounts.completed === ids.length
    },
    { withinMs: 120_000, everyMs: 250 },
  )
  const told: string[] = []
  for (let after: string | null = null; ; ) {
    const query: string = after === null ? '' : `&after=${after}`
    const page: { data: { type: string; data: { task?: TaskView } }[]; nextCursor: string } = await client.ok(
      'GET',
      `/v1/events?session=${session}&limit=200${query}`,
    )
    if (page.data.length === 0) break
    for (const { type, data } of page.data) if (type === 'task.completed') told.push(data.task!.id)
    after = page.nextCursor
  }
  expect(told.toSorted()).toEqual(ids.toSorted())
}

/** A repeated webhook is the same one: equal id, equal bytes. */
function expectRepeatsToBeEqual(): void {
  const bodies = new Map<string, string>()
  for (const { headers, body } of receiver.posts) {
    const id = headers['webhook-id']!
    expect(body).toBe(bodies.get(id) ?? body)
    bodies.set(id, body)
  }
}

describe('the standalone process is killed', () => {
  let dataDir: string
  let service: Service
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'backhaul-kill-'))
  })
  afterAll(async () => {
    await service?.end('SIGTERM')
    await rm(dataDir, { recursive: true, force: true })
  })

  test('in mid-transfer of 24 MiB: after the restart it goes on from the last stored part', async () => {
    const path = '/killed'
    const bytes = 24 * MiB
    const url = origin.serve(path, { bytes, bytesPerSecond: 8 * MiB })
    service = await startStandalone(dataDir)
    const { client: first, key } = await newTenant(service.url)
    await first.ok('PUT', '/v1/sessions/killed', { configuration: { delegate: { url: receiver.url } } })
    const { id } = await first.ok<TaskView>('POST', '/v1/sessions/killed/tasks', { url })
    await eventually('half of it is fetched', () => origin.bytesSent(path) > 13 * MiB)
    await service.end('SIGKILL')

    service = await startStandalone(dataDir)
    const restartedAt = Date.now()
    const client = createClient(service.url, key)
    const task = await client.ended(id)
    const seconds = (Date.now() - restartedAt) / 1000
    await expectFile(client, task, path)
    const resumedFrom = task.metrics.transactions.at(-1)?.resumedFrom
    console.log(
      `ended ${seconds.toFixed(1)} s after the restart, ${(origin.bytesSent(path) / bytes).toFixed(2)} × the bytes fetched, resumed from ${resumedFrom}`,
    )
    expect(resumedFrom).toBeGreaterThanOrEqual(5 * MiB)
    expect(origin.bytesSent(path)).toBeLessThanOrEqual(1.5 * bytes)
    await expectEachEndedOnce(client, 'killed', [id])
    await eventually('the wake is finished', () => receiver.types().includes('session.events_finished'), {
      withinMs: 60_000,
    })
    expectRepeatsToBeEqual()
  })
})

describe.skipIf(embeddedOnly)('separate processes on Redis and S3 are killed', () => {
  let cluster: Cluster
  let api: Service
  beforeAll(async () => {
    cluster = (await testCluster())!
    api = await cluster.startApi()
  })
  afterAll(async () => {
    await cluster?.dispose()
  })

  async function session(name: string): Promise<{ client: Client; key: string }> {
    const { client, key } = await newTenant(api.url)
    await client.ok('PUT', `/v1/sessions/${name}`, { configuration: { delegate: { url: receiver.url } } })
    return { client, key }
  }

  test('the worker in mid-transfer: another one goes on from its parts in the bucket', async ({ onTestFinished }) => {
    const { client } = await session('worker')
    const path = '/worker-killed'
    const bytes = 24 * MiB
    const url = origin.serve(path, { bytes, holdAfter: 13 * MiB })
    const worker = await cluster.startWorker()
    const { id } = await client.ok<TaskView>('POST', '/v1/sessions/worker/tasks', { url })
    const database = new pg.Client({ connectionString: cluster.database.connectionString })
    await database.connect()
    onTestFinished(() => database.end())
    await eventually(
      'a part of it is stored',
      async () => (await database.query('select from transfer_part')).rowCount! > 0,
      { withinMs: 120_000 },
    )
    await worker.end('SIGKILL')
    origin.serve(path, { bytes })
    const heir = await cluster.startWorker()
    await expectFile(client, await client.ended(id), path)
    expect(origin.bytesSent(path)).toBeLessThanOrEqual(1.5 * bytes)
    await expectEachEndedOnce(client, 'worker', [id])
    await heir.end('SIGTERM')
  })

  test('the API right after it acknowledged a batch: nothing of it is lost', async () => {
    const { client, key } = await session('api')
    const urls = Array.from({ length: 50 }, (_, n) => origin.serve(`/acknowledged-${n}`, { bytes: 1_000 + n }))
    const { tasks } = await client.ok<{ tasks: TaskView[] }>('POST', '/v1/sessions/api/tasks/batch', {
      tasks: urls.map((url) => ({ url })),
    })
    await api.end('SIGKILL')
    const worker = await cluster.startWorker()
    api = await cluster.startApi()
    const ids = tasks.map(({ id }) => id)
    await expectEachEndedOnce(createClient(api.url, key), 'api', ids)
    await worker.end('SIGTERM')
  })

  test('everything, again and again, while 200 files are fetched: each task ends once, with the right bytes', async () => {
    const { client, key } = await session('everything')
    const paths = Array.from({ length: 200 }, (_, n) => `/everything-${n}`)
    const urls = paths.map((path, n) => origin.serve(path, { bytes: n % 20 === 0 ? 6 * MiB : 5_000 + n }))
    const { tasks } = await client.ok<{ tasks: TaskView[] }>('POST', '/v1/sessions/everything/tasks/batch', {
      tasks: urls.map((url) => ({ url })),
    })
    let workers: ServiceProcess[] = []
    for (const share of [0.1, 0.4, 0.7]) {
      workers = await Promise.all([cluster.startWorker(), cluster.startWorker()])
      await eventually(
        `${share * 100} % have ended`,
        async () => {
          const { taskCounts } = await createClient(api.url, key).ok<{ taskCounts: Record<string, number> }>(
            'GET',
            '/v1/tasks/summary',
          )
          return taskCounts.completed! >= share * tasks.length
        },
        { withinMs: 120_000 },
      )
      await Promise.all([...workers, api].map((process) => process.end('SIGKILL')))
      api = await cluster.startApi()
    }
    workers = await Promise.all([cluster.startWorker(), cluster.startWorker()])
    const again = createClient(api.url, key)
    const ids = tasks.map(({ id }) => id)
    await expectEachEndedOnce(again, 'everything', ids)
    for (const [n, id] of ids.entries()) if (n % 10 === 0) await expectFile(again, await again.task(id), paths[n]!)
    await eventually(
      'every event is delivered',
      async () => {
        const { undeliveredEvents } = await again.ok<{ undeliveredEvents: number }>('GET', '/v1/sessions/everything')
        return undeliveredEvents === 0
      },
      { withinMs: 90_000 },
    )
    expectRepeatsToBeEqual()
    const delivered = new Set(
      receiver.posts.filter(({ event }) => event.type === 'task.completed').map(({ event }) => event.data.task!.id),
    )
    for (const id of ids) expect(delivered.has(id)).toBe(true)
  })
})
