/** How long the API and a worker take to start on a migrated database, and what memory they have at rest. Ends by itself. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { eventually } from '#support/assertions/eventually.ts'
import { listening, operatorToken, type ServiceProcess, startProcess } from '#support/processes/service.ts'
import { runMeasure } from './closing.ts'
import { openDispatchFixture, quantile } from './dispatch-fixture.ts'
import { postgresOption, postgresUsage } from './postgres.ts'
import { cpuOf } from './resource-usage.ts'

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
/** Nobody is there, and nobody is asked at the start: it is the client that has a size. */
const s3 = {
  S3_ENDPOINT: 'http://127.0.0.1:9',
  S3_BUCKET: 'bench',
  S3_REGION: 'us-east-1',
  S3_ACCESS_KEY_ID: 'key',
  S3_SECRET_ACCESS_KEY: 'secret',
}

/** MiB. What is backed by files, above all Node's own code, is shared by all processes of a machine that run it. */
interface Resident {
  all: number
  anonymous: number
  files: number
}

await runMeasure('start', async ({ closes }) => {
  const fixture = await openDispatchFixture()
  closes(() => fixture.close())
  const empty = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1e6)'])
  closes(() => empty.kill())
  await sleep(restMs)
  console.log(`a Node that does nothing: at rest ${describe([await residentOf(empty)])}`)
  empty.kill()
  const subjects = [
    { name: 'API', entry: 'apps/api/src/main.ts', isUp: listening, mostMiB: 150, storage: {} },
    { name: 'API with S3', entry: 'apps/api/src/main.ts', isUp: listening, mostMiB: 150, storage: s3 },
    { name: 'worker', entry: 'apps/worker/src/main.ts', isUp: started, mostMiB: 110, storage: {} },
    { name: 'worker with S3', entry: 'apps/worker/src/main.ts', isUp: started, mostMiB: 110, storage: s3 },
  ].map((subject) => ({ ...subject, seconds: [] as number[], cpuSeconds: [] as number[], resident: [] as Resident[] }))
  // In turn: what slows the machine for a minute falls on all of them.
  for (let n = 0; n < Number(values.runs); n++)
    for (const { entry, isUp, storage, seconds, cpuSeconds, resident } of subjects) {
      const beganAt = performance.now()
      const env = {
        ...fixture.env,
        ...storage,
        PORT: '0',
        OPERATIONS_PORT: '0',
        ADMIN_TOKEN: operatorToken,
        NODE_COMPILE_CACHE: `${fixture.folder}/modules`,
      }
      const service = startProcess(entry, env)
      closes(() => service.end('SIGKILL'))
      await isUp(service)
      seconds.push((performance.now() - beganAt) / 1000)
      cpuSeconds.push(cpuOf(service.child.pid!))
      await sleep(restMs)
      resident.push(await residentOf(service.child))
      await service.end('SIGTERM')
    }
  let met = true
  for (const { name, mostMiB, seconds, cpuSeconds, resident } of subjects) {
    // The first one compiles the modules for those behind it, as an image's first container does.
    const [first, ...others] = seconds
    const median = quantile(others, 0.5)
    const rest = medianOf(resident)
    console.log(
      `${name}: first start ${first!.toFixed(2)} s, then ${median.toFixed(2)} s (at most ${mostSeconds}), ` +
        `${quantile(cpuSeconds.slice(1), 0.5).toFixed(2)} s of CPU; at rest ${describe(resident)} (at most ${mostMiB})`,
    )
    met &&= median <= mostSeconds && rest.all <= mostMiB
  }
  return met
})

async function residentOf({ pid }: ChildProcess): Promise<Resident> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const mib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)![1]) / 1024
  return { all: mib('VmRSS'), anonymous: mib('RssAnon'), files: mib('RssFile') }
}

/** Of each part. */
function medianOf(measured: readonly Resident[]): Resident {
  const of = (part: keyof Resident) =>
    quantile(
      measured.map((each) => each[part]),
      0.5,
    )
  return { all: of('all'), anonymous: of('anonymous'), files: of('files') }
}

function describe(measured: readonly Resident[]): string {
  const { all, anonymous, files } = medianOf(measured)
  return `${all.toFixed(0)} MiB, of which ${anonymous.toFixed(0)} its own and ${files.toFixed(0)} of files`
}
