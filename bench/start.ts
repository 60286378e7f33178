/** How long the API and a worker take to start on a migrated database, and what memory they have at rest. Ends by itself. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { eventually } from '#support/assertions/eventually.ts'
import { listening, operatorToken, type ServiceProcess, startProcess } from '#support/processes/service.ts'
import { openDispatchFixture, quantile } from './dispatch-fixture.ts'
import { postgresOption, postgresUsage } from './postgres.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, ...postgresOption, help: { type: 'boolean', short: 'h' } },
})
if (values.help) {
  console.log(`Usage: node bench/start.ts [--runs 5] ${postgresUsage}`)
  process.exit(0)
}
const restMs = 15_000
const mostSeconds = 2
const started = (worker: ServiceProcess) =>
  eventually('the worker has started', () => worker.output().includes('"worker started"'), { everyMs: 5 })

const fixture = await openDispatchFixture()
try {
  for (const [name, entry, isUp, mostMiB] of [
    ['API', 'apps/api/src/main.ts', listening, 150],
    ['worker', 'apps/worker/src/main.ts', started, 110],
  ] as const) {
    const seconds: number[] = []
    const residentMiB: number[] = []
    for (let n = 0; n < Number(values.runs); n++) {
      const beganAt = performance.now()
      const env = {
        ...fixture.env,
        PORT: '0',
        ADMIN_TOKEN: operatorToken,
        NODE_COMPILE_CACHE: `${fixture.folder}/modules`,
      }
      const service = startProcess(entry, env)
      await isUp(service)
      seconds.push((performance.now() - beganAt) / 1000)
      await sleep(restMs)
      const status = await readFile(`/proc/${service.child.pid}/status`, 'utf8')
      residentMiB.push(Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1024)
      await service.end('SIGTERM')
    }
    // The first one compiles the modules for those behind it, as an image's first container does.
    const [first, ...others] = seconds
    console.log(
      `${name}: first start ${first!.toFixed(2)} s, then ${quantile(others, 0.5).toFixed(2)} s (at most ${mostSeconds}); ` +
        `at rest ${quantile(residentMiB, 0.5).toFixed(0)} MiB (at most ${mostMiB})`,
    )
  }
} finally {
  await fixture.close()
}
