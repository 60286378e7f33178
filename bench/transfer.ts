/**
 * How fast a URL gets into storage, and what it costs: Backhaul beside rclone, curl and aws, lib-storage and aria2c, in turn,
 * from one origin into one S3 server or onto one disk. Writes bench/results/transfer.md and transfer.svg. Fails when a figure
 * of transfer-figures.ts is missed. Loopback only; ends by itself.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startS3 } from '#support/servers/s3.ts'
import { openBucket } from './bucket.ts'
import { type Opening, runMeasure } from './closing.ts'
import { quiet } from './resource-usage.ts'
import { startServers, startService } from './service-fixture.ts'
import { startStaticOrigin } from './static-origin.ts'
import { GiB, MiB, makeFile, parseSize, sizeName } from './test-files.ts'
import { type Contender, contenders, judge, type Measured, rowsOf, type Variant, variants } from './transfer-figures.ts'
import { type Entry, openField } from './transfer-peers.ts'
import { transferPicture } from './transfer-picture.ts'
import { tableMarkdown, tableText } from './transfer-table.ts'

const usage = `Usage: npx -c 'node bench/transfer.ts' [options]
  --sizes 1GiB,64MiB   sizes of the file
  --runs 5             rounds
  --peers a,b          of ${Object.keys(contenders).join(', ')}
  --variants a,b       of ${Object.keys(variants).join(', ')}
  --results folder     bench/results
  --quick              64 MiB, one round, nothing written
With --peers, --variants or --sizes only the measured figures are judged.`
const { values } = parseArgs({
  options: {
    sizes: { type: 'string' },
    runs: { type: 'string' },
    peers: { type: 'string', default: Object.keys(contenders).join() },
    variants: { type: 'string', default: Object.keys(variants).join() },
    results: { type: 'string', default: join(import.meta.dirname, 'results') },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const sizes = (values.sizes ?? (values.quick ? '64MiB' : '1GiB,64MiB')).split(',').map(parseSize)
const runs = Number(values.runs ?? (values.quick ? 1 : 5))
const peers = chosen(values.peers, contenders) as Contender[]
const kinds = chosen(values.variants, variants) as Variant[]
const everything = !values.quick && sizes.includes(GiB) && isAll(peers, contenders) && isAll(kinds, variants)

/** Storage deletes removed objects in the background and begins within this time (Ceph's settings in the tests). */
const removalMs = 7_000
const quietWithinMs = 20_000

await runMeasure('transfer', measure)

async function measure({ folder, closes }: Opening): Promise<boolean> {
  const origin = await startStaticOrigin(folder)
  closes(() => origin.close())
  const files = await Promise.all(
    sizes.map((bytes) => makeFile(origin.folder, `${sizeName(bytes).replace(' ', '-')}.bin`, bytes)),
  )
  const s3 = await startS3()
  closes(() => s3.stop())
  const bucket = await openBucket(s3.address)
  closes(() => bucket.close())
  const servers = await startServers(folder)
  closes(() => servers.close())
  const env = { NODE_EXTRA_CA_CERTS: origin.authorityPath }
  const toS3 = await startService(servers, folder, { ...env, ...bucket.env })
  closes(() => toS3.close())
  const toDisk = await startService(servers, folder, env)
  closes(() => toDisk.close())
  await Promise.all([toS3.startWorker(), toDisk.startWorker()])
  const { postgresSeconds } = servers
  const field = await openField({ folder, origin, bucket, toS3, toDisk, postgresSeconds }, (name) =>
    peers.includes(name),
  )
  for (const name of field.absent) console.log(`${contenders[name]}: not installed, left out`)

  // Warm-up: storage creates its pools at the first use and processes compile, which is charged to no contender.
  const warmUp = await makeFile(origin.folder, 'warm-up.bin', 64 * MiB)
  for (const { run } of field.entries.filter(({ variant }) => kinds.includes(variant))) await run(warmUp)
  await field.emptyBucket()
  await field.emptyDisk()
  await quiet(quietWithinMs)

  const measured: Measured[] = []
  let disturbed = 0
  for (const file of files) {
    const entries = field.entries.filter(({ variant }) => kinds.includes(variant))
    const of = entries.map(({ contender, variant }): Measured => ({ size: file.bytes, variant, contender, runs: [] }))
    measured.push(...of)
    for (let round = 1; round <= runs; round++) {
      for (const [n, entry] of inTurn(entries, round)) {
        if (!(await quiet(3_000))) disturbed += 1
        const run = await entry.run(file)
        of[n]!.runs.push(run)
        const { wallSeconds, cpuSeconds } = run
        const what = `${sizeName(file.bytes)} ${variants[entry.variant]}, ${contenders[entry.contender]}`
        console.log(`${round}/${runs} ${what}: ${wallSeconds.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s`)
        if (round === 1) {
          const { bytes, sha256 } = await run.digest()
          if (bytes !== file.bytes || sha256 !== file.sha256) throw new Error(`${what}: other bytes are stored`)
        }
        // Drop the file from the page cache: otherwise the kernel would reclaim memory during the next run.
        if (entry.variant === 'disk') await field.emptyDisk()
      }
      await field.emptyBucket()
      await new Promise((resolve) => setTimeout(resolve, removalMs))
      await quiet(quietWithinMs)
    }
  }

  const rows = rowsOf(measured)
  const verdicts = judge(rows)
  const absent = field.absent.map((name) => contenders[name])
  const report = {
    rows,
    verdicts,
    runs,
    servers: `${origin.name}, ${bucket.server}`,
    versions: field.versions,
    absent,
    disturbed: disturbed / measured.reduce((sum, each) => sum + each.runs.length, 0),
  }
  console.log(`\n${tableText(report)}`)
  if (!values.quick) {
    await mkdir(values.results, { recursive: true })
    await writeFile(join(values.results, 'transfer.md'), tableMarkdown(report))
    const largest = Math.max(...sizes)
    const notes = [
      `Median of ${runs} in turn. Origin, S3 server and client share one machine of ${cpus().length} cores.`,
      `${report.servers}; Node ${process.versions.node}, ${field.versions.join(', ')}`,
    ]
    const picture = transferPicture(
      rows.filter(({ size }) => size === largest),
      { size: sizeName(largest), notes },
    )
    await writeFile(join(values.results, 'transfer.svg'), picture)
  }
  return verdicts.every(({ reached }) => reached ?? !everything)
}

/** The contenders with their numbers. Each round begins with another one, because the earlier ones leave work to storage. */
function inTurn(entries: readonly Entry[], round: number): [number, Entry][] {
  const kinds = new Set(entries.map(({ variant }) => variant))
  return [...kinds].flatMap((kind) => {
    const of = [...entries.entries()].filter(([, { variant }]) => variant === kind)
    const first = (round - 1) % of.length
    return [...of.slice(first), ...of.slice(0, first)]
  })
}

function chosen(list: string, from: object): string[] {
  const names = list.split(',').filter(Boolean)
  const unknown = names.find((name) => !Object.hasOwn(from, name))
  if (unknown !== undefined) throw new Error(`There is no ${unknown}.\n${usage}`)
  return names
}

function isAll(names: readonly string[], from: object): boolean {
  return Object.keys(from).every((name) => names.includes(name))
}
