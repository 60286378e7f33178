/**
 * One file through the whole service while its worker is killed (SIGKILL) again and again, at random moments of the transfer.
 * Fails unless it ends with the right bytes and the origin has sent no more than 1.5 × the file. Loopback only; ends by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { newTenant } from '#support/processes/service.ts'
import { startS3 } from '#support/servers/s3.ts'
import { openBucket } from './bucket.ts'
import { type Opening, runMeasure } from './closing.ts'
import { startServers, startService } from './service-fixture.ts'
import { startOwnOrigin } from './static-origin.ts'
import { digestOf, MiB, makeFile, parseSize, sizeName } from './test-files.ts'

const usage = `Usage: npx -c 'node bench/kills.ts' [--kills 20] [--size 1GiB] [--seed n]`
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    size: { type: 'string', default: '1GiB' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const maxFetched = 1.5
/** Includes the time for a killed worker's lease to end (15 s) and slack for a busy machine. */
const waitTimeoutMs = 120_000
const bytes = parseSize(values.size)
const moments = killMoments(Number(values.kills), bytes, Number(values.seed))

await runMeasure('kills', measure)

async function measure({ folder, closes }: Opening): Promise<boolean> {
  console.log(`${sizeName(bytes)}, ${moments.length} kills, --seed ${values.seed}`)
  // Node's origin, because it knows at any moment how much it has sent.
  const origin = await startOwnOrigin(folder)
  closes(() => origin.close())
  const file = await makeFile(origin.folder, 'file.bin', bytes)
  const s3 = await startS3()
  closes(() => s3.stop())
  const bucket = await openBucket(s3.address)
  closes(() => bucket.close())
  const servers = await startServers(folder)
  closes(() => servers.close())
  const service = await startService(servers, folder, bucket.env)
  closes(() => service.close())
  const { client } = await newTenant(service.url)
  await client.ok('PUT', '/v1/sessions/kills', { configuration: { delegate: { kind: 'pull' } } })
  const { id } = await client.ok<{ id: string }>('POST', '/v1/sessions/kills/tasks', { url: origin.url(file.name) })

  for (const [n, moment] of moments.entries()) {
    const before = await origin.bytesSent()
    const worker = await service.startWorker()
    const until = performance.now() + waitTimeoutMs
    while ((await origin.bytesSent()) - before < moment) {
      if (performance.now() > until) throw new Error(`the transfer does not go on:\n${worker.output()}`)
      await sleep(1)
    }
    await worker.end('SIGKILL')
    const sent = (await origin.bytesSent()) - before
    console.log(`kill ${n + 1}: after ${(sent / MiB).toFixed(1)} MiB`)
  }
  await service.startWorker()
  const ended = await client.ended(id)
  const sent = await origin.bytesSent()
  const stored =
    ended.state === 'completed'
      ? await digestOf((await client.file(id)).body as unknown as AsyncIterable<Uint8Array>)
      : null
  const right = stored?.sha256 === file.sha256 && stored.bytes === bytes
  console.log(
    `${ended.state}, ${right ? 'the right bytes' : 'NOT the right bytes'}; the origin sent ${(sent / bytes).toFixed(2)} × the file (≤ ${maxFetched}), ` +
      `${((sent - bytes) / MiB / moments.length).toFixed(1)} MiB lost by each kill`,
  )
  return right && sent <= maxFetched * bytes
}

/**
 * The number of bytes after which each worker is killed: the gaps between random offsets of the file. Their sum is
 * less than the file, so that every kill comes before the transfer has ended.
 */
function killMoments(kills: number, bytes: number, seed: number): number[] {
  const random = randomFrom(seed)
  const places = Array.from({ length: kills }, () => random() * bytes).toSorted((a, b) => a - b)
  return places.map((place, n) => place - (places[n - 1] ?? 0))
}

/** Mulberry32: pseudo-random numbers from 0 to 1, determined by the seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
