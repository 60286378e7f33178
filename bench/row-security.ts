/**
 * What row-level security costs requests: two APIs on one database, with ROW_LEVEL_SECURITY and without, in turn: tasks one by
 * one, reads, lists, and batches of 1,000 tasks. Commits do not wait for the disk, which would take both as long and hide the
 * difference. Loopback only; ends by itself.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import type { Client } from '#support/client/client.ts'
import { newTenant } from '#support/processes/service.ts'
import { cpuSeconds } from './cpu-seconds.ts'
import { startServers, startService } from './service-fixture.ts'

const { values } = parseArgs({
  options: {
    turns: { type: 'string', default: '15' },
    'at-once': { type: 'string', default: '16' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log('Usage: node bench/row-security.ts [--turns 15] [--at-once 16]')
  process.exit(0)
}
const turns = Math.min(Number(values.turns), 1_000)
const atOnce = Math.min(Number(values['at-once']), 100)

interface Side {
  client: Client
  session: string
  tasks: string[]
}
type Job = (side: Side) => Promise<unknown>
const newTask = { url: 'https://origin.example.com/file', isDiscretionary: true }
const path = ({ session }: Side) => `/v1/sessions/${session}/tasks`
/** What is measured, and how many requests of it make a turn. */
const jobs: Record<string, [count: number, Job]> = {
  'create a task': [
    400,
    async (side) => side.tasks.push((await side.client.ok<{ id: string }>('POST', path(side), newTask)).id),
  ],
  'read a task': [800, ({ client, tasks }) => client.task(tasks[Math.floor(Math.random() * tasks.length)]!)],
  'list 100 tasks': [200, (side) => side.client.ok('GET', `${path(side)}?limit=100`)],
  'list 100 events': [400, ({ client }) => client.ok('GET', '/v1/events?limit=100')],
  'create 1,000 tasks': [
    4,
    (side) => side.client.ok('POST', `${path(side)}/batch`, { tasks: Array.from({ length: 1000 }, () => newTask) }),
  ],
}

const folder = await mkdtemp(join(tmpdir(), 'backhaul-row-security-'))
const servers = await startServers(folder)
const services: Awaited<ReturnType<typeof startService>>[] = []
try {
  const sides: Side[] = []
  const { DATABASE_URL = '' } = await servers.newEnv()
  const own = { DATABASE_URL, ENCRYPTION_KEY: randomBytes(32).toString('base64') }
  const { pathname } = new URL(DATABASE_URL)
  await run(DATABASE_URL, `alter database ${pathname.slice(1)} set synchronous_commit = off`)
  for (const setting of ['off', 'on']) {
    const service = await startService(servers, folder, { ...own, ROW_LEVEL_SECURITY: setting })
    services.push(service)
    const { client } = await newTenant(service.url)
    await client.ok('PUT', '/v1/sessions/s', { configuration: { delegate: { kind: 'pull' } } })
    sides.push({ client, session: 's', tasks: [] })
  }
  for (const [name, [count, job]] of Object.entries(jobs)) {
    const times: number[][] = sides.map(() => [])
    const used: number[][] = sides.map(() => [])
    // Both have their plans from the same statistics.
    await run(DATABASE_URL, 'vacuum analyze')
    // The first turn is not counted: it prepares statements and fills caches.
    for (let turn = 0; turn <= turns; turn++)
      for (const n of turn % 2 ? [0, 1] : [1, 0]) {
        const before = cpu(n)
        const ms = await timed(count, () => job(sides[n]!))
        if (turn === 0) continue
        times[n]!.push(ms / count)
        used[n]!.push(((cpu(n) - before) * 1000) / count)
      }
    const shown = [times, used].map((each) => {
      const [off, on] = each.map(median) as [number, number]
      return `off ${off.toFixed(2)} on ${on.toFixed(2)} (${(on / off).toFixed(3)} ×)`
    })
    console.log(`${name.padEnd(20)} ms ${shown[0]!.padEnd(36)} CPU ms ${shown[1]}`)
  }
} finally {
  for (const service of services) await service.close()
  await servers.close()
  await rm(folder, { recursive: true, force: true })
}

/** CPU seconds of one API and of PostgreSQL. */
function cpu(n: number): number {
  const all = cpuSeconds(new Map(services[n]!.pids().map((pid) => [pid, 'API'])))
  return all.get('API')! + (all.get('postgres') ?? 0)
}

async function run(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

/** How long (ms) so many calls take, some at once. */
async function timed(count: number, call: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  let left = count
  const work = async () => {
    while (left-- > 0) await call()
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work))
  return performance.now() - from
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}
