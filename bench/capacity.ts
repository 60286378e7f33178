/**
 * What a task, a webhook and a GiB cost, measured, and what an installation needs for a load by that (capacity/plan.ts). Writes
 * bench/results/capacity.md. With --load it only plans, from the costs that were measured last. Loopback only; ends by itself.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startS3 } from '#support/servers/s3.ts'
import { openBucket } from './bucket.ts'
import { measureUnitCosts } from './capacity/measure.ts'
import { type Load, planFor, type UnitCosts } from './capacity/plan.ts'
import { costTable, describePlan, sizing, workedLoads } from './capacity/report.ts'
import { runMeasure } from './closing.ts'
import { cpuSeconds } from './cpu-seconds.ts'
import { peakOf } from './resource-usage.ts'
import { startServers, startService } from './service-fixture.ts'
import { startStaticOrigin } from './static-origin.ts'
import { startTally } from './webhook-tally.ts'

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '4000' },
    'large-files': { type: 'string', default: '4' },
    'large-mib': { type: 'string', default: '256' },
    load: { type: 'string' },
    results: { type: 'string', default: join(import.meta.dirname, 'results') },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(`Usage: npx -c 'node bench/capacity.ts' [options]
  --tasks 4000       small files of a run
  --large-files 4    and --large-mib 256: for the cost of a GiB
  --load '{"tasksPerSecond": 10, "bytes": 1e6, "webhooksPerTask": 3, "secondsPerTransfer": 2, "retentionDays": 30}'
                     only plans for this load, from the costs in the results
  --results folder   bench/results`)
  process.exit(0)
}
const costsPath = join(values.results, 'capacity.json')

if (values.load) {
  const costs = JSON.parse(await readFile(costsPath, 'utf8')) as UnitCosts
  console.log(describePlan(planFor(JSON.parse(values.load) as Load, costs, sizing)))
} else
  await runMeasure('capacity', async ({ folder, closes }) => {
    const origin = await startStaticOrigin(folder)
    closes(() => origin.close())
    const servers = await startServers(folder)
    closes(() => servers.close())
    const s3 = await startS3()
    closes(() => s3.stop())
    const bucket = await openBucket(s3.address)
    closes(() => bucket.close())
    const tally = await startTally()
    closes(() => tally.close())
    const service = await startService(servers, folder, { ...bucket.env, WORKER_CONCURRENCY: '64' })
    closes(() => service.close())
    const [apiPid] = service.pids()
    const worker = await service.startWorker()
    const names = new Map([
      [apiPid!, 'api'],
      [worker.child.pid!, 'worker'],
    ])
    const { costs, webhooksPerTask } = await measureUnitCosts(
      {
        url: service.url,
        databaseUrl: service.databaseUrl,
        cpuSeconds() {
          const found = cpuSeconds(names)
          const of = (name: string) => found.get(name) ?? 0
          return {
            api: of('api'),
            worker: of('worker'),
            postgres: servers.postgresSeconds(),
            redis: of('redis-server'),
          }
        },
        origin,
        receiverUrl: tally.url,
      },
      {
        tasks: Number(values.tasks),
        largeFiles: Number(values['large-files']),
        largeBytes: Number(values['large-mib']) * 2 ** 20,
        idleSeconds: 20,
      },
      (line) => console.log(line),
    )
    const peaks = { api: peakOf(apiPid!), worker: peakOf(worker.child.pid!) }
    const text = costTable(costs, { webhooksPerTask, peaks, server: bucket.server }) + workedLoads(costs)
    await mkdir(values.results, { recursive: true })
    await writeFile(costsPath, `${JSON.stringify(costs, null, 2)}\n`)
    await writeFile(join(values.results, 'capacity.md'), text)
    console.log(text)
    return true
  })
