/**
 * Peak memory of a worker process: with 200 transfers of 64 MiB at once, and with one file of 10 GiB beside one of 1 GiB.
 * Fails above 512 MiB, when the large file takes more than the small one, or when they were not really at once. Loopback
 * only; ends by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import type { Client } from '#support/client/client.ts'
import { newTenant } from '#support/processes/service.ts'
import { startS3 } from '#support/servers/s3.ts'
import { type Bucket, openBucket } from './bucket.ts'
import { type Opening, runMeasure } from './closing.ts'
import { peakOf, quiet } from './resource-usage.ts'
import { type ServiceFixture, startServers, startService } from './service-fixture.ts'
import { type StaticOrigin, startStaticOrigin } from './static-origin.ts'
import { GiB, MiB, makeSparseFile, sizeName } from './test-files.ts'

const usage = `Usage: npx -c 'node bench/memory.ts' [--transfers 200] [--only many|large] [--large 10]
  --large   GiB of the large file`
const { values } = parseArgs({
  options: {
    transfers: { type: 'string', default: '200' },
    only: { type: 'string' },
    large: { type: 'string', default: '10' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const maxPeakBytes = 512 * MiB
/** Peaks of equal work differ by this much, because the time of garbage collection varies. */
const sameShare = 1.1
const transfers = Number(values.transfers)
const smallBytes = 64 * MiB
/** A host and a tenant each allow 64 connections at once, so fifty fit with one tenant per host. */
const perTenant = 50
const waitTimeoutMs = 900_000
/** The delay after which storage begins to delete removed objects. */
const removalMs = 7_000

await runMeasure('memory', measure)

async function measure({ folder, closes }: Opening): Promise<boolean> {
  const origin = await startStaticOrigin(folder)
  closes(() => origin.close())
  const s3 = await startS3()
  closes(() => s3.stop())
  const bucket = await openBucket(s3.address)
  closes(() => bucket.close())
  const servers = await startServers(folder)
  closes(() => servers.close())
  const service = await startService(servers, folder, bucket.env)
  closes(() => service.close())
  const large = values.only === 'many' || (await measureLarge(service, origin, bucket))
  const many = values.only === 'large' || (await measureMany(service, origin))
  return large && many
}

async function measureLarge(service: ServiceFixture, origin: StaticOrigin, bucket: Bucket): Promise<boolean> {
  const peakWith = async (bytes: number): Promise<number> => {
    const name = `${sizeName(bytes).replace(' ', '-')}.bin`
    await makeSparseFile(origin.folder, name, bytes)
    const { client } = await newSession(service)
    const worker = await service.startWorker()
    const { id } = await client.ok<{ id: string }>('POST', '/v1/sessions/memory/tasks', { url: origin.url(name) })
    const ended = await client.ended(id)
    if (ended.state !== 'completed') throw new Error(JSON.stringify(ended.error))
    const peak = peakOf(worker.child.pid!)!
    await worker.end('SIGTERM')
    await bucket.empty()
    await sleep(removalMs)
    await quiet(60_000)
    return peak
  }
  const one = await peakWith(GiB)
  const ten = await peakWith(Number(values.large) * GiB)
  console.log(`one file of 1 GiB: ${inMiB(one)}, of ${values.large} GiB: ${inMiB(ten)}`)
  return ten <= sameShare * one && ten <= maxPeakBytes
}

async function measureMany(service: ServiceFixture, origin: StaticOrigin): Promise<boolean> {
  const tenants = Math.ceil(transfers / perTenant)
  for (let n = 0; n < transfers; n++) await makeSparseFile(origin.folder, `small-${n}.bin`, smallBytes)
  const worker = await service.startWorker({ WORKER_CONCURRENCY: String(transfers) })
  const idle = peakOf(worker.child.pid!)!
  const sessions = await Promise.all(Array.from({ length: tenants }, () => newSession(service)))
  const numbers = Array.from({ length: transfers }, (_, n) => n)
  await Promise.all(
    sessions.map(async ({ client }, tenant) => {
      const tasks = numbers
        .filter((n) => n % tenants === tenant)
        .map((n) => ({ url: origin.url(`small-${n}.bin`, `127.0.0.${tenant + 1}`) }))
      await client.ok('POST', '/v1/sessions/memory/tasks/batch', { tasks })
    }),
  )
  const database = new pg.Client({ connectionString: service.databaseUrl })
  await database.connect()
  const samples: number[] = []
  const until = performance.now() + waitTimeoutMs
  for (let done = 0; done < transfers; await sleep(250)) {
    const { rows } = await database.query<{ running: number; completed: number; failed: number }>(
      `select count(*) filter (where state = 'running')::int as running,
         count(*) filter (where state = 'completed')::int as completed,
         count(*) filter (where state = 'failed')::int as failed
       from task where tenant_id = any($1)`,
      [sessions.map(({ tenantId }) => tenantId)],
    )
    const { running, completed, failed } = rows[0]!
    samples.push(running)
    done = completed
    if (failed > 0 || performance.now() > until) throw new Error(`${failed} failed, ${completed} completed`)
  }
  await database.end()
  const peak = peakOf(worker.child.pid!)!
  await worker.end('SIGTERM')
  const most = Math.max(...samples)
  const atOnce = samples.filter((running) => running >= 0.95 * transfers).length
  console.log(
    `${transfers} files of ${sizeName(smallBytes)}: ${inMiB(peak)} (${inMiB(idle)} before), at most ${most} at once, ` +
      `at least 95 % of them in ${atOnce} of ${samples.length} looks`,
  )
  return peak <= maxPeakBytes && most >= 0.95 * transfers
}

/** A new tenant with a session that allows all of a host's connections. */
async function newSession(service: ServiceFixture): Promise<{ client: Client; tenantId: string }> {
  const { client, tenantId } = await newTenant(service.url)
  const configuration = { delegate: { kind: 'pull' }, httpMaximumConnectionsPerHost: 64 }
  await client.ok('PUT', '/v1/sessions/memory', { configuration })
  // Tasks created in the background are discretionary and get at most 70 % of a worker's slots.
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  return { client, tenantId }
}

function inMiB(bytes: number): string {
  return `${(bytes / MiB).toFixed(0)} MiB`
}
