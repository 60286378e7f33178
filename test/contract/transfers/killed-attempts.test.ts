import { expect, it, onTestFinished } from 'vitest'
import { withoutTracing } from '#core/kernel/tracing.ts'
import { runTransfer } from '#core/transfers/run-transfer.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { workerBandwidth } from '#support/builders/bandwidth.ts'
import { testEngine } from '#support/builders/engine.ts'
import { makeReady } from '#support/builders/make-due.ts'
import { useStore } from '#support/builders/use-store.ts'
import { lines } from '#support/client/source.ts'
import { type Scenario, startHostileOrigin } from '#support/origins/hostile-origin.ts'

const builder = useStore()

const MiB = 1024 * 1024
const quiet = { info() {}, warn() {}, error() {} }
const head = (status: string, bytes: number, ...more: string[]) =>
  lines(`HTTP/1.1 ${status}`, 'ETag: "v1"', 'Accept-Ranges: bytes', `Content-Length: ${bytes}`, ...more)

it('an attempt whose worker is killed keeps the bytes that it has fetched in the metrics, also when it was resumed', async () => {
  const body = Buffer.alloc(12 * MiB, 'a')
  const origin = await startHostileOrigin(({ index, headers }): Scenario => {
    const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
    const rest = body.subarray(from)
    const range = from > 0 ? [`Content-Range: bytes ${from}-${body.length - 1}/${body.length}`] : []
    const responseHead = { send: head(from > 0 ? '206 Partial Content' : '200 OK', rest.length, ...range) }
    if (index < 2) return [responseHead, { send: rest.subarray(0, 6 * MiB - from / 2) }, 'stall']
    return [responseHead, { send: rest }]
  })
  onTestFinished(() => origin.close())
  const engine = await testEngine()
  const session = await builder.session()
  const task = await builder.task(session, {
    request: { url: `http://files.example.com:${origin.port}/`, headers: {} },
  })
  const fetched = async () =>
    (await builder.find(task)).transactions.map((each) => each.countOfResponseBodyBytesReceived)
  const more = {
    stores: builder.stores,
    announcer: { on: () => () => {} },
    log: quiet,
    random: () => 0.5,
    tracing: withoutTracing,
    metrics: { countRefetched() {} },
    workerId: 'w',
    bandwidth: workerBandwidth(builder.stores),
  }
  const run = async () => {
    await makeReady(builder.database, task.id)
    const lease = await builder.claim(task.id)
    return runTransfer({ ...engine.ports, ...more }, lease, new AbortController().signal)
  }
  /** Takes the task from its worker, as the reaper does: the later writes of the worker change nothing. */
  const kill = () =>
    builder.database.run(
      "update task set state = 'waiting', due = true, epoch = epoch + 1, lease_until = null, worker_id = null where id = $1",
      [task.id],
    )

  const first = run()
  await eventually('the bytes of the first are on record', async () => (await fetched())[0] === 6 * MiB)
  await kill()
  await first
  const second = run()
  await eventually('the bytes of the second are on record', async () => {
    const [, resumed] = (await builder.find(task)).transactions
    return resumed?.countOfResponseBodyBytesReceived === 6 * MiB - resumed!.resumedFrom! / 2
  })
  await kill()
  await second
  await run()
  const { state, transactions } = await builder.find(task)
  expect(state).toBe('completed')
  const from = transactions.map(({ resumedFrom }) => resumedFrom)
  const counts = await fetched()
  expect(counts.slice(0, 2)).toEqual([6 * MiB, 6 * MiB - from[1]! / 2])
  expect(counts.at(-1)).toBe(body.length - from.at(-1)!)
  // Nothing says that the killed ones had ended.
  expect(transactions.map(({ responseEnd }) => responseEnd === null)).toEqual([true, true, false])
  await engine.source.close()
})

it('an object whose record was taken back by a crash of the database is swept, although its task was given back', async () => {
  const origin = await startHostileOrigin([{ send: head('200 OK', 9) }, { send: 'the bytes' }])
  onTestFinished(() => origin.close())
  const engine = await testEngine()
  const session = await builder.session()
  const task = await builder.task(session, {
    request: { url: `http://files.example.com:${origin.port}/`, headers: {} },
  })
  const lease = await builder.claim(task.id)
  const { transfers } = builder.stores
  const stores = {
    ...builder.stores,
    transfers: {
      ...transfers,
      /** Finalizing does not wait for the disk. */
      async completeTask() {
        await builder.database.run("update task set state = 'running', transfer = null where id = $1", [task.id])
        throw new Error('the database has just crashed')
      },
    },
  }
  const more = { announcer: { on: () => () => {} }, log: quiet, random: () => 0.5, workerId: 'w' }
  const bandwidth = workerBandwidth(stores)
  await runTransfer(
    { ...engine.ports, ...more, stores, bandwidth, tracing: withoutTracing, metrics: { countRefetched() {} } },
    lease,
    new AbortController().signal,
  )
  const row = await builder.database.first<{ state: string; garbage: unknown }>(
    'select state, garbage from task where id = $1',
    [task.id],
  )
  const key = `${task.tenantId}/tasks/${task.id}/${lease.epoch}`
  expect(row).toEqual({ state: 'waiting', garbage: [{ key, uploadId: null }] })
  await engine.source.close()
})
