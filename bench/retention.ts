/**
 * The size of the database and the cost of a claim while tasks are created, end and are forgotten at a steady rate, by the
 * stores' verbs. Days are fractions of a second here, so PostgreSQL looks for tables to vacuum more often, too. Loopback
 * only; ends by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Stores } from '#core/runtime/stores.ts'
import { defaultConfiguration } from '#core/sessions/rules/session.ts'
import type { Lease } from '#core/tasks/rules/lease.ts'
import { claim } from '#support/builders/claim.ts'
import { newTask, storedFile } from '#support/builders/store-builder.ts'
import { runMeasure } from './closing.ts'
import { type DispatchFixture, openDispatchFixture, quantile } from './dispatch-fixture.ts'
import { postgresOption, postgresUsage } from './postgres.ts'
import { createTally, type Sample, summaryOf } from './retention-figures.ts'

const usage = `Usage: node bench/retention.ts [--tasks 300000] [--rate 600] [--sweepers 2] ${postgresUsage}`
const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '300000' },
    rate: { type: 'string', default: '600' },
    sweepers: { type: 'string', default: '2' },
    ...postgresOption,
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const tasks = Math.min(Number(values.tasks), 1_000_000)
const rate = Number(values.rate)
const tasksInRound = 1_000
const claimsInRound = 20
const slots = 16
/** Claimed ones that are completed; the others are canceled with their session. */
const completedInRound = 20
const rounds = Math.ceil(tasks / tasksInRound)
/** A task is kept so long, and then for as long again that it was there: both are over within the first third. */
const keptSeconds = (tasks / rate) * 0.14
const days = keptSeconds / 86_400
const forgotten = createTally(() => performance.now())

await runMeasure('retention', async ({ closes }) => {
  const fixture = await openDispatchFixture({
    retention: { taskRetentionDays: days, eventRetentionDays: days },
    settings: { autovacuum_naptime: '5s' },
  })
  closes(fixture.close)
  console.log(`${tasks} tasks, ${rate} a second, each kept for ${keptSeconds.toFixed(0)} s after its end`)
  const summary = summaryOf(await run(fixture))
  for (const line of summary.lines) console.log(line)
  console.log(forgotten.line())
  console.log(await tableSizes(fixture))
  return summary.reached
})

async function run({ stores, database, tenant, otherProcess }: DispatchFixture): Promise<Sample[]> {
  const { tenantId } = await tenant({ cap: 1_000_000, connections: 100 })
  const stopping = new AbortController()
  const sweepers = Array.from({ length: Number(values.sweepers) }, () => sweep(otherProcess(), stopping.signal))
  const samples: Sample[] = []
  const from = performance.now()
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    const claimMs = await live(stores, tenantId, `round-${round}`)
    const size = await database.first<{ bytes: bigint; left: bigint }>(
      'select pg_database_size(current_database()) as bytes, (select count(*) from task) as left',
    )
    const seconds = (performance.now() - from) / 1000
    samples.push({ seconds, bytes: Number(size!.bytes), tasks: Number(size!.left), claimMs })
    if (round % Math.ceil(rounds / 30) === 0) {
      const mebibytes = (Number(size!.bytes) / 2 ** 20).toFixed(1)
      console.log(
        `${seconds.toFixed(0).padStart(5)} s  ${mebibytes.padStart(7)} MiB  ${String(size!.left).padStart(7)} tasks  claim ${quantile(claimMs, 0.5).toFixed(2)} ms`,
      )
    }
    // A round that took too long is not made up for: the rate stays steady, if lower.
    await sleep(Math.max(0, (tasksInRound * 1000) / rate - (performance.now() - began)))
  }
  stopping.abort()
  await Promise.all(sweepers)
  return samples
}

/** The tasks of one session: created, partly claimed and completed, the rest canceled. Returns how long each claim took. */
async function live(stores: Stores, tenantId: string, identifier: string): Promise<number[]> {
  await stores.sessions.putSession(tenantId, identifier, { ...defaultConfiguration, delegate: { kind: 'pull' } })
  const given = Array.from({ length: tasksInRound }, (_, n) => newTask({ host: `origin${n % 200}.example.com` }))
  await stores.tasks.createTasks(tenantId, identifier, given)
  const claimMs: number[] = []
  const leases: Lease[] = []
  for (let n = 0; n < claimsInRound; n++) {
    const from = performance.now()
    leases.push(...(await claim(stores, slots)))
    claimMs.push(performance.now() - from)
  }
  await Promise.all(leases.slice(0, completedInRound).map((lease) => complete(stores, tenantId, lease)))
  for (const { taskId, orphans } of await stores.files.leaseOrphans()) await stores.files.clearOrphans(taskId, orphans)
  await stores.sessions.invalidateSession(tenantId, identifier, 'cancel')
  while ((await stores.sessions.cancelTasks()) > 0);
  return claimMs
}

async function complete(stores: Stores, tenantId: string, lease: Lease): Promise<void> {
  const job = await stores.transfers.beginTransfer(lease, 'wrk_bench')
  if (job === null) throw new Error('the task was not begun')
  await stores.transfers.completeTask(lease, storedFile(lease.taskId), job.task.sessionId)
  await stores.files.changeFile(tenantId, lease.taskId, { kind: 'release' })
}

/** The chores of a dispatcher that forget what is old, as often as it runs them. */
async function sweep({ retention, recoveries }: Stores, stopping: AbortSignal): Promise<void> {
  for (let second = 0; !stopping.aborted; second++) {
    await forgotten.count(retention.forgetTasks)
    if (second % 15 === 0) {
      await recoveries.sweepEvents()
      await retention.forgetSessions()
      await retention.forgetTraces()
    }
    await sleep(1_000, undefined, { signal: stopping }).catch(() => {})
  }
}

async function tableSizes({ database }: DispatchFixture): Promise<string> {
  const rows = await database.many<{ name: string; table: bigint; indexes: bigint; dead: bigint }>(
    `select relname as name, pg_table_size(relid) as table, pg_indexes_size(relid) as indexes, n_dead_tup as dead
     from pg_stat_user_tables order by pg_total_relation_size(relid) desc limit 8`,
  )
  const mebibytes = (bytes: bigint) => (Number(bytes) / 2 ** 20).toFixed(1)
  const lines = rows.map(
    ({ name, table, indexes, dead }) => `  ${name}: ${mebibytes(table)} + ${mebibytes(indexes)} (${dead} dead rows)`,
  )
  return ['MiB at the end, table + indexes:', ...lines].join('\n')
}
