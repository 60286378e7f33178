/**
 * Claims under load, on the store: 100,000 tasks claimed by eight dispatchers while a checker reads what is in flight, and
 * what a claim and GET /v1/tasks/{id} cost with 1,000 and with 100,000 waiting tasks. Loopback only; ends by itself.
 */

import { parseArgs } from 'node:util'
import { connectionsPerHost } from '#core/dispatch/rules/capacity.ts'
import type { Lease } from '#core/tasks/rules/lease.ts'
import { claim } from '#support/builders/claim.ts'
import { listening, newTenant, operatorToken, startProcess } from '#support/processes/service.ts'
import { type DispatchFixture, openDispatchFixture, quantile } from './dispatch-fixture.ts'
import { postgresOption, postgresUsage } from './postgres.ts'

const usage =
  'Usage: node bench/claims.ts [--tasks 100000] [--dispatchers 8] [--slots 64] [--tenants 100] [--hosts 40] [--part piles|race|both]' +
  ` ${postgresUsage}`
const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '100000' },
    dispatchers: { type: 'string', default: '8' },
    slots: { type: 'string', default: '64' },
    tenants: { type: 'string', default: '100' },
    hosts: { type: 'string', default: '40' },
    part: { type: 'string', default: 'both' },
    ...postgresOption,
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const tasks = Math.min(Number(values.tasks), 1_000_000)
const few = 1_000
const repeats = 200

if (values.part !== 'race') await withFixture((small) => withFixture((large) => comparePiles(small, large)))
if (values.part !== 'piles') await withFixture(race)

async function withFixture(work: (fixture: DispatchFixture) => Promise<void>): Promise<void> {
  const fixture = await openDispatchFixture()
  try {
    await work(fixture)
  } finally {
    await fixture.close()
  }
}

/** The cost of one round and of one task when many wait. Measured alternately, so that other load on the machine hits both. */
async function comparePiles(...fixtures: [DispatchFixture, DispatchFixture]): Promise<void> {
  const [small, large] = (await Promise.all([pile(fixtures[0], few), pile(fixtures[1], tasks)])) as [Pile, Pile]
  try {
    console.log(`median of ${repeats} with ${few} and with ${tasks} waiting tasks`)
    await compare('claim of 16, one tenant', small.claim, large.claim, 16)
    await compare('GET /v1/tasks/{id}', small.get, large.get)
    await Promise.all([small.shut(), large.shut()])
    await compare('claim of 8 behind tasks for a host that rests', small.claim, large.claim, 8)
  } finally {
    await Promise.all([small.end(), large.end()])
  }
}

type Pile = Awaited<ReturnType<typeof pile>>

async function pile(fixture: DispatchFixture, count: number) {
  const api = startProcess('apps/api/src/main.ts', { ...fixture.env, PORT: '0', ADMIN_TOKEN: operatorToken })
  const { client } = await newTenant(await listening(api))
  await client.ok('PUT', '/v1/sessions/shown', { configuration: { delegate: { kind: 'pull' } } })
  const { id } = await client.ok<{ id: string }>('POST', '/v1/sessions/shown/tasks', {
    url: 'https://shown.example.com/',
    earliestBeginDate: new Date(Date.now() + 86_400_000).toISOString(),
  })
  const tenant = await fixture.tenant({ cap: 1000, connections: 1000 })
  await fixture.tasks(tenant, count, 20)
  return {
    get: () => client.task(id),
    claim: async () => putBack(fixture, await claim(fixture.stores, 16)),
    /** All but eight tasks are for hosts that are backing off. */
    async shut() {
      await fixture.database.run(
        `insert into host_state (host, blocked_until) select host, clock_timestamp() + interval '1 day' from task group by host
         on conflict (host) do update set blocked_until = excluded.blocked_until`,
      )
      await fixture.tasks(tenant, 8, 1, 'behind')
    },
    end: () => api.end('SIGTERM'),
  }
}

