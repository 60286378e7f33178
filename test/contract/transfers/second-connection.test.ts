import { expect, it, onTestFinished } from 'vitest'
import type { HostState } from '#core/database/generated/client.ts'
import { withoutTracing } from '#core/kernel/tracing.ts'
import { runTransfer } from '#core/transfers/run-transfer.ts'
import { workerBandwidth } from '#support/builders/bandwidth.ts'
import { testEngine } from '#support/builders/engine.ts'
import { useStore } from '#support/builders/use-store.ts'
import { lines } from '#support/client/source.ts'
import { type Scenario, type Step, startHostileOrigin } from '#support/origins/hostile-origin.ts'

/* What a task, in the real database, costs and teaches at a host that bears one connection. */

const builder = useStore()

const KiB = 1024
const partSize = 4 * KiB
const sizes = { partBytes: () => partSize, smallBytes: partSize }
const body = Buffer.alloc(60 * partSize)
for (let at = 0; at < body.length; at += 4) body.writeUInt32LE(at, at)
const quiet = { info() {}, warn() {}, error() {} }
const slowly: Scenario = [
  { send: lines('HTTP/1.1 200 OK', 'ETag: "v1"', 'Accept-Ranges: bytes', `Content-Length: ${body.length}`) },
  ...Array.from({ length: 60 }, (_, n): Step[] => [
    { waitMs: 35 },
    { send: body.subarray(n * partSize, (n + 1) * partSize) },
  ]).flat(),
]

it.each<[string, Scenario]>([
  ['429', [{ send: lines('HTTP/1.1 429 Too Many', 'Retry-After: 600', 'Content-Length: 0') }]],
  ['503', [{ send: lines('HTTP/1.1 503 Busy', 'Content-Length: 0') }]],
  ['a reset', ['reset']],
])(
  'a second connection that is refused with %s is charged to nobody, and tried by nobody for an hour',
  async (_, no) => {
    const origin = await startHostileOrigin(({ headers }) => (headers.range === undefined ? slowly : no))
    onTestFinished(() => origin.close())
    const engine = await testEngine({ sizes })
    const host = `files.example.com:${origin.port}`
    const run = async () => {
      const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
      const request = { url: `http://${host}/file`, headers: {} }
      const task = await builder.task(session, { request, host })
      const stores = builder.stores
      const ports = { ...engine.ports, stores, announcer: { on: () => () => {} }, log: quiet, random: () => 0.5 }
      const before = origin.requests.length
      const lease = await builder.claim(task.id)
      await runTransfer(
        {
          ...ports,
          workerId: 'wrk_test',
          bandwidth: workerBandwidth(stores),
          tracing: withoutTracing,
          metrics: { countRefetched() {} },
        },
        lease,
        new AbortController().signal,
      )
      const { state, attempts } = await builder.find(task)
      const ranges = origin.requests.slice(before).filter(({ headers }) => headers.range !== undefined)
      return { state, attempts, ranges: ranges.length }
    }
    const first = await run()
    expect(first).toMatchObject({ state: 'completed', ranges: 1 })
    const row = await builder.database.first<HostState>('select * from host_state where host = $1', [host])
    expect(row).toMatchObject({ blockedUntil: null, failures: 0, halfOpen: false, reason: null })
    expect(row?.singleConnectionUntil).toBeInstanceOf(Date)
    expect(await run()).toEqual({ ...first, ranges: 0 })
    // An hour later.
    await builder.database.run('update host_state set single_connection_until = clock_timestamp() where host = $1', [
      host,
    ])
    expect(await run()).toEqual(first)
  },
)
