/**
 * How soon a tenant's first task begins while another tenant has 90,000 waiting, through the whole service on embedded
 * parts: from createdAt to beganAt, by the database's clock, once with an origin that answers the others at once and once
 * with one that never does. Loopback only; ends by itself.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { isReplay } from '#core/idempotency/idempotent-request.ts'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { newTask } from '#support/builders/store-builder.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { newTenant, startStandalone } from '#support/processes/service.ts'
import { type DispatchFixture, openDispatchFixture, quantile } from './dispatch-fixture.ts'

const usage = 'Usage: node bench/first-task.ts [--tasks 90000] [--newcomers 20]'
const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '90000' },
    newcomers: { type: 'string', default: '20' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const tasks = Math.min(Number(values.tasks), 1_000_000)
const newcomers = Number(values.newcomers)

const origin = await startOrigin()
const quick = origin.serve('/file', { bytes: 1_000 })
const silence = createServer(() => {}).listen(0, '127.0.0.1')
await once(silence, 'listening')
const silent = `http://127.0.0.1:${(silence.address() as AddressInfo).port}/`
for (const [name, url] of Object.entries({ quick, silent })) {
  const fixture = await openDispatchFixture()
  try {
    const ms = await measure(fixture, url)
    console.log(
      `${name.padEnd(7)} origin, ${tasks} waiting: the first task of each of ${newcomers} other tenants began after p50 ${quantile(ms, 0.5)} ms, at most ${Math.max(...ms)} ms`,
    )
    if (Math.max(...ms) > 1_000) process.exitCode = 1
  } finally {
    await fixture.close()
  }
}
silence.closeAllConnections()
silence.close()
await origin.close()

async function measure(fixture: DispatchFixture, url: string): Promise<number[]> {
  const crowd = await fixture.tenant({ cap: 64, connections: 64 })
  for (let left = tasks; left > 0; left -= 1_000) await createTasks(fixture, crowd.tenantId, url, Math.min(left, 1_000))
  const service = await startStandalone(`${fixture.folder}/service`, {
    ...fixture.env,
    DATA_DIR: `${fixture.folder}/service`,
  })
  const began: number[] = []
  try {
    while ((await running(fixture)) === 0) await new Promise((resolve) => setTimeout(resolve, 100))
    for (let n = 0; n < newcomers; n++) {
      const { client } = await newTenant(service.url)
      await client.ok('PUT', '/v1/sessions/first', { configuration: { delegate: { kind: 'pull' } } })
      const { id } = await client.ok<TaskView>('POST', '/v1/sessions/first/tasks', { url: quick })
      const { beganAt, createdAt } = await client.ended(id)
      began.push(Date.parse(beganAt!) - Date.parse(createdAt))
    }
  } finally {
    await service.end('SIGTERM')
  }
  return began
}

async function createTasks({ stores }: DispatchFixture, tenantId: string, url: string, count: number): Promise<void> {
  const created = await stores.tasks.createTasks(
    tenantId,
    'bench',
    Array.from({ length: count }, () => newTask({ request: { url, headers: {} }, host: new URL(url).host })),
  )
  if (typeof created === 'string' || isReplay(created)) throw new Error('the tasks were not created')
}

async function running({ database }: DispatchFixture): Promise<number> {
  return (await database.first<{ count: number }>("select count(*)::int as count from task where state = 'running'"))!
    .count
}
