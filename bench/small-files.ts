/**
 * 2,000 files of 10 KiB, in two batches of a session each, through the whole service: PostgreSQL (the embedded one by default), Redis,
 * an S3 server, API and worker as processes of their own, and a webhook for every event. In turn with it, on the same
 * servers, the plain script that one would write otherwise (plain-script.ts), which keeps nothing durable. The script tells
 * of each file at once, so the client is in the foreground, where events are delivered as they happen.
 * Everything is on loopback and ends by itself.
 */
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { openDatabase } from '#core/database/database.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { bytesOf } from '#support/origins/origin.ts'
import { listening, operatorToken, startProcess } from '#support/processes/service.ts'
import { startRedis } from '#support/servers/redis.ts'
import { startS3 } from '#support/servers/s3.ts'
import { cpuSeconds } from './cpu-seconds.ts'
import type { PlainJob } from './plain-script.ts'
import { postgresOption, startPostgres } from './postgres.ts'
import { compare, type Subject } from './small-files-compare.ts'
import { loadFiles } from './small-files-load.ts'
import { startStaticOrigin } from './static-origin.ts'
import { startTally } from './webhook-tally.ts'

const defaults = { files: '2000', bytes: '10240', runs: '3', concurrency: '128', streams: '0', 'row-security': 'on' }
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: defaults.files },
    bytes: { type: 'string', default: defaults.bytes },
    runs: { type: 'string', default: defaults.runs },
    concurrency: { type: 'string', default: defaults.concurrency },
    streams: { type: 'string', default: defaults.streams },
    'row-security': { type: 'string', default: defaults['row-security'] },
    traces: { type: 'boolean', default: false },
    metrics: { type: 'boolean', default: false },
    ...postgresOption,
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(`Usage: npm run bench -- [options]
  --files ${defaults.files}       files in a run
  --bytes ${defaults.bytes}      bytes of each
  --runs ${defaults.runs}           runs of each side, in turn; medians are shown
  --concurrency ${defaults.concurrency}   WORKER_CONCURRENCY; the plain script always has 16
  --streams ${defaults.streams}        readers of the live stream meanwhile
  --row-security on   ROW_LEVEL_SECURITY: on or off
  --postgres embedded the database: embedded, or debian (15, as Debian ships it)
  --traces            instead: the service alone, without and with a collector of traces, in turn; fails above 1.05 x the CPU
  --metrics           instead: without metrics and with them, scraped every 5 s, in turn; fails when calls,
                      scrapes and what runs all the time cost above 1.02 x the CPU without them`)
  process.exit(0)
}
const [files, bytes, runs] = [Number(values.files), Number(values.bytes), Number(values.runs)]
const streams = Number(values.streams)
const plainConcurrency = 16

interface Run {
  stored: number
  told: number
  /** CPU milliseconds a file, by program. */
  cpu: Map<string, number>
}

const folder = await mkdtemp(join(tmpdir(), 'backhaul-bench-'))
const stops: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })]
const names = new Map<number, string>()
try {
  const compared = values.traces ? 'traces' : values.metrics ? 'metrics' : null
  await (compared ? measureCost(compared) : measure())
} finally {
  for (const stop of stops.toReversed()) await stop()
}

/** Origin, storage and receiver, and the settings that lead there. */
async function prepare() {
  const origin = await startStaticOrigin(folder)
  stops.push(origin.close)
  const paths = Array.from({ length: files }, (_, n) => `file-${n}`)
  for (const path of paths) await writeFile(join(origin.folder, path), bytesOf(path, bytes))
  const urls = paths.map((path) => origin.url(path))
  const s3 = await startS3()
  stops.push(s3.stop)
  const tally = await startTally()
  stops.push(tally.close)
  const bucket = s3.address.bucket ?? (await makeBucket(s3.address))
  const { endpoint, region, credentials } = s3.address
  const storage = { endpoint, region, ...credentials, bucket }
  const env = {
    S3_BUCKET: bucket,
    S3_ENDPOINT: endpoint,
    S3_REGION: region,
    S3_ACCESS_KEY_ID: credentials.accessKeyId,
    S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
    WORKER_CONCURRENCY: values.concurrency,
    ROW_LEVEL_SECURITY: values['row-security'],
  }
  return { origin, storage, env, load: { urls, tally, streams } }
}

