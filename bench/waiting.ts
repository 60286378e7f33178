/**
 * Measures the cost of finding waiting reasons, with 1,000 and with 100,000 waiting tasks of one tenant: one task, a page, a
 * filtered page and the summary, on an embedded PostgreSQL, without HTTP.
 */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '#core/database/database.ts'
import { migrate } from '#core/database/migrate.ts'
import { createEncryptor, mint } from '#core/runtime/crypto.ts'
import { createStores } from '#core/runtime/postgres-stores.ts'
import { defaultConfiguration } from '#core/sessions/rules/session.ts'
import { defaultLimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import { startEmbeddedPostgres } from '#embedded-postgres/index.ts'
import { claim } from '#support/builders/claim.ts'

if (parseArgs({ options: { help: { type: 'boolean', short: 'h' } } }).values.help) {
  console.log(
    "Usage: npx -c 'node bench/waiting.ts'\nMeasures the cost of finding waiting reasons, with 1,000 and with 100,000 waiting tasks.",
  )
  process.exit(0)
}

const folder = await mkdtemp(join(tmpdir(), 'backhaul-bench-'))
const server = await startEmbeddedPostgres({ dataDir: folder, log: console })
await migrate(server.connectionString)
const database = openDatabase(server.connectionString)
// Rows are copied below. Encrypted values are bound to their row, so nothing is encrypted here.
const encryptor = {
  ...createEncryptor(randomBytes(32)),
  encrypt: (plain: string) => Buffer.from(plain),
  decrypt: (sealed: Uint8Array) => Buffer.from(sealed).toString(),
}
const stores = createStores(database, mint, encryptor, defaultLimiterPolicy)

try {
  for (const waiting of [1_000, 100_000]) {
    const { tenantId, id, claimed } = await tenantWith(waiting)
    const page = { limit: 50 }
    const figures = {
      'one task': await median(200, () => stores.tasks.findTask(tenantId, id)),
      'a page of 50': await median(50, () => stores.tasks.listTasks(tenantId, {}, page)),
      'a page of 50 that wait for tenantCapacity': await median(50, () =>
        stores.tasks.listTasks(tenantId, { waitingFor: 'tenantCapacity' }, page),
      ),
      'the summary of reasons': await median(5, () => stores.tasks.countWaiting(tenantId)),
    }
    console.log(`${waiting} waiting tasks, ${claimed} in flight; median`)
    for (const [name, ms] of Object.entries(figures))
      console.log(`  ${name.padEnd(44)} ${ms.toFixed(2).padStart(9)} ms`)
  }
} finally {
  await database.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

/** A tenant whose queue is at its cap, with this many tasks waiting. */
async function tenantWith(waiting: number) {
  const key = {
    ...{ name: 'key', scopes: [], hash: randomBytes(32), hint: 'hint', createdBy: 'operator' },
    ...{ allowedCidrs: [], expiresAt: null },
  }
  const created = await stores.tenants.createTenant('bench', key)
  if ('replay' in created) throw new Error('replayed')
  const tenantId = created.tenant.id
  await stores.sessions.putSession(tenantId, 'bench', { ...defaultConfiguration, delegate: { kind: 'pull' } })
  const id = mint.id('tsk')
  await stores.tasks.createTasks(tenantId, 'bench', [
    {
      id,
      request: { url: 'https://origin.example.com/data.bin', headers: {} },
      host: 'origin.example.com',
      earliestBeginDate: null,
      countOfBytesClientExpectsToSend: null,
      countOfBytesClientExpectsToReceive: null,
      maximumBytes: null,
      maximumBytesPerSecond: null,
      expected: null,
      priority: 0,
      taskDescription: null,
      metadata: {},
      isDiscretionary: null,
      suspended: false,
      destinationKey: null,
      resumes: null,
    },
  ])
  for (let from = 1; from <= waiting; from += 5_000)
    await database.run(
      `insert into task select (jsonb_populate_record(t, jsonb_build_object(
         'id', left(t.id, 20) || lpad(n::text, 10, '0'), 'task_identifier', 1 + n, 'priority', 0.5))).*
       from task t, generate_series($2::int, $3::int) n where t.id = $1`,
      [id, from, Math.min(from + 4_999, waiting)],
    )
  await database.run('vacuum analyze task')
  const claimed = (await claim(stores, 64)).length
  return { tenantId, id, claimed }
}

/** Milliseconds. */
async function median(times: number, work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  for (let n = 0; n < times; n++) {
    const from = performance.now()
    await work()
    taken.push(performance.now() - from)
  }
  return taken.toSorted((a, b) => a - b)[Math.floor(times / 2)]!
}
