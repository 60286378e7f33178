/** Measures what tasks, webhooks and bytes cost, on one machine with everything on it. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, openDatabase } from '#core/database/database.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { bytesOf } from '#support/origins/origin.ts'
import { newTenant } from '#support/processes/service.ts'
import type { StaticOrigin } from '../static-origin.ts'
import type { Cpu, UnitCosts } from './plan.ts'

export interface Arena {
  url: string
  databaseUrl: string
  /** CPU seconds so far. */
  cpuSeconds(): Cpu
  origin: StaticOrigin
  /** Acknowledges whatever comes. */
  receiverUrl: string
}

export interface Amounts {
  tasks: number
  largeFiles: number
  largeBytes: number
  idleSeconds: number
}

const batch = 1_000
const smallBytes = 10_240
const sourceFiles = 100
const gib = 2 ** 30

interface Sizes {
  databaseBytes: number
  walBytes: number
  rows: number
}

/** Everything in turn, so that each cost is the difference of two states. `say` gets a line for each step. */
export async function measureUnitCosts(
  arena: Arena,
  amounts: Amounts,
  say: (line: string) => void,
): Promise<{ costs: UnitCosts; webhooksPerTask: number }> {
  const { url, origin } = arena
  const database = openDatabase(arena.databaseUrl)
  const sizes = () => readSizes(database)
  const during = async (work: () => Promise<void>) => {
    await settled(database)
    const [before, cpuBefore] = [await sizes(), arena.cpuSeconds()]
    await work()
    const [after, cpuAfter] = [await sizes(), arena.cpuSeconds()]
    const cpu = mapCpu((program) => cpuAfter[program] - cpuBefore[program])
    const grown = mapSizes((size) => after[size] - before[size])
    return { cpu, ...grown }
  }
  try {
    for (let n = 0; n < sourceFiles; n++)
      await writeFile(join(origin.folder, `small-${n}`), bytesOf(`small-${n}`, smallBytes))
    for (let n = 0; n < amounts.largeFiles; n++)
      await writeFile(join(origin.folder, `large-${n}`), bytesOf('large', amounts.largeBytes))
    const small = Array.from({ length: amounts.tasks }, (_, n) => origin.url(`small-${n % sourceFiles}`))
    const pull = { kind: 'pull' }
    say(`${amounts.tasks / 4} small files, to warm up`)
    await run(url, 'warm', small.slice(0, amounts.tasks / 4), pull)

    say(`${amounts.idleSeconds} s of rest`)
    const idle = await during(() => sleep(amounts.idleSeconds * 1000))
    say(`${amounts.tasks} small files without webhooks`)
    const tasks = await during(() => run(url, 'tasks', small, pull))
    say(`${amounts.tasks} small files with a webhook for each event`)
    const count = async () =>
      (await database.first<{ n: number }>("select count(*)::int as n from delivery where state = 'succeeded'"))!.n
    const told = await during(async () => {
      await run(url, 'told', small, { url: arena.receiverUrl })
      await eventually('all is told', () => allTold(database), { withinMs: 600_000 })
    })
    const webhooks = await count()
    say(`${amounts.largeFiles} files of ${amounts.largeBytes / 2 ** 20} MiB`)
    const large = Array.from({ length: amounts.largeFiles }, (_, n) => origin.url(`large-${n}`))
    const bytes = await during(() => run(url, 'large', large, pull))

    const gibs = (amounts.largeFiles * amounts.largeBytes) / gib
    const idleMs = mapCpu((program) => (idle.cpu[program] * 1000) / amounts.idleSeconds)
    const perTask = {
      cpu: mapCpu((program) => (tasks.cpu[program] * 1000) / amounts.tasks),
      ...mapSizes((size) => tasks[size] / amounts.tasks),
    }
    const perWebhook = {
      cpu: mapCpu((program) => Math.max(0, ((told.cpu[program] - tasks.cpu[program]) * 1000) / webhooks)),
      ...mapSizes((size) => Math.max(0, (told[size] - tasks[size]) / webhooks)),
    }
    const perGib = {
      cpu: mapCpu((program) => (bytes.cpu[program] * 1000) / gibs),
      walBytes: bytes.walBytes / gibs,
    }
    return {
      costs: { task: perTask, webhook: perWebhook, gib: perGib, idle: idleMs },
      webhooksPerTask: webhooks / amounts.tasks,
    }
  } finally {
    await database.close()
  }
}

const mapCpu = (of: (program: keyof Cpu) => number): Cpu => ({
  api: of('api'),
  worker: of('worker'),
  postgres: of('postgres'),
  redis: of('redis'),
})
const mapSizes = (of: (size: keyof Sizes) => number): Sizes => ({
  databaseBytes: of('databaseBytes'),
  walBytes: of('walBytes'),
  rows: of('rows'),
})

/** Creates the tasks in batches and waits until all have ended well. The client is in the foreground: events are told as they happen. */
async function run(serviceUrl: string, name: string, urls: readonly string[], delegate: object): Promise<void> {
  const { client } = await newTenant(serviceUrl, name)
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  for (let at = 0; at < urls.length; at += batch) {
    const session = `${name}-${at}`
    const configuration = { delegate, httpMaximumConnectionsPerHost: 64 }
    await client.ok('PUT', `/v1/sessions/${session}`, { configuration })
    const tasks = urls.slice(at, at + batch).map((url) => ({ url }))
    await client.ok('POST', `/v1/sessions/${session}/tasks/batch`, { tasks })
  }
  const counts = async () => {
    const states = await client.ok<{ data: { taskCounts: Record<string, number> }[] }>('GET', '/v1/sessions?limit=200')
    return states.data.reduce((sum, { taskCounts }) => sum + (taskCounts.completed ?? 0), 0)
  }
  await eventually(`${name}: all have ended`, async () => (await counts()) === urls.length, {
    withinMs: 900_000,
    everyMs: 500,
  })
}

async function allTold(database: Database): Promise<boolean> {
  return (await database.first("select 1 from delivery where state = 'pending' limit 1")) === null
}

/** What a step has left behind is not charged to the next one. */
async function settled(database: Database): Promise<void> {
  await database.run('vacuum analyze')
  await sleep(2_000)
}

async function readSizes(database: Database): Promise<Sizes> {
  const tables = await database.many<{ name: string; bytes: bigint }>(
    `select relname as name, pg_total_relation_size(oid) as bytes from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  )
  const counted = await database.many<{ rows: number }>(
    tables.map(({ name }) => `select count(*)::int as rows from "${name}"`).join(' union all '),
  )
  const wal = await database.first<{ bytes: number }>("select (pg_current_wal_insert_lsn() - '0/0')::float8 as bytes")
  return {
    databaseBytes: tables.reduce((sum, { bytes }) => sum + Number(bytes), 0),
    walBytes: wal!.bytes,
    rows: counted.reduce((sum, { rows }) => sum + rows, 0),
  }
}
