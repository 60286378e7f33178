/**
 * How fast events become webhooks: deliveries a second by one worker, beside a loop of signed fetches that keeps nothing; how
 * long after the commit the first attempt begins; and the same beside a dead endpoint with ten thousand events waiting.
 * Writes bench/results/delivery.md. Fails when a figure is missed. Loopback only; ends by itself.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import type { Client } from '#support/client/client.ts'
import { newTenant } from '#support/processes/service.ts'
import { type Opening, runMeasure } from './closing.ts'
import { type DeadReceiver, type FastReceiver, startDeadReceiver, startFastReceiver } from './delivery-receivers.ts'
import { plainDeliveries } from './plain-deliveries.ts'
import { type ServiceFixture, startServers, startService } from './service-fixture.ts'

const { values } = parseArgs({
  options: {
    deliveries: { type: 'string', default: '6000' },
    seconds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '50' },
    waiting: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '3' },
    results: { type: 'string', default: join(import.meta.dirname, 'results') },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(`Usage: npx -c 'node bench/delivery.ts' [options]
  --deliveries 6000   for the throughput, over eight sessions
  --seconds 20        of events at a steady rate, for a round of the latency
  --rate 50           events a second
  --waiting 10000     events that wait for the dead endpoint
  --runs 3            rounds of each; medians count
  --results folder    bench/results`)
  process.exit(0)
}
const [deliveries, seconds, rate] = [Number(values.deliveries), Number(values.seconds), Number(values.rate)]
const [waiting, runs] = [Number(values.waiting), Number(values.runs)]
const limits = { perSecond: 300, p50Ms: 100, p99Ms: 1_000, besideDead: 1.2 }
const sessions = 8
const batch = 1_000
const waitTimeoutMs = 180_000

const heading = `# Deliveries

Made by \`npx -c 'node bench/delivery.ts'\` on one machine with everything on it: PostgreSQL (every attempt is written before its
POST and its outcome behind it), Redis, one API, one worker, receivers. Throughput is of a backlog in ${sessions} sessions; all
are medians of ${runs} rounds. The dead endpoint takes connections and never answers; it belongs to the same tenant.
`

await runMeasure('delivery', measure)

async function measure({ folder, closes }: Opening): Promise<boolean> {
  const servers = await startServers(folder)
  closes(() => servers.close())
  const service = await startService(servers, folder, {})
  closes(() => service.close())
  const database = new pg.Client({ connectionString: service.databaseUrl })
  await database.connect()
  closes(() => database.end())
  const [receiver, dead] = [await startFastReceiver(), await startDeadReceiver()]
  closes(() => receiver.close())
  closes(() => dead.close())
  const context = { service, database, receiver, dead }

  const ours: number[] = []
  const plain: number[] = []
  for (let run = 1; run <= runs; run++) {
    plain.push(await plainDeliveries(receiver, deliveries))
    ours.push(await throughput(context, run))
    console.log(`${run}/${runs}: plain loop ${plain.at(-1)!.toFixed(0)}/s, Backhaul ${ours.at(-1)!.toFixed(0)}/s`)
  }
  const worker = await service.startWorker()
  closes(() => worker.end('SIGTERM'))
  const alone = await latencies(context, 'alone')
  const held = await fillDead(context)
  const beside = await latencies(context, 'beside')
  const share = beside.p99 / alone.p99
  const [perSecond, plainPerSecond] = [median(ours), median(plain)]

  const rows = [
    ['deliveries a second, one worker', perSecond.toFixed(0), `≥ ${limits.perSecond}`, perSecond >= limits.perSecond],
    ['the same by a loop of signed fetches that keeps nothing', plainPerSecond.toFixed(0), '', true],
    [
      `commit to first attempt, ${rate}/s: p50`,
      `${alone.p50.toFixed(0)} ms`,
      `≤ ${limits.p50Ms} ms`,
      alone.p50 <= limits.p50Ms,
    ],
    [
      `commit to first attempt, ${rate}/s: p99`,
      `${alone.p99.toFixed(0)} ms`,
      `≤ ${limits.p99Ms} ms`,
      alone.p99 <= limits.p99Ms,
    ],
    [
      `p99 beside a dead endpoint with ${held} events waiting`,
      `${beside.p99.toFixed(0)} ms, ${share.toFixed(2)} ×`,
      `≤ ${limits.besideDead} ×`,
      share <= limits.besideDead,
    ],
  ] as const
  const table = [
    '| what | measured | wanted |',
    '| --- | --: | --: |',
    ...rows.map(([what, is, wanted]) => `| ${what} | ${is} | ${wanted} |`),
  ].join('\n')
  console.log(table)
  await mkdir(values.results, { recursive: true })
  await writeFile(join(values.results, 'delivery.md'), `${heading}\n${table}\n`)
  return rows.every(([, , , reached]) => reached)
}

interface BenchContext {
  service: ServiceFixture
  database: pg.Client
  receiver: FastReceiver
  dead: DeadReceiver
}

/** The throughput with a backlog that existed when the worker started. */
async function throughput({ service, receiver }: BenchContext, run: number): Promise<number> {
  const { client } = await foregroundTenant(service)
  const names = await newSessions(client, receiver.url, `backlog-${run}`, sessions)
  const ids = await suspended(client, names, deliveries)
  await cancelAll(client, ids)
  const came = receiver.expect(deliveries)
  const worker = await service.startWorker()
  const { first, last } = await came
  await worker.end('SIGTERM')
  return ((deliveries - 1) * 1_000) / (last - first)
}

