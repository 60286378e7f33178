import { expect, it, onTestFinished } from 'vitest'
import { withoutTracing } from '#core/kernel/tracing.ts'
import { runTransfer } from '#core/transfers/run-transfer.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { workerBandwidth } from '#support/builders/bandwidth.ts'
import { testEngine } from '#support/builders/engine.ts'
import { useStore } from '#support/builders/use-store.ts'
import { startOrigin } from '#support/origins/origin.ts'

const builder = useStore()
const MiB = 1024 * 1024
const log = { info() {}, warn() {}, error() {} }

/** Runs a task of 4 MiB to its end. */
const run = async (maximumBytesPerSecond: number | null, tenantBytesPerSecond: number | null = null) => {
  const origin = await startOrigin()
  onTestFinished(() => origin.close())
  const engine = await testEngine()
  const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
  if (tenantBytesPerSecond !== null)
    await builder.database.run('update tenant set limits = $2 where id = $1', [
      session.tenantId,
      JSON.stringify({ maximumBytesPerSecond: tenantBytesPerSecond }),
    ])
  const url = origin.serve('/file', { bytes: 4 * MiB })
  const { host } = new URL(url)
  const task = await builder.task(session, { request: { url, headers: {} }, host, maximumBytesPerSecond })
  const lease = await builder.claim(task.id)
  const ports = {
    ...engine.ports,
    stores: builder.stores,
    announcer: { on: () => () => {} },
    log,
    random: () => 0.5,
    tracing: withoutTracing,
    metrics: { countRefetched() {} },
    workerId: 'wrk_test',
    bandwidth: workerBandwidth(builder.stores),
  }
  const startedAt = performance.now()
  const work = runTransfer(ports, lease, new AbortController().signal)
  return { task, host, work, elapsedMs: () => performance.now() - startedAt }
}
const rateOf = async (host: string) =>
  (
    await builder.database.first<{ bytesPerSecond: number | null }>(
      'select bytes_per_second from host_state where host = $1',
      [host],
    )
  )?.bytesPerSecond ?? null

it.each([
  ['its task', 2 * MiB, null],
  ['its tenant', null, 2 * MiB],
])('a transfer keeps to the maximum of %s, which is not taken for the rate of its host', async (_, own, tenants) => {
  const { task, host, work, elapsedMs } = await run(own, tenants)
  await work
  expect((await builder.find(task)).state).toBe('completed')
  // But for what lies in a buffer with the head, and for the burst.
  expect(elapsedMs()).toBeGreaterThan(1000 * ((4 - 0.5) / 2 - 0.5))
  expect(await rateOf(host)).toBeNull()
})

it('a transfer without a maximum tells the rate of its host', async () => {
  const { host, work } = await run(null)
  await work
  expect(await rateOf(host)).toBeGreaterThan(0)
})

it('a transfer that runs goes by a maximum that is changed', async () => {
  const { task, work } = await run(64 * 1024)
  const change = (maximumBytesPerSecond: number | null) =>
    builder.stores.tasks.changeTask(task.tenantId, task.id, { maximumBytesPerSecond })
  await eventually('it runs', async () => (await builder.find(task)).state === 'running')
  expect(await change(null)).toMatchObject({ maximumBytesPerSecond: null })
  // At the old rate it would take a minute.
  await work
  expect(await builder.find(task)).toMatchObject({ state: 'completed', maximumBytesPerSecond: null })
})
