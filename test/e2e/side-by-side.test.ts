import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { expectPostedOnce, reportedCompletions } from '#support/assertions/reported-completions.ts'
import { type Client, createClient } from '#support/client/client.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { type EarlierCode, unpackEarlierCode } from '#support/processes/earlier-code.ts'
import { openProcessPair, type ProcessPair } from '#support/processes/process-pair.ts'
import { newTenant, type Service, type ServiceProcess } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'

const queues =
  process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1' ? (['PostgreSQL'] as const) : (['PostgreSQL', 'Redis'] as const)
const MiB = 1024 * 1024

let earlier: EarlierCode
beforeAll(async () => {
  earlier = await unpackEarlierCode()
})
afterAll(() => earlier?.remove())

describe.each(queues)('this version and the one before on one database (queue: %s)', (queue) => {
  let pair: ProcessPair
  let origin: Origin
  let receiver: Receiver
  let database: pg.Client
  let apis: Record<'old' | 'new', Service>

  beforeAll(async () => {
    ;[pair, origin, receiver] = await Promise.all([
      // Few places, so that a handful of transfers needs both workers.
      openProcessPair(queue, { env: { WORKER_CONCURRENCY: '2' } }) as Promise<ProcessPair>,
      startOrigin(),
      startReceiver(),
    ])
    database = new pg.Client({ connectionString: pair.databaseUrl })
    await database.connect()
    // The new one has migrated the database, and secures its rows before the old one starts.
    const fresh = await pair.startApi()
    apis = { new: fresh, old: await pair.startApi(earlier.folder) }
  })
  afterAll(async () => {
    await database?.end()
    await pair?.dispose()
    await Promise.all([origin?.close(), receiver?.close()])
  })

  /** One tenant, through both. */
  async function tenantOfBoth(madeBy: 'old' | 'new'): Promise<{ key: string } & Record<'old' | 'new', Client>> {
    const { key } = await newTenant(apis[madeBy].url)
    return { key, old: createClient(apis.old.url, key), new: createClient(apis.new.url, key) }
  }
  const workers = (): Promise<ServiceProcess[]> => Promise.all([pair.startWorker(earlier.folder), pair.startWorker()])
  const stop = async (processes: ServiceProcess[]) => {
    const codes = await Promise.all(processes.map((each) => each.end('SIGTERM')))
    for (const [n, code] of codes.entries()) expect(code, processes[n]!.output()).toBe(0)
  }

  test('tasks made through either end on either, are told once, and are shown alike by both', async () => {
    const both = await tenantOfBoth('old')
    const running = await workers()
    let finish = () => {}
    const held = new Promise<void>((resolve) => {
      finish = resolve
    })
    const all: TaskView[] = []
    for (const by of ['old', 'new'] as const) {
      const client = both[by]
      await client.ok('PUT', `/v1/sessions/${by}`, { configuration: { delegate: { url: receiver.url } } })
      const urls = [0, 1, 2, 3, 4, 5].map((n) => {
        const path = `/${by}-${n}`
        const bytes = 1_000 + n
        return origin.serve(path, {
          bytes,
          async respond(_request, response) {
            response.writeHead(200, { 'content-length': bytes })
            response.flushHeaders()
            await held
            response.end(origin.content(path))
          },
        })
      })
      let failures = 1
      const flaky = origin.serve(`/${by}-flaky`, {
        bytes: 500,
        respond: (_, response) =>
          void (failures-- > 0
            ? response.writeHead(503, { 'retry-after': '1' }).end()
            : response.writeHead(200).end(origin.content(`/${by}-flaky`))),
      })
      const { tasks } = await client.ok<{ tasks: TaskView[] }>('POST', `/v1/sessions/${by}/tasks/batch`, {
        tasks: [...urls, flaky, `${origin.url}/missing`].map((url) => ({ url })),
      })
      all.push(...tasks)
    }
    await eventually(
      'both workers have transfers of their own',
      async () => {
        const { rows } = await database.query(
          "select distinct worker_id from task where state = 'running' and worker_id is not null",
        )
        return rows.length === 2
      },
      { withinMs: 120_000 },
    )
    finish()
    const ended = await Promise.all(all.map(({ id }, n) => both[n % 2 === 0 ? 'old' : 'new'].ended(id)))
    for (const task of ended) {
      const path = new URL(task.originalRequest.url).pathname
      const shown = await Promise.all([both.old.task(task.id), both.new.task(task.id)])
      expect(shown[1], path).toMatchObject(shown[0])
      if (path === '/missing') {
        expect(task).toMatchObject({ state: 'failed', attempts: 1 })
        continue
      }
      expect(task, path).toMatchObject({
        state: 'completed',
        error: null,
        attempts: path.endsWith('flaky') ? 2 : 1,
      })
      for (const by of ['old', 'new'] as const) {
        const file = Buffer.from(await (await both[by].file(task.id)).arrayBuffer())
        expect(file.equals(origin.content(path)), path).toBe(true)
      }
    }
    for (const by of ['old', 'new'] as const)
      await eventually(
        'all is delivered',
        async () =>
          (await both[by].ok<{ undeliveredEvents: number }>('GET', `/v1/sessions/${by}`)).undeliveredEvents === 0,
        { withinMs: 120_000 },
      )
    const completed = ended.filter(({ state }) => state === 'completed').map(({ id }) => id)
    expectPostedOnce(receiver, completed)
    for (const by of ['old', 'new'] as const)
      expect(await reportedCompletions(both[by])).toEqual(ended.map(({ id }) => id).toSorted())
    await stop(running)
  })

  test('each goes on with a transfer that the other hands over, and no attempt is charged', async () => {
    const both = await tenantOfBoth('new')
    await both.new.ok('PUT', '/v1/sessions/handed', { configuration: { delegate: { kind: 'pull' } } })
    let [working, next] = [earlier.folder, undefined] as [string | undefined, string | undefined]
    let worker = await pair.startWorker(working)
    for (const [path, by] of [
      ['/from-old-to-new', 'new'],
      ['/from-new-to-old', 'old'],
    ] as const) {
      const bytes = 24 * MiB
      const url = origin.serve(path, { bytes, holdAfter: 16 * MiB })
      const { id } = await both[by].ok<TaskView>('POST', '/v1/sessions/handed/tasks', { url })
      await eventually(
        'parts are stored',
        async () => (await both[by].task(id)).progress.countOfBytesReceived >= 10 * MiB,
        { withinMs: 60_000 },
      )
      const following = await pair.startWorker(next)
      origin.serve(path, { bytes })
      const before = origin.bytesSent(path)
      await stop([worker])
      expect(await both[by].ended(id)).toMatchObject({ state: 'completed', attempts: 1, error: null })
      expect(origin.bytesSent(path) - before, path).toBeLessThan(bytes - 8 * MiB)
      const file = Buffer.from(await (await both[by].file(id)).arrayBuffer())
      expect(file.equals(origin.content(path)), path).toBe(true)
      worker = following
      ;[working, next] = [next, working]
    }
    await stop([worker])
  })

  test('each obeys and repeats what the other was told', async () => {
    const both = await tenantOfBoth('old')
    const running = await workers()
    await both.old.ok('PUT', '/v1/sessions/verbs', { configuration: { delegate: { kind: 'pull' } } })
    for (const [by, other] of [
      ['old', 'new'],
      ['new', 'old'],
    ] as const) {
      const slow = (name: string) =>
        origin.serve(`/${by}-${name}`, { bytes: 12 * MiB, bytesPerSecond: name === 'canceled' ? 1_000 : 8 * MiB })
      const create = (api: Service, url: string) =>
        fetch(`${api.url}/v1/sessions/verbs/tasks`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${both.key}`,
            'content-type': 'application/json',
            'idempotency-key': `made-by-${by}`,
          },
          body: JSON.stringify({ url }),
        })
      const url = slow('suspended')
      const made = await create(apis[by], url)
      const { id } = (await made.json()) as TaskView
      const again = await create(apis[other], url)
      expect([made.status, again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 201, 'true'])
      expect(await again.json()).toMatchObject({ id })
      const runs = (task: string) =>
        eventually('it runs', async () => (await both[by].task(task)).state === 'running', { withinMs: 60_000 })

      await both[other].ok('POST', `/v1/tasks/${id}/suspend`)
      expect(await both[by].task(id)).toMatchObject({ state: 'suspended' })
      await both[by].ok('POST', `/v1/tasks/${id}/resume`)
      expect(await both[other].ended(id)).toMatchObject({ state: 'completed', attempts: 1 })

      const doomed = await both[by].ok<TaskView>('POST', '/v1/sessions/verbs/tasks', { url: slow('canceled') })
      await runs(doomed.id)
      await both[other].ok('POST', `/v1/tasks/${doomed.id}/cancel`)
      expect(await both[by].ended(doomed.id)).toMatchObject({ state: 'canceled' })
    }
    await stop(running)
  })
})
