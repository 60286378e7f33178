import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { withoutTracing } from '#core/kernel/tracing.ts'
import { runTransfer } from '#core/transfers/run-transfer.ts'
import { workerBandwidth } from '#support/builders/bandwidth.ts'
import { testEngine } from '#support/builders/engine.ts'
import { useStore } from '#support/builders/use-store.ts'
import { rawResponse, startRawOrigin } from '#support/origins/raw-origin.ts'
import { createFileObjects } from '#transfer/storage/disk/disk-object-store.ts'

const builder = useStore()
const quiet = { info() {}, warn() {}, error() {} }

/** Storage whose folder is a file: the disk refuses whatever is to be stored. */
async function refusingStorage() {
  const folder = await mkdtemp(join(tmpdir(), 'backhaul-refusing-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'file'), '')
  return createFileObjects({ directory: join(folder, 'file'), signLink: () => '' })
}

/** An attempt at a host whose circuit is half open, while storage refuses every byte. */
async function tried(status: number) {
  const origin = await startRawOrigin(() => rawResponse(status, {}, 'the whole body'))
  onTestFinished(() => origin.close())
  const engine = await testEngine()
  const configuration = { delegate: { kind: 'pull' as const }, httpStatusPolicy: 'deliver' as const }
  const session = await builder.session(undefined, configuration)
  const url = origin.url('/file')
  const { host } = new URL(url)
  const task = await builder.task(session, { request: { url, headers: {} }, host })
  await builder.database.run(
    `insert into host_state (host, failures, half_open, blocked_until, down_since, decided_at)
     values ($1, 5, true, clock_timestamp() - interval '1 s', clock_timestamp() - interval '6 s', clock_timestamp() - interval '6 s')`,
    [host],
  )
  const lease = await builder.claim(task.id)
  const ports = {
    ...engine.ports,
    objects: await refusingStorage(),
    stores: builder.stores,
    announcer: { on: () => () => {} },
    log: quiet,
    random: () => 0.5,
    tracing: withoutTracing,
    metrics: { countRefetched() {} },
    workerId: 'wrk_test',
    bandwidth: workerBandwidth(builder.stores),
  }
  await runTransfer(ports, lease, new AbortController().signal)
  const health = await builder.database.first<{ failures: number; halfOpen: boolean }>(
    'select failures, half_open from host_state where host = $1',
    [host],
  )
  return { task: await builder.find(task), health }
}

it('a body that came and that storage did not keep closes the circuit of its host, and is charged to no one', async () => {
  const { task, health } = await tried(200)
  expect(task).toMatchObject({ state: 'waiting', attempts: 0, error: null })
  expect(health).toEqual({ failures: 0, halfOpen: false })
})

it('a response that asks for time says nothing of its host, though storage did not keep it', async () => {
  const { task, health } = await tried(503)
  expect(task).toMatchObject({ state: 'waiting', attempts: 0, error: null })
  expect(health).toEqual({ failures: 5, halfOpen: true })
})
