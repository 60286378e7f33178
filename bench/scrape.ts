/**
 * A scrape of the API's metrics with a million waiting tasks, and how long one of all processes counts them. On an embedded
 * PostgreSQL; loopback only; ends by itself.
 */
import { parseArgs } from 'node:util'
import { listening, operationsOf, operatorToken, startProcess } from '#support/processes/service.ts'
import { openDispatchFixture, quantile } from './dispatch-fixture.ts'
import { postgresOption, postgresUsage } from './postgres.ts'

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '1000000' },
    tenants: { type: 'string', default: '20' },
    ...postgresOption,
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(`Usage: node bench/scrape.ts [--tasks 1000000] [--tenants 20] ${postgresUsage}`)
  process.exit(0)
}
const tenants = Number(values.tenants)
const perTenant = Math.ceil(Number(values.tasks) / tenants)
const scrapes = 200
const mostMs = 50

const fixture = await openDispatchFixture()
const api = startProcess('apps/api/src/main.ts', {
  ...fixture.env,
  PORT: '0',
  OPERATIONS_PORT: '0',
  ADMIN_TOKEN: operatorToken,
})
try {
  for (let n = 0; n < tenants; n++) {
    const tenant = await fixture.tenant({ cap: 128, connections: 64 })
    await fixture.tasks(tenant, perTenant, 100)
  }
  await fixture.database.pool.query('analyze')
  const counted = await timed(() => fixture.stores.operations.sampleFleet())
  console.log(`${tenants * perTenant} waiting tasks of ${tenants} tenants, counted in ${counted.toFixed(0)} ms`)
  await listening(api)
  const url = `${await operationsOf(api)}/metrics`
  const taken: number[] = []
  let bytes = 0
  for (let n = 0; n < scrapes; n++)
    taken.push(
      await timed(async () => {
        bytes = (await (await fetch(url)).text()).length
      }),
    )
  const p99 = quantile(taken, 0.99)
  console.log(
    `a scrape: p50 ${quantile(taken, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (at most ${mostMs}), ${bytes} bytes`,
  )
  process.exitCode = p99 <= mostMs ? 0 : 1
} finally {
  await api.end('SIGTERM')
  await fixture.close()
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganAt = performance.now()
  await work()
  return performance.now() - beganAt
}
