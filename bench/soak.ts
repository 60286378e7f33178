/**
 * The service for some minutes on servers, networks, origins and receivers that fail, with processes that are killed, stopped
 * and restarted; then everything has to come to rest, and the history must keep every invariant of soak/check-history.ts.
 * Loopback only; ends by itself.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Opening, runMeasure } from './closing.ts'
import { checkHistory } from './soak/check-history.ts'
import { addDigests, readEvents, readRest } from './soak/collect.ts'
import { type Fleet, startFleet } from './soak/fleet.ts'
import type { History } from './soak/history.ts'
import { createNemesis, isPossible } from './soak/nemesis.ts'
import { startSoakOrigin } from './soak/origin.ts'
import { faultLine, planFaults } from './soak/plan-faults.ts'
import { randomFrom } from './soak/random.ts'
import { summaryOf, violationLines } from './soak/report.ts'
import { startSoakServers } from './soak/servers.ts'
import { settle } from './soak/settle.ts'
import { openTenants } from './soak/tenants.ts'
import { createWorkload } from './soak/workload.ts'

const usage = `Usage: npx -c 'node bench/soak.ts [--minutes 2] [--seed n] [--calm] [--settle 600] [--logs folder]'
  --minutes  how long tasks are created and faults happen
  --seed     repeats the plan of faults of a run, which prints its own
  --calm     without faults of processes and servers
  --settle   seconds in which everything must have come to rest afterwards; a host that broke every connection is left alone for five minutes
  --logs     a folder for what the processes said and for the history as JSON, written when an invariant is broken`
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    settle: { type: 'string', default: '600' },
    logs: { type: 'string' },
    calm: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const [minutes, seed, settleSeconds] = [values.minutes, values.seed, values.settle].map(Number) as [
  number,
  number,
  number,
]
if (!(minutes > 0 && minutes <= 600 && Number.isSafeInteger(seed) && settleSeconds > 0)) {
  console.error(usage)
  process.exit(1)
}
const tenantCount = 2
const sayEveryMs = 10_000

await runMeasure('soak', measure)

async function measure({ folder, closes }: Opening): Promise<boolean> {
  console.log(`--minutes ${minutes} --seed ${seed}${values.calm ? ' --calm' : ''}`)
  const random = randomFrom(seed)
  const over = new AbortController()
  const servers = await startSoakServers(closes)
  const origin = await startSoakOrigin()
  closes(() => origin.close())
  const fleet = await startFleet(folder, servers.env)
  closes(() => fleet.close())
  closes(() => over.abort())
  const { signal } = over
  const { urls } = fleet
  const { tenants, receivers } = await openTenants({ urls, count: tenantCount, random, signal, closes })
  await fleet.allRun()

  const plan = values.calm ? [] : planFaults({ seed, minutes }, isPossible({ fleet, servers }))
  for (const fault of plan) console.log(faultLine(fault))
  const nemesis = createNemesis({ fleet, servers, random })
  const workload = createWorkload(origin, tenants, random)
  const begunAt = Date.now()
  let left = ''
  const timer = setInterval(() => {
    const posts = receivers.reduce((sum, { posts }) => sum + posts.length, 0)
    const at = `${Math.round((Date.now() - begunAt) / 1000)} s`.padStart(6)
    console.log(`${at}  ${workload.creations.length} tasks, ${posts} POSTs  ${nemesis.now().join(', ')}${left}`)
  }, sayEveryMs)
  closes(() => clearInterval(timer))

  const time = AbortSignal.any([signal, AbortSignal.timeout(minutes * 60_000)])
  const following = new AbortController()
  const followed = workload.follow(AbortSignal.any([signal, following.signal]))
  followed.catch(() => {})
  await Promise.all([
    workload.create(time),
    nemesis.run(plan, signal),
    sleep(minutes * 60_000, null, { signal, ref: false }),
  ])
  for (const receiver of receivers) receiver.behave()
  await fleet.allRun()
  console.log('the faults are over')
  const withinMs = settleSeconds * 1000
  const onLook = (found: string) => {
    left = found
  }
  const { isAtRest, tookMs } = await settle({ servers, tenants, nudge: workload.nudge, withinMs, signal, onLook })
  console.log(`${isAtRest ? 'at rest' : 'NOT at rest'} after ${(tookMs / 1000).toFixed(0)} s`)
  following.abort()
  await followed
  clearInterval(timer)

  const rest = await readRest(servers, tenants)
  // What is still at work may remove a file while it is read.
  if (isAtRest) await addDigests(rest.tasks, rest.objects, servers.bucket)
  const history: History = {
    ...rest,
    creations: workload.creations,
    sightings: workload.sightings,
    versions: origin.versions(),
    events: await readEvents(tenants),
    followed: workload.followed,
    posts: receivers.flatMap(({ posts }) => posts),
    refusals: workload.refusals,
    deaths: fleet.deaths,
  }
  const [attempts] = await servers.postgres.query<{ sum: number }>(
    'select coalesce(sum(attempts), 0)::int as sum from task',
  )
  const counts = tenants.map(({ client }) => client.counts)
  const [sent, repeated] = [
    counts.reduce((sum, count) => sum + count.sent, 0),
    counts.reduce((sum, count) => sum + count.repeated, 0),
  ]
  const faults = nemesis.counts
  console.log(summaryOf(history, { attempts: attempts!.sum, faults, starts: fleet.outputs().length, sent, repeated }))
  const violations = checkHistory(history)
  for (const line of violationLines(violations)) console.log(line)
  console.log(violations.length === 0 ? 'every invariant holds' : `${violations.length} violations, --seed ${seed}`)
  if (violations.length > 0 && values.logs !== undefined) await keepLogs(values.logs, fleet, history)
  return violations.length === 0
}

async function keepLogs(folder: string, fleet: Fleet, history: History): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'history.json'), JSON.stringify(history, plainValue))
  const outputs = fleet.outputs().map(({ process, output }, index) => ({ name: `${index + 1}-${process}.log`, output }))
  await Promise.all(outputs.map(({ name, output }) => writeFile(join(folder, name), output)))
  console.log(`${outputs.length} logs and the history: ${folder}`)
}

/** JSON knows neither maps nor sets. */
function plainValue(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value)
  return value instanceof Set ? [...value] : value
}
