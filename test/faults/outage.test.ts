import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { completedIn, type FragileCluster, startFragileCluster, toldEndings } from '#support/faults/fragile-cluster.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service } from '#support/processes/service.ts'

const MiB = 1024 * 1024
const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

let origin: Origin
beforeAll(async () => {
  origin = await startOrigin()
})
afterAll(async () => {
  await origin?.close()
})

type OnTestFinished = TestContext['onTestFinished']

async function start(
  hints: 'redis' | 'postgresql',
  onTestFinished: OnTestFinished,
): Promise<{ cluster: FragileCluster; api: Service; client: Client }> {
  const cluster = await startFragileCluster(hints)
  onTestFinished(cluster.dispose)
  const api = await cluster.startApi()
  const { client } = await newTenant(api.url)
  return { cluster, api, client }
}

/** There is one origin, and what is tested is not politeness towards it. */
async function pullSession(client: Client, name: string): Promise<void> {
  const configuration = { delegate: { kind: 'pull' }, httpMaximumConnectionsPerHost: 64 }
  await client.ok('PUT', `/v1/sessions/${name}`, { configuration })
}

/** Creates a task for each path of the origin; their ids, sorted. */
async function fetchAll(client: Client, session: string, urls: string[], more: object = {}): Promise<string[]> {
  const { tasks } = await client.ok<{ tasks: TaskView[] }>('POST', `/v1/sessions/${session}/tasks/batch`, {
    tasks: urls.map((url) => ({ url, ...more })),
  })
  return tasks.map(({ id }) => id).toSorted()
}

async function expectFile(client: Client, id: string, path: string): Promise<TaskView> {
  const task = await client.task(id)
  expect(task).toMatchObject({ state: 'completed', error: null })
  const bytes = Buffer.from(await (await client.file(id)).arrayBuffer())
  expect(bytes.equals(origin.content(path))).toBe(true)
  return task
}

/** So many files that take a moment each. */
function serveMany(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) =>
    origin.serve(`/${prefix}-${n}`, { bytes: 60_000 + n, bytesPerSecond: 60_000 }),
  )
}

const seconds = (sinceMs: number) => ((Date.now() - sinceMs) / 1000).toFixed(1)

describe.skipIf(embeddedOnly).concurrent('Redis', () => {
  test('emptied in mid-work delays, and loses nothing', async ({ onTestFinished }) => {
    const { cluster, client } = await start('redis', onTestFinished)
    await Promise.all([1, 2].map(() => cluster.startWorker({ WORKER_CONCURRENCY: '8' })))
    await pullSession(client, 'flushed')
    const ids = await fetchAll(client, 'flushed', serveMany('flushed', 80))
    let flushedAt = 0
    for (const share of [10, 40]) {
      await eventually('some have ended', async () => (await completedIn(client, 'flushed')) >= share, {
        withinMs: 30_000,
      })
      expect(await cluster.redis!.ask('FLUSHALL')).toBe('+OK')
      flushedAt = Date.now()
    }
    expect(await toldEndings(client, 'flushed', 80, 60_000)).toEqual(ids)
    console.log(`all 80 ended ${seconds(flushedAt)} s after the last FLUSHALL (40 were left, about 3 s of work)`)
  })

  test('away for 8 s and back empty: work goes on by itself', async ({ onTestFinished }) => {
    const { cluster, api, client } = await start('redis', onTestFinished)
    const workers = await Promise.all([1, 2].map(() => cluster.startWorker({ WORKER_CONCURRENCY: '8' })))
    await pullSession(client, 'away')
    const ids = await fetchAll(client, 'away', serveMany('away', 80))
    await eventually('some have ended', async () => (await completedIn(client, 'away')) >= 10, { withinMs: 30_000 })
    await cluster.redis!.stop()
    const degraded = await eventually('readiness names it', async () => {
      const response = await fetch(`${api.url}/readyz`)
      const { degraded } = (await response.json()) as { degraded: string[] }
      return response.status === 200 && degraded.length > 0 && degraded
    })
    expect(degraded).toEqual(['queue'])
    const late = await fetchAll(client, 'away', serveMany('late', 10))
    await sleep(8_000)
    await cluster.redis!.start()
    const backAt = Date.now()
    expect(await toldEndings(client, 'away', 90, 60_000)).toEqual([...ids, ...late].toSorted())
    console.log(`all ended ${seconds(backAt)} s after Redis was back`)
    expect([api, ...workers].map(({ child }) => child.exitCode)).toEqual([null, null, null])
  })
})