interface Latency {
  p50: number
  p99: number
}

/** The median of several rounds, because one slow moment of the machine decides a round's p99. */
async function latencies(context: BenchContext, name: string): Promise<Latency> {
  const rounds: Latency[] = []
  for (let round = 1; round <= runs; round++) rounds.push(await latency(context, `${name}-${round}`))
  return { p50: median(rounds.map(({ p50 }) => p50)), p99: median(rounds.map(({ p99 }) => p99)) }
}

/** The latency of events that occur one by one, evenly over four sessions. */
async function latency({ service, database, receiver }: BenchContext, name: string): Promise<Latency> {
  const { client, tenantId } = await foregroundTenant(service)
  const names = await newSessions(client, receiver.url, name, 4)
  const count = seconds * rate
  const ids = await suspended(client, names, count)
  const shuffled = ids.map((id, n) => ({ id, at: (n * 7919) % count })).toSorted((a, b) => a.at - b.at)
  const from = performance.now()
  await Promise.all(
    shuffled.map(async ({ id }, n) => {
      await sleep(Math.max(0, from + (n * 1_000) / rate - performance.now()))
      await client.ok('POST', `/v1/tasks/${id}/cancel`)
    }),
  )
  const until = performance.now() + waitTimeoutMs
  for (;;) {
    const { rows } = await database.query<{ ms: number }>(
      `select extract(epoch from a.started_at - e.created_at)::float8 * 1000 as ms
       from event e join delivery d on d.event_id = e.id join delivery_attempt a on a.delivery_id = d.id and a.number = 1
       where e.tenant_id = $1 and e.type = 'task.completed' and a.ended_at is not null order by 1`,
      [tenantId],
    )
    if (rows.length === count) {
      const at = (share: number) => rows[Math.min(count - 1, Math.floor(share * count))]!.ms
      console.log(
        `${name}: p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms, at most ${at(1).toFixed(0)} ms`,
      )
      return { p50: at(0.5), p99: at(0.99) }
    }
    if (performance.now() > until) throw new Error(`only ${rows.length} of ${count} were delivered`)
    await sleep(250)
  }
}

/** Creates the dead endpoint's backlog; returns the number of waiting events. */
async function fillDead({ service, database, dead }: BenchContext): Promise<number> {
  const { client, tenantId } = await foregroundTenant(service)
  const names = await newSessions(client, dead.url, 'dead', Math.ceil(waiting / batch))
  await suspended(client, names, waiting)
  for (const name of names) await client.ok('POST', `/v1/sessions/${name}/invalidate-and-cancel`)
  const until = performance.now() + waitTimeoutMs
  for (;;) {
    const { rows } = await database.query<{ count: number }>(
      `select count(*)::int as count from delivery where tenant_id = $1 and state = 'pending'`,
      [tenantId],
    )
    if (rows[0]!.count >= waiting) return rows[0]!.count
    if (performance.now() > until) throw new Error(`only ${rows[0]!.count} wait`)
    await sleep(250)
  }
}

/** A session whose client is in the foreground, so that events are sent as they occur. */
async function foregroundTenant(service: ServiceFixture): Promise<{ client: Client; tenantId: string }> {
  const { client, tenantId } = await newTenant(service.url)
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  return { client, tenantId }
}

async function newSessions(client: Client, url: string, prefix: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, n) => `${prefix}-${n}`)
  for (const name of names) await client.ok('PUT', `/v1/sessions/${name}`, { configuration: { delegate: { url } } })
  return names
}

/** Creates this many tasks that are never begun, evenly over the sessions. */
async function suspended(client: Client, names: readonly string[], count: number): Promise<string[]> {
  const ids: string[] = []
  for (const [n, name] of names.entries()) {
    let left = Math.floor(((n + 1) * count) / names.length) - Math.floor((n * count) / names.length)
    for (; left > 0; left -= Math.min(left, batch)) {
      const tasks = Array.from({ length: Math.min(left, batch) }, () => ({
        url: 'http://127.0.0.1:49999/never',
        suspended: true,
      }))
      const { tasks: made } = await client.ok<{ tasks: { id: string }[] }>('POST', `/v1/sessions/${name}/tasks/batch`, {
        tasks,
      })
      ids.push(...made.map(({ id }) => id))
    }
  }
  return ids
}

async function cancelAll(client: Client, ids: readonly string[]): Promise<void> {
  const left = [...ids]
  const cancel = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await client.ok('POST', `/v1/tasks/${id}/cancel`)
  }
  await Promise.all(Array.from({ length: 16 }, cancel))
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}
