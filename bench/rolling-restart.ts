/**
 * Every API and worker is replaced, again and again, under slow downloads, new tasks, webhooks and a live stream. Fails when
 * something is lost or told twice, when an attempt is charged, when a client has an error that a retry with its Idempotency-Key
 * does not cure, or when a worker with 50 transfers takes more than 5 s to hand them over. Loopback only; ends by itself.
 */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { newTenant } from '#support/processes/service.ts'
import { startReceiver } from '#support/receivers/receiver.ts'
import { type Opening, runMeasure } from './closing.ts'
import { quantile } from './dispatch-fixture.ts'
import { startPacedOrigin } from './paced-origin.ts'
import { createInsistent, followForEver } from './rolling-clients.ts'
import { openFleet } from './rolling-fleet.ts'
import { measureHandOver } from './rolling-hand-over.ts'
import { brokenInvariants, readFeed, readTasks } from './rolling-history.ts'
import { startServers } from './service-fixture.ts'

const usage = `Usage: npx -c 'node bench/rolling-restart.ts' [--minutes 10] [--every 30] [--queue redis|postgres]`
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    every: { type: 'string', default: '30' },
    queue: { type: 'string', default: 'redis' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const minutes = Math.min(Number(values.minutes), 120)
const everyMs = Number(values.every) * 1000
const mostHandOverMs = 5_000
const handedOver = 50
/** A part (5 MiB) takes ten seconds: what a restart costs is seen, and progress is made between two of them. */
const slow = { files: 6, bytesPerSecond: 512 * 1024 }
const slowBytes = Math.round(slow.bytesPerSecond * minutes * 60 * 0.6)
const creators = 3
const sessions = ['slow', ...Array.from({ length: creators }, (_, n) => `short-${n}`)]

await runMeasure('rolling', measure)

async function measure({ folder, closes }: Opening): Promise<boolean> {
  const [origin, receiver] = [await startPacedOrigin(), await startReceiver()]
  closes(() => origin.close())
  closes(() => receiver.close())
  const servers = await startServers(folder)
  closes(() => servers.close())
  const { REDIS_URL, ...database } = await servers.newEnv()
  await mkdir(join(folder, 'data'))
  const fleet = await openFleet({
    ...database,
    ...(values.queue === 'redis' && REDIS_URL ? { REDIS_URL } : {}),
    DATA_DIR: join(folder, 'data'),
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
    WORKER_CONCURRENCY: '64',
    // Wakes are delivered as they come.
    WAKE_DELAY_BASE_SECONDS: '0',
    NODE_COMPILE_CACHE: join(folder, 'modules'),
  })
  closes(() => fleet.close())
  await fleet.start('api')
  await fleet.start('worker')
  const handOver = await measureHandOver(fleet, origin, database.DATABASE_URL!, handedOver)
  await fleet.start('api')
  await fleet.start('worker')
  fleet.stops.length = 0

  const { key } = await newTenant(fleet.url)
  const client = createInsistent(fleet.url, key)
  const follower = followForEver(fleet.url, key)
  closes(() => follower.close())
  const configuration = { delegate: { url: receiver.url }, httpMaximumConnectionsPerHost: 64 }
  for (const session of sessions) await client.ask('PUT', `/v1/sessions/${session}`, { configuration })

  const created = new Map<string, string>()
  const create = async (session: string, name: string, bytes: number, rate: number) => {
    const body = { url: origin.url(name, bytes, rate) }
    const { id } = await client.ask<{ id: string }>('POST', `/v1/sessions/${session}/tasks`, body, name)
    created.set(name, id)
    return id
  }
  const slowIds = new Map<string, string>()
  for (let n = 0; n < slow.files; n++)
    slowIds.set(`slow-${n}`, await create('slow', `slow-${n}`, slowBytes, slow.bytesPerSecond))

  const over = new AbortController()
  const failures: string[] = []
  const untilOver = async (work: (n: number) => Promise<unknown>) => {
    for (let n = 0; !over.signal.aborted; n++)
      await work(n).catch((error: Error) => {
        failures.push(error.message)
      })
  }
  const clients = [
    ...Array.from({ length: creators }, (_, k) =>
      untilOver(async (n) => {
        await create(`short-${k}`, `short-${k}-${n}`, 20_000, 1_000_000)
        await sleep(300)
      }),
    ),
    ...[...slowIds.values()]
      .slice(0, 2)
      .map((id) => untilOver(() => client.ask('GET', `/v1/tasks/${id}?wait=20`).then(() => sleep(50)))),
  ]
  const beganAt = performance.now()
  const endsAt = beganAt + minutes * 60_000
  let rounds = 0
  for (; performance.now() + everyMs < endsAt; rounds++) {
    const next = performance.now() + everyMs
    await fleet.replaceAll(AbortSignal.timeout(Math.ceil(endsAt - performance.now())))
    await sleep(Math.max(0, next - performance.now()))
  }
  over.abort()
  await Promise.all(clients)
  console.log(`${rounds} rounds of restarts, ${created.size} tasks; the rest comes to its end`)

  const until = performance.now() + minutes * 120_000 + 120_000
  const isDone = async () => {
    for (const session of sessions) {
      const { taskCounts, undeliveredEvents } = await client.ask<{
        taskCounts: Record<string, number>
        undeliveredEvents: number
      }>('GET', `/v1/sessions/${session}`)
      if (undeliveredEvents + taskCounts.waiting! + taskCounts.running! > 0) return false
    }
    return true
  }
  while (!(await isDone()) && performance.now() < until) await sleep(1_000)
  const feed = await readFeed(client)
  while (follower.ids().length < feed.length && performance.now() < until) await sleep(200)
  const tasks = (await Promise.all(sessions.map((session) => readTasks(client, session)))).flat()
  const broken = [
    ...failures.map((failure) => `a client failed: ${failure}`),
    ...brokenInvariants({ created, tasks, feed, streamed: follower.ids(), receiver }),
    ...fleet.stops
      .filter(({ code }) => code !== 0)
      .map(({ kind, output }) => `a ${kind} did not end well:\n${output.slice(-2_000)}`),
  ]
  for (const [name, id] of slowIds) {
    const linked = await fetch(`${fleet.url}/v1/tasks/${id}/file`, { headers: { authorization: `Bearer ${key}` } })
    if (!linked.ok) broken.push(`${name}: ${linked.status}`)
    else
      await origin
        .verify(name, slowBytes, linked.body as unknown as AsyncIterable<Uint8Array>)
        .catch((error: Error) => broken.push(error.message))
  }
  if (handOver.ms > mostHandOverMs) broken.push(`the hand over took ${handOver.ms.toFixed(0)} ms`)
  if (handOver.charged > 0) broken.push(`${handOver.charged} attempts were charged by the hand over`)

  for (const kind of ['api', 'worker'] as const) {
    const taken = fleet.stops.filter((each) => each.kind === kind).map(({ ms }) => ms)
    console.log(
      `${taken.length} stops of a${kind === 'api' ? 'n API' : ' worker'}: p50 ${quantile(taken, 0.5).toFixed(0)} ms, longest ${Math.max(...taken).toFixed(0)} ms`,
    )
  }
  const whole = tasks.reduce((sum, { file }) => sum + (file?.bytes ?? 0), 0)
  console.log(
    `${client.requests()} requests, repeated: ${[...client.troubles].map(([what, n]) => `${n} × ${what}`).join(', ') || 'none'}; ` +
      `${follower.reconnects()} reconnects of the stream, ${feed.length} events, ${receiver.posts.length} webhooks; ` +
      `the origin sent ${((origin.bytesSent() - handOver.bytesSent) / whole).toFixed(2)} × the files`,
  )
  console.log(
    `SIGTERM with ${handedOver} transfers: all are given back after ${handOver.givenBackMs.toFixed(0)} ms, the process is gone after ${handOver.goneMs.toFixed(0)} ms, ` +
      `all run on another worker after ${handOver.ms.toFixed(0)} ms (at most ${mostHandOverMs}), ` +
      `which tells of bytes of all after ${handOver.progressMs.toFixed(0)} ms`,
  )
  for (const sentence of broken) console.error(`BROKEN: ${sentence}`)
  return broken.length === 0
}
