/**
 * The rate of eight transfers on two workers under one maximum: of a session, of a tenant, and of a session half of whose origins are
 * slow. Fails when a window of ten seconds is more than a tenth away from the maximum. Loopback only; ends by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { eventually } from '#support/assertions/eventually.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant } from '#support/processes/service.ts'
import { type Opening, runMeasure } from './closing.ts'
import { type ServiceFixture, startServers, startService } from './service-fixture.ts'
import { MiB } from './test-files.ts'

const usage = `Usage: npx -c 'node bench/bandwidth.ts' [--rate 8] [--windows 3]
  --rate     MiB a second
  --windows  of ten seconds, one after the other`
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '8' },
    windows: { type: 'string', default: '3' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const rate = Number(values.rate) * MiB
const windows = Number(values.windows)
const windowMs = 10_000
const tolerance = 0.1
const transfers = 8
/** Workers come to their shares within some reports, of which each makes one a second. */
const settleMs = 4_000
const fileBytes = 128 * MiB

interface Kind {
  name: string
  of: 'session' | 'tenant'
  /** Of every second transfer's origin, as a part of the maximum. */
  slowShare?: number
}
const kinds: readonly Kind[] = [
  { name: 'a maximum of the session', of: 'session' },
  { name: 'a maximum of the tenant', of: 'tenant' },
  { name: 'a maximum of the session, half of the origins slow', of: 'session', slowShare: 1 / 64 },
]

await runMeasure('bandwidth', measure)

async function measure({ folder, closes }: Opening): Promise<boolean> {
  const origin = await startOrigin()
  closes(() => origin.close())
  const servers = await startServers(folder)
  closes(() => servers.close())
  const service = await startService(servers, folder, { WORKER_CONCURRENCY: String(transfers / 2) })
  closes(() => service.close())
  const database = new pg.Client({ connectionString: service.databaseUrl })
  await database.connect()
  closes(() => database.end())
  for (const _ of [1, 2]) await service.startWorker()
  const results: boolean[] = []
  for (const kind of kinds) results.push(await measureKind(kind, { origin, service, database }))
  return results.every((isMet) => isMet)
}

async function measureKind(
  { name, of, slowShare }: Kind,
  { origin, service, database }: { origin: Origin; service: ServiceFixture; database: pg.Client },
): Promise<boolean> {
  const { client, tenantId } = await newTenant(service.url)
  if (of === 'tenant')
    await database.query('update tenant set limits = $2 where id = $1', [
      tenantId,
      JSON.stringify({ maximumBytesPerSecond: rate }),
    ])
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  const configuration = { delegate: { kind: 'pull' }, httpMaximumConnectionsPerHost: 64 }
  await client.ok('PUT', '/v1/sessions/paced', {
    configuration: { ...configuration, ...(of === 'session' ? { maximumBytesPerSecond: rate } : {}) },
  })
  const urls = Array.from({ length: transfers }, (_, n) => {
    const isSlow = slowShare !== undefined && n % 2 === 1
    const more = isSlow ? { bytesPerSecond: rate * slowShare } : {}
    return origin.serve(`/${of}-${n}-${isSlow}`, { bytes: fileBytes, seed: 'paced', ...more })
  })
  await client.ok('POST', '/v1/sessions/paced/tasks/batch', { tasks: urls.map((url) => ({ url })) })
  const seen = async () => {
    const { rows } = await database.query<{ bytes: string; running: number; workers: number; at: Date }>(
      `select coalesce(sum(bytes_received), 0) as bytes, count(*) filter (where state = 'running')::int as running,
         count(distinct worker_id)::int as workers, clock_timestamp() as at from task where tenant_id = $1`,
      [tenantId],
    )
    return { ...rows[0]!, bytes: Number(rows[0]!.bytes) }
  }
  const spread = await eventually(
    'all transfers run',
    async () => {
      const now = await seen()
      return now.running === transfers && now
    },
    { withinMs: 120_000 },
  )
  await sleep(settleMs)
  const ratios: number[] = []
  for (let from = await seen(); ratios.length < windows; ) {
    await sleep(windowMs)
    const to = await seen()
    ratios.push(((to.bytes - from.bytes) * 1000) / (to.at.getTime() - from.at.getTime()) / rate)
    from = to
  }
  await client.ok('POST', '/v1/sessions/paced/invalidate-and-cancel')
  await eventually('they have ended', async () => (await seen()).running === 0)
  const isMet = ratios.every((ratio) => Math.abs(ratio - 1) <= tolerance)
  console.log(
    `${name}, ${spread.workers} workers: ${ratios.map((ratio) => ratio.toFixed(3)).join(', ')} of ${values.rate} MiB/s${isMet ? '' : '  MISSED'}`,
  )
  return isMet
}