/** `expected` is the number of leases that each run must return. */
async function compare(
  name: string,
  small: () => Promise<unknown>,
  large: () => Promise<unknown>,
  expected?: number,
): Promise<void> {
  const times: [number[], number[]] = [[], []]
  for (let run = 0; run < repeats; run++) {
    for (const [index, work] of [small, large].entries()) {
      const from = performance.now()
      const result = await work()
      times[index]!.push(performance.now() - from)
      if (expected !== undefined && result !== expected)
        throw new Error(`${expected} were to be claimed, not ${result}`)
    }
  }
  const [few, many] = [quantile(times[0], 0.5), quantile(times[1], 0.5)]
  const cell = (ms: number) => `${ms.toFixed(2)} ms`.padStart(10)
  console.log(`${name.padEnd(48)} ${cell(few)} ${cell(many)}   ${(many / few).toFixed(2)} ×`)
}

/** Returns the tasks to their state before the claim. */
async function putBack({ database }: DispatchFixture, leases: Lease[]): Promise<number> {
  return database.run("update task set state = 'waiting', due = true, lease_until = null where id = any($1)", [
    leases.map(({ taskId }) => taskId),
  ])
}

/** Checks all caps at once, under eight dispatchers. */
async function race(fixture: DispatchFixture): Promise<void> {
  const tenants = Number(values.tenants)
  for (let n = 0; n < tenants; n++) {
    const tenant = await fixture.tenant({ cap: 4 + (n % 13), connections: 1 + (n % 4) })
    await fixture.tasks(tenant, Math.ceil(tasks / tenants), Number(values.hosts))
  }
  const flying = "t.state in ('dispatched', 'running', 'completing')"
  const worst = { tenant: 0, host: 0, session: 0 }
  let looks = 0
  let done = false
  const check = async () => {
    while (!done) {
      const rows = await fixture.database.many<{ what: keyof typeof worst; used: number }>(
        `select 'tenant' as what, max(used)::float8 as used from (select count(*)::float8 / l.cap as used
           from task t join lane l using (tenant_id) where ${flying} group by t.tenant_id, l.cap) a
         union all select 'host', max(used) from (select count(*)::float8 / ${connectionsPerHost} as used
           from task t where ${flying} group by t.host) b
         union all select 'session', max(used) from (select count(*)::float8
             / (s.configuration->>'httpMaximumConnectionsPerHost')::int as used
           from task t join session s on s.id = t.session_id where ${flying} group by t.session_id, t.host, s.configuration) c`,
      )
      for (const { what, used } of rows) worst[what] = Math.max(worst[what], used ?? 0)
      looks += 1
    }
  }
  let claimed = 0
  const ids = new Set<string>()
  const total = tenants * Math.ceil(tasks / tenants)
  const dispatcher = async () => {
    const stores = fixture.otherProcess()
    let inHand: string[] = []
    while (claimed < total) {
      const leases = await claim(stores, Number(values.slots))
      claimed += leases.length
      for (const { taskId } of leases) ids.add(taskId)
      // What was claimed stays in flight for one more round, so that the caps are full.
      await fixture.database.run("update task set state = 'canceled' where id = any($1)", [inHand])
      inHand = leases.map(({ taskId }) => taskId)
    }
  }
  const from = performance.now()
  const checker = check()
  await Promise.all(Array.from({ length: Number(values.dispatchers) }, dispatcher))
  const seconds = (performance.now() - from) / 1000
  done = true
  await checker
  console.log(
    `${claimed} claims (${ids.size} tasks) by ${values.dispatchers} dispatchers in ${seconds.toFixed(1)} s: ${(claimed / seconds).toFixed(0)} claims/s`,
  )
  console.log(
    `the checker looked ${looks} times; most that was used of a cap: ${Object.entries(worst)
      .map(([what, used]) => `${what} ${(used * 100).toFixed(0)} %`)
      .join(', ')}`,
  )
  if (ids.size !== total || claimed !== total || Object.values(worst).some((used) => used > 1)) process.exitCode = 1
}