describe.concurrent('PostgreSQL', () => {
  test.for(['redis', 'postgresql'] as const)(
    'away for 8 s, with hints in %s',
    async (hints, { onTestFinished, skip }) => {
      skip(hints === 'redis' && embeddedOnly)
      const { cluster, api, client } = await start(hints, onTestFinished)
      const worker = await cluster.startWorker()
      await pullSession(client, 'cut')
      const path = `/cut-long-${hints}`
      const [long] = await fetchAll(client, 'cut', [origin.serve(path, { bytes: 12 * MiB, bytesPerSecond: 1.5 * MiB })])
      const dueMeanwhile = await fetchAll(client, 'cut', serveMany(`cut-${hints}`, 20), {
        earliestBeginDate: new Date(Date.now() + 5_000).toISOString(),
      })
      await eventually('the long one runs', () => origin.bytesSent(path) > 1 * MiB)

      const acknowledged: string[] = []
      let creating = true
      let number = 0
      const creator = (async () => {
        while (creating) {
          const url = origin.serve(`/acknowledged-${hints}-${number++}`, { bytes: 1_000 + number })
          const response = await client.call<TaskView>('POST', '/v1/sessions/cut/tasks', { url })
          if (response.status === 201) acknowledged.push(response.body.id)
          else expect(response.status).toBe(503)
          await sleep(40)
        }
      })()
      await eventually('some are acknowledged', () => acknowledged.length >= 10)
      await cluster.database.cut()
      const cutAt = Date.now()
      const url = origin.serve('/refused', { bytes: 1 })
      const refused = await client.call('POST', '/v1/sessions/cut/tasks', { url })
      expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } })
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(Date.now() - cutAt).toBeLessThan(5_000)
      creating = false
      await creator
      expect((await fetch(`${api.url}/livez`)).status).toBe(200)
      const ready = await fetch(`${api.url}/readyz`)
      expect(ready.status).toBe(503)
      expect(await ready.text()).toContain('database')
      await sleep(8_000 - (Date.now() - cutAt))
      await cluster.database.restore()
      const backAt = Date.now()

      await eventually('it is ready', async () => (await fetch(`${api.url}/readyz`)).status === 200)
      const readyAfter = seconds(backAt)
      // What was not acknowledged may have been committed all the same: the response was lost, not the task.
      const known = [long!, ...dueMeanwhile, ...acknowledged]
      const created = await client.tasks('cut')
      const told = await toldEndings(client, 'cut', created.length, 60_000)
      console.log(
        `hints in ${hints}: ready ${readyAfter} s, everything ended ${seconds(backAt)} s after the database was back`,
      )
      expect(told).toEqual(created.map(({ id }) => id).toSorted())
      for (const id of known) expect(told).toContain(id)
      await expectFile(client, long!, path)

      const endless = `/cut-endless-${hints}`
      const [canceled] = await fetchAll(client, 'cut', [
        origin.serve(endless, { bytes: 40 * MiB, bytesPerSecond: MiB }),
      ])
      await eventually('it runs', () => origin.bytesSent(endless) > MiB / 2)
      await client.ok('POST', `/v1/tasks/${canceled}/cancel`, {})
      const canceledAt = Date.now()
      await eventually('the worker has let go of it', () =>
        worker
          .output()
          .split('\n')
          .some((line) => line.includes(canceled!) && line.includes('"outcome":"lost"')),
      )
      console.log(`a cancel reached the transfer within ${Date.now() - canceledAt} ms`)
      expect(Date.now() - canceledAt).toBeLessThan(3_000)
      expect([api, worker].map(({ child }) => child.exitCode)).toEqual([null, null])
    },
  )
})

describe('a worker', () => {
  test('told to stop with 20 transfers in hand hands them over within 5 s', async ({ onTestFinished }) => {
    const { cluster, client } = await start('postgresql', onTestFinished)
    const paths = Array.from({ length: 20 }, (_, n) => `/handed-over-${n}`)
    const file = { bytes: 24 * MiB, bytesPerSecond: 1.5 * MiB }
    // Those that are not there yet when the others are must not let these end.
    const urls = paths.map((path) => origin.serve(path, { ...file, holdAfter: 8 * MiB }))
    await pullSession(client, 'handed-over')
    // Tasks of a client in the background fill 70 % of the places.
    const worker = await cluster.startWorker({ WORKER_CONCURRENCY: '30' })
    const ids = await fetchAll(client, 'handed-over', urls)
    // What has come beyond a part and what lies in buffers (1 MiB) goes into storage only when that part is on record.
    await eventually(
      'each has a part in storage',
      async () => (await client.tasks('handed-over')).every(({ progress }) => progress.countOfBytesReceived > 7 * MiB),
      { withinMs: 60_000 },
    )
    const signaledAt = Date.now()
    expect(await worker.end('SIGTERM')).toBe(0)
    const stoppedMs = Date.now() - signaledAt
    const left = await client.tasks('handed-over')
    expect(left.map(({ state, attempts }) => ({ state, attempts }))).toEqual(
      left.map(() => ({ state: 'waiting', attempts: 0 })),
    )
    for (const path of paths) origin.serve(path, file)
    await cluster.startWorker({ WORKER_CONCURRENCY: '30' })
    expect(await toldEndings(client, 'handed-over', 20, 60_000)).toEqual(ids)
    console.log(`stopped within ${stoppedMs} ms; all ended ${seconds(signaledAt)} s after the signal`)
    expect(stoppedMs).toBeLessThan(5_000)
    for (const task of await client.tasks('handed-over')) {
      const done = await expectFile(client, task.id, new URL(task.originalRequest.url).pathname)
      expect(done.attempts).toBe(1)
      expect(done.metrics.transactions.at(-1)?.resumedFrom).toBeGreaterThanOrEqual(5 * MiB)
    }
  })
})

