/**
 * 1,000 files of 10 KiB in one batch, through the whole service on embedded parts, beside a plain script (fetch, write,
 * POST, sixteen at a time, nothing durable) in the same run. Everything is on loopback and ends by itself.
 */
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { followEvents } from '../test/support/event-reader.ts'
import { startOrigin } from '../test/support/origin.ts'
import { startReceiver } from '../test/support/receiver.ts'
import { newTenant, startStandalone } from '../test/support/service.ts'

const usage = 'Usage: npm run bench -- [--files 1000] [--bytes 10240] [--runs 3] [--streams 0]'
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1000' },
    bytes: { type: 'string', default: '10240' },
    runs: { type: 'string', default: '3' },
    streams: { type: 'string', default: '0' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const files = Math.min(Number(values.files), 1000)
const bytes = Number(values.bytes)
const runs = Number(values.runs)
/** Readers of the live stream beside it. */
const streams = Number(values.streams)

const folder = await mkdtemp(join(tmpdir(), 'backhaul-bench-'))
const origin = await startOrigin()
const paths = Array.from({ length: files }, (_, n) => `/file-${n}`)
const urls = paths.map((path) => origin.serve(path, { bytes, seed: 'one' }))
const receiver = await startReceiver()
const service = await startStandalone(join(folder, 'data'), { LOG_LEVEL: 'info' })

const ours: { stored: number; told: number; wakes: number }[] = []
const plain: number[] = []
for (let run = 1; run <= runs; run++) {
  ours.push(await backhaul(`run-${run}`))
  plain.push(await plainScript(run))
}
await service.end('SIGTERM')
await Promise.all([origin.close(), receiver.close()])
await rm(folder, { recursive: true, force: true })

const stored = median(ours.map((run) => run.stored))
const told = median(ours.map((run) => run.told))
const script = median(plain)
const row = (name: string, rate: number) =>
  console.log(`${name.padEnd(52)} ${rate.toFixed(0).padStart(6)} files/s   ${(rate / script).toFixed(2)} × the script`)
console.log(
  `${files} files of ${bytes} bytes, median of ${runs}; wakes per run: ${ours.map(({ wakes }) => wakes).join(', ')}`,
)
row('plain script (fetch, write, POST; nothing durable)', script)
row('Backhaul, until every file is stored', stored)
row('Backhaul, until every webhook is acknowledged', told)

/** Files a second. */
async function backhaul(session: string): Promise<{ stored: number; told: number; wakes: number }> {
  // A tenant that was just woken would be gated: a session of a fresh tenant is not.
  const { client: fresh, key } = await newTenant(service.url, session)
  // What is measured is the service, not politeness towards its one origin.
  await fresh.ok('PUT', `/v1/sessions/${session}`, {
    configuration: { delegate: { url: receiver.url }, httpMaximumConnectionsPerHost: 64 },
  })
  const readers = await Promise.all(Array.from({ length: streams }, () => followEvents(service.url, key)))
  receiver.posts.length = 0
  const from = performance.now()
  await fresh.ok('POST', `/v1/sessions/${session}/tasks/batch`, { tasks: urls.map((url) => ({ url })) })
  let storedAt = 0
  while (!receiver.types().includes('session.events_finished')) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    if (storedAt > 0) continue
    const { taskCounts } = await fresh.ok<{ taskCounts: { completed: number } }>('GET', '/v1/tasks/summary')
    if (taskCounts.completed === files) storedAt = performance.now()
  }
  const toldAt = performance.now()
  await Promise.all(readers.map((reader) => reader.close()))
  const rate = (at: number) => (files * 1000) / (at - from)
  const wakes = receiver.types().filter((type) => type === 'session.wake').length
  return { stored: rate(storedAt || toldAt), told: rate(toldAt), wakes }
}

async function plainScript(run: number): Promise<number> {
  const to = join(folder, `plain-${run}`)
  await mkdir(to)
  const hook = createServer((request, response) => request.resume().on('end', () => response.end())).listen(
    0,
    '127.0.0.1',
  )
  await once(hook, 'listening')
  const hookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`
  const from = performance.now()
  const waiting = urls.entries()
  const work = async () => {
    for (const [n, url] of waiting) {
      const body = Buffer.from(await (await fetch(url)).arrayBuffer())
      await writeFile(join(to, String(n)), body)
      await (await fetch(hookUrl, { method: 'POST', body: JSON.stringify({ url, bytes: body.length }) })).text()
    }
  }
  await Promise.all(Array.from({ length: 16 }, work))
  const rate = (files * 1000) / (performance.now() - from)
  hook.closeAllConnections()
  hook.close()
  return rate
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}
