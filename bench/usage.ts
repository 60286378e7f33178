/**
 * GET /v1/usage of a month by day with 1,000,000 rows of usage, in turn with a plain server that counts the same from a row
 * for each ended task; and what a creation of 1,000 tasks takes, in turn with all
 * limits and with none. Loopback only; ends by itself.
 */

import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { limitNames } from '#core/limits/rules/limits.ts'
import { createClient } from '#support/client/client.ts'
import { listening, newTenant, operatorToken, startProcess } from '#support/processes/service.ts'
import { type DispatchFixture, openDispatchFixture, quantile } from './dispatch-fixture.ts'
import { postgresOption, postgresUsage } from './postgres.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    reads: { type: 'string', default: '100' },
    part: { type: 'string' },
    ...postgresOption,
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(`Usage: node bench/usage.ts [--rows 1000000] [--reads 100] [--part month|creation] ${postgresUsage}`)
  process.exit(0)
}
const rows = Math.min(Number(values.rows), 5_000_000)
const reads = Math.min(Number(values.reads), 10_000)
const maxMs = 100
const batches = 40
const tenants = 100
/** As an hour of a tenant that does everything has them. */
const parts = 6
/** The end of the last full month of 30 days. */
const until = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000)
const since = new Date(until.getTime() - 30 * 86_400_000)

const fixture = await openDispatchFixture()
const peer = new pg.Pool({ connectionString: fixture.env.DATABASE_URL })
const api = startProcess('apps/api/src/main.ts', { ...fixture.env, PORT: '0', ADMIN_TOKEN: operatorToken })
const plain = createServer((request, response) => {
  const tenant = new URL(request.url!, 'http://peer').searchParams.get('tenant')
  void peer.query(peerSql, [tenant, since, until]).then(
    ({ rows: data }) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ data })),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})
const peerSql = `select date_trunc('day', ended_at, 'UTC') as at, count(*) filter (where state = 'completed') as completed,
    count(*) filter (where state = 'failed') as failed, sum(bytes) as bytes from ended
  where tenant_id = $1 and ended_at >= $2 and ended_at < $3 group by 1 order by 1`

try {
  const apiUrl = await listening(api)
  if (values.part !== 'creation') await measureMonth(apiUrl)
  if (values.part !== 'month') await measureCreation(apiUrl)
} finally {
  plain.close()
  await api.end('SIGTERM')
  await peer.end()
  await fixture.close()
}

async function measureMonth(apiUrl: string): Promise<void> {
  const { client, tenantId } = await newTenant(apiUrl)
  await fill(fixture, tenantId)
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
  const { port } = plain.address() as { port: number }
  const query = `since=${since.toISOString()}&until=${until.toISOString()}&step=day`
  const times = { service: [] as number[], peer: [] as number[] }
  for (let n = 0; n < reads; n++) {
    times.service.push(
      await took(async () => {
        const { data } = await client.ok<{ data: { tasksCompleted: number }[] }>('GET', `/v1/usage?${query}`)
        if (data.length !== 30 || data.some(({ tasksCompleted }) => tasksCompleted === 0))
          throw new Error('not the month')
      }),
    )
    times.peer.push(
      await took(async () => {
        const response = await fetch(`http://127.0.0.1:${port}/?tenant=${tenantId}`)
        const { data } = (await response.json()) as { data: unknown[] }
        if (data.length !== 30) throw new Error('not the month')
      }),
    )
  }
  console.log(
    `a month by day of one of ${tenants} tenants, ${rows} rows of usage, as many ended tasks for the peer; ${reads} reads`,
  )
  for (const [name, taken] of Object.entries(times))
    console.log(
      `  ${name.padEnd(8)} p50 ${quantile(taken, 0.5).toFixed(1)} ms, p99 ${quantile(taken, 0.99).toFixed(1)} ms`,
    )
  if (quantile(times.service, 0.5) > maxMs) process.exitCode = 1
}

/** Hours up to now for every tenant, the measured one among them; and the peer's table, with an index that answers it. */
async function fill({ database }: DispatchFixture, tenantId: string): Promise<void> {
  await database.run(
    `insert into tenant_total (tenant_id, stored_bytes) select 'ten_bench_' || n, 1000000 from generate_series(2, ${tenants}) n`,
  )
  await database.run(
    `insert into usage_hour (tenant_id, hour, part, tasks_created, tasks_completed, tasks_failed, bytes_received,
       stored_delta, stored_byte_seconds, delivery_attempts, requests)
     select t.tenant_id, date_trunc('hour', clock_timestamp(), 'UTC') - h * interval '1 hour', p, 5, 4, 1, 100000, 10, 18000, 10, 20
     from tenant_total t, generate_series(0, $1::int - 1) h, generate_series(0, ${parts - 1}) p`,
    [Math.ceil(rows / tenants / parts)],
  )
  await database.run('create table ended (tenant_id text, ended_at timestamptz, state text, bytes bigint)')
  await database.run(
    `insert into ended select case n % ${tenants} when 0 then $1 else 'ten_bench_' || n % ${tenants} end,
       clock_timestamp() - random() * interval '${Math.ceil(rows / tenants / parts / 24)} days',
       case when random() < 0.8 then 'completed' else 'failed' end, 100000 from generate_series(1, $2::int) n`,
    [tenantId, rows],
  )
  await database.run('create index on ended (tenant_id, ended_at) include (state, bytes)')
  for (const table of ['ended', 'usage_hour']) await database.run(`vacuum analyze ${table}`)
}

/**
 * Batches of 1,000 tasks, in turn for tenants with every limit, far away, and without any. There are two of each, because
 * the tenant whose id comes last writes at the end of every index, which is quicker.
 */
async function measureCreation(apiUrl: string): Promise<void> {
  const limits = (maximum: number | null) => Object.fromEntries(limitNames.map((name) => [name, maximum]))
  const [all, none] = [limits(1_000_000_000), limits(null)]
  const tenants: { isLimited: boolean; create: () => Promise<unknown> }[] = []
  for (const isLimited of [true, false, false, true])
    tenants.push({ isLimited, create: await creator(apiUrl, isLimited ? all : none) })
  const times = { limited: [] as number[], free: [] as number[] }
  for (let n = 0; n < batches; n++)
    for (const { isLimited, create } of n % 2 === 0 ? tenants : tenants.toReversed())
      times[isLimited ? 'limited' : 'free'].push(await took(create))
  const [limited, free] = [quantile(times.limited, 0.5), quantile(times.free, 0.5)]
  console.log(
    `creating 1000 tasks in a batch, ${2 * batches} each: p50 ${limited.toFixed(0)} ms with all limits, ` +
      `${free.toFixed(0)} ms without; ${(limited / free).toFixed(3)} x`,
  )
  if (limited / free > 1.05) process.exitCode = 1
}

async function creator(apiUrl: string, limits: Record<string, number | null>): Promise<() => Promise<unknown>> {
  const { client, tenantId } = await newTenant(apiUrl)
  await createClient(apiUrl, operatorToken).ok('PATCH', `/v1/admin/tenants/${tenantId}`, { limits })
  await client.ok('PUT', '/v1/sessions/s', { configuration: { delegate: { kind: 'pull' } } })
  const tasks = Array.from({ length: 1000 }, (_, n) => ({ url: `https://files.example/${n}`, suspended: true }))
  return () => client.ok('POST', '/v1/sessions/s/tasks/batch', { tasks })
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}