async function measureCost(subject: Subject): Promise<void> {
  const { env, load } = await prepare()
  if (!(await compare({ subject, folder, env, load, runs }))) process.exitCode = 1
}

async function measure(): Promise<void> {
  const { origin, storage, env: shared, load } = await prepare()
  const redis = await startRedis()
  stops.push(redis.stop)
  const postgres = await startPostgres(join(folder, 'postgres'))
  stops.push(postgres.stop)
  const env = {
    ...shared,
    DATABASE_URL: postgres.connectionString,
    REDIS_URL: redis.address,
    DATA_DIR: join(folder, 'data'),
    ADMIN_TOKEN: operatorToken,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    HOST: '127.0.0.1',
    PORT: '0',
  }
  const api = startProcess('apps/api/src/main.ts', env)
  stops.push(() => api.end('SIGTERM'))
  const url = await listening(api)
  const worker = startProcess('apps/worker/src/main.ts', env)
  stops.push(() => worker.end('SIGTERM'))
  await eventually('the worker has started', () => worker.output().includes('worker started'), { withinMs: 30_000 })
  names.set(api.child.pid!, 'API').set(worker.child.pid!, 'worker')
  const database = openDatabase(postgres.connectionString)
  stops.push(database.close)
  const peer: Omit<PlainJob, 'name'> = {
    urls: load.urls,
    redisUrl: redis.address,
    s3: storage,
    webhookUrl: load.tally.url,
    concurrency: plainConcurrency,
  }

  const ours: Run[] = []
  const plain: Run[] = []
  for (let run = 1; run <= runs; run++) {
    plain.push(await plainScript({ ...peer, name: `plain-${run}` }))
    ours.push(await backhaul(`run-${run}`))
  }
  const script = median(plain.map(({ told }) => told))
  console.log(`${files} files of ${bytes} bytes from ${origin.name}, median of ${runs}`)
  row('plain script (BullMQ, fetch, lib-storage, webhook)', script)
  row('Backhaul, until every file is stored', median(ours.map(({ stored }) => stored)))
  row('Backhaul, until every webhook is acknowledged', median(ours.map(({ told }) => told)))
  cost('plain script', plain)
  cost('Backhaul', ours)

  function row(name: string, rate: number): void {
    console.log(
      `${name.padEnd(52)} ${rate.toFixed(0).padStart(5)} files/s   ${(rate / script).toFixed(2)} × the script`,
    )
  }

  async function backhaul(run: string): Promise<Run> {
    const before = cpuSeconds(names)
    const rates = await loadFiles({ url, database }, load, run)
    return { ...rates, cpu: since(before) }
  }
}

async function plainScript(job: PlainJob): Promise<Run> {
  const before = cpuSeconds(names)
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, ['bench/plain-script.ts'], {
    env: { PATH, HOME, JOB: JSON.stringify(job) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  names.set(child.pid!, 'the script')
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk))
  // Its CPU can be read only while it lives: it prints its line before it closes everything.
  await once(child.stdout, 'data')
  const cpu = since(before)
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the plain script ended with ${code}`)
  const rate = files / Number(output)
  return { stored: rate, told: rate, cpu }
}

function since(before: Map<string, number>): Map<string, number> {
  const after = cpuSeconds(names)
  return new Map([...after].map(([name, seconds]) => [name, ((seconds - (before.get(name) ?? 0)) * 1000) / files]))
}

/** The median of each program, in CPU milliseconds a file. */
function cost(title: string, measured: Run[]): void {
  const programs = [...new Set(measured.flatMap(({ cpu }) => [...cpu.keys()]))]
  const medians = programs.map((name) => [name, median(measured.map(({ cpu }) => cpu.get(name) ?? 0))] as const)
  const told = medians.filter(([, ms]) => ms >= 0.05).toSorted(([, a], [, b]) => b - a)
  console.log(`CPU ms a file, ${title}: ${told.map(([name, ms]) => `${name} ${ms.toFixed(1)}`).join(', ')}`)
}

async function makeBucket(s3: {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}) {
  const Bucket = `bench-${randomUUID()}`
  const client = new S3Client({ ...s3, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket }))
  client.destroy()
  return Bucket
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}