describe.concurrent('a worker of several', () => {
  test('stopped in mid-transfer for longer than its lease changes nothing when it goes on', async ({
    onTestFinished,
  }) => {
    const { cluster, client } = await start('postgresql', onTestFinished)
    await pullSession(client, 'zombie')
    const paths = ['/zombie-resumable', '/zombie-without-validators']
    const urls = paths.map((path, n) =>
      origin.serve(path, { bytes: 14 * MiB, bytesPerSecond: 2 * MiB, resumable: n === 0 }),
    )
    const zombie = await cluster.startWorker()
    const ids = await fetchAll(client, 'zombie', urls)
    await eventually('both are half done', () => paths.every((path) => origin.bytesSent(path) > 8 * MiB), {
      withinMs: 30_000,
    })
    zombie.child.kill('SIGSTOP')
    const stoppedAt = Date.now()
    await cluster.startWorker()
    expect(await toldEndings(client, 'zombie', 2, 90_000)).toEqual(ids)
    const ended = seconds(stoppedAt)
    await sleep(Math.max(0, 20_000 - (Date.now() - stoppedAt)))
    const before = await client.tasks('zombie')
    zombie.child.kill('SIGCONT')
    const outcomes = () => [...zombie.output().matchAll(/"outcome":"([^"]*)"/g)].map(([, outcome]) => outcome)
    await eventually('the zombie has let go of both', () => outcomes().length === 2, { withinMs: 60_000 }).catch(
      (error: Error) => {
        throw new Error(`${error.message}: ${zombie.output()}`)
      },
    )
    expect(outcomes()).toEqual(['lost', 'lost'])
    console.log(`both had ended ${ended} s after the SIGSTOP`)
    expect(await client.tasks('zombie')).toEqual(before)
    expect(await toldEndings(client, 'zombie', 2, 1_000)).toEqual(ids)
    for (const task of before) await expectFile(client, task.id, new URL(task.originalRequest.url).pathname)
  })

  test('killed between a POST and its answer: the same webhook comes again', async ({ onTestFinished }) => {
    const { cluster, client } = await start('postgresql', onTestFinished)
    const posts: { id: string; body: string }[] = []
    let holding = true
    const receiver = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString()
      posts.push({ id: String(request.headers['webhook-id']), body })
      if (!holding) response.writeHead(204).end()
    }).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    try {
      const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
      await client.ok('PUT', '/v1/sessions/held', { configuration: { delegate: { url: hook } } })
      const worker = await cluster.startWorker()
      await fetchAll(client, 'held', [origin.serve('/held', { bytes: 1_000 })])
      await eventually('a webhook has come', () => posts.length === 1, { withinMs: 30_000 })
      await worker.end('SIGKILL')
      const killedAt = Date.now()
      holding = false
      await cluster.startWorker()
      await eventually('it comes again', () => posts.length > 1, { withinMs: 60_000 })
      console.log(`the webhook came again ${seconds(killedAt)} s after the kill`)
      expect(posts[1]).toEqual(posts[0])
      await eventually(
        'everything is delivered',
        async () => {
          const session = await client.ok<{ undeliveredEvents: number }>('GET', '/v1/sessions/held')
          return session.undeliveredEvents === 0
        },
        { withinMs: 30_000 },
      )
      const types = posts.slice(1).map(({ body }) => (JSON.parse(body) as { type: string }).type)
      expect(types).toEqual(['session.wake', 'task.finished_downloading', 'task.completed', 'session.events_finished'])
    } finally {
      receiver.closeAllConnections()
      receiver.close()
    }
  })
})
