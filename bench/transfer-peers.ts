/** The contenders of bench/transfer.ts: other programs, and Backhaul as engine and as service. */
import { execFileSync } from 'node:child_process'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { newTenant } from '#support/processes/service.ts'
import { aptInstall } from '#support/servers/apt.ts'
import { findProgram } from '#support/servers/server-process.ts'
import type { Bucket } from './bucket.ts'
import { measureOwn } from './own-child.ts'
import { measureCommand, measureProcesses } from './resource-usage.ts'
import type { ServiceFixture } from './service-fixture.ts'
import type { StaticOrigin } from './static-origin.ts'
import { digestOf, type TestFile } from './test-files.ts'
import { type EngineInput, engineFile, engineKey } from './transfer-engine.ts'
import { type Contender, contenders, type Variant, variants } from './transfer-figures.ts'
import type { Run } from './transfer-run.ts'
import type { UploadInput } from './transfer-upload.ts'

export interface Entry {
  contender: Contender
  variant: Variant
  run(file: TestFile): Promise<Run>
}
interface Field {
  entries: Entry[]
  /** Contenders that are not installed and cannot be. */
  absent: Contender[]
  /** "rclone 1.60.1", and so on. */
  versions: string[]
  /** Removes everything that was stored there. */
  emptyBucket(): Promise<void>
  emptyDisk(): Promise<void>
}

interface Arena {
  folder: string
  origin: StaticOrigin
  bucket: Bucket
  toS3: ServiceFixture
  toDisk: ServiceFixture
  postgresSeconds(): number
}

const packages = { rclone: 'rclone', aws: 'awscli', aria2c: 'aria2', curl: 'curl' } as const

/** Installs missing programs where possible. `wanted` selects the contenders. */
export async function openField(arena: Arena, wanted: (contender: Contender) => boolean): Promise<Field> {
  const { folder, origin, bucket } = arena
  const programs: Partial<Record<keyof typeof packages, string>> = {}
  const versions: string[] = []
  for (const name of Object.keys(packages) as (keyof typeof packages)[]) {
    if (!wanted(name === 'curl' ? 'aws' : name)) continue
    if (!program(name)) await aptInstall([packages[name]]).catch(() => false)
    const path = program(name)
    if (!path) continue
    programs[name] = path
    const said = execFileSync(path, [name === 'rclone' ? 'version' : '--version'], { encoding: 'utf8' })
    versions.push(`${name} ${/\d+\.\d+(\.\d+)?/.exec(said)?.[0] ?? ''}`)
  }
  const downloads = join(folder, 'downloads')
  await mkdir(downloads, { recursive: true })
  let stored = 0
  const newName = (who: Contender) => `${who}-${++stored}`
  const { rclone, aws, aria2c, curl } = programs
  const ca = origin.authorityPath
  const from = (file: TestFile, variant: Variant) => (variant === 'tls' ? origin.tlsUrl : origin.url)(file.name)
  const inBucket = (key: string) => () => bucket.digest(key)
  const onDisk = (path: string) => () => digestOf(createReadStream(path))

  const rcloneEnv = s3ForRclone(bucket, join(folder, 'rclone.conf'))
  const awsEnv = s3ForAws(bucket)
  const s3 = bucket.address
  const runs: Record<Contender, Partial<Record<Variant, (file: TestFile, variant: Variant) => Promise<Run>>>> = {
    rclone: rclone
      ? forBoth(async (file, variant) => {
          const key = newName('rclone')
          const line = `${rclone} copyurl --ca-cert ${ca} ${from(file, variant)} s3:${s3.bucket}/${key}`
          return { ...(await measureCommand(line, rcloneEnv)), digest: inBucket(key) }
        })
      : {},
    aws:
      aws && curl
        ? forBoth(async (file, variant) => {
            const key = newName('aws')
            const fetched = `${curl} -sS --fail --cacert ${ca} ${from(file, variant)}`
            const line = `${fetched} | ${aws} s3 cp - s3://${s3.bucket}/${key} --endpoint-url ${s3.endpoint}`
            return { ...(await measureCommand(line, awsEnv)), digest: inBucket(key) }
          })
        : {},
    upload: forBoth(async (file, variant) => {
      const key = newName('upload')
      const input: UploadInput = { url: from(file, variant), s3, key }
      return { ...(await measureOwn('transfer-upload.ts', input, { NODE_EXTRA_CA_CERTS: ca })), digest: inBucket(key) }
    }),
    aria2c: aria2c
      ? {
          disk: async (file, variant) => {
            const name = newName('aria2c')
            const path = join(downloads, name)
            const options = '-q --no-conf -x4 -s4 --file-allocation=falloc --auto-file-renaming=false'
            const line = `${aria2c} ${options} -d ${downloads} -o ${name} ${from(file, variant)} && sync ${path}`
            return { ...(await measureCommand(line)), digest: onDisk(path) }
          },
        }
      : {},
    engine: forAll(async (file, variant) => {
      const name = newName('engine')
      const input: EngineInput = {
        url: from(file, variant),
        name,
        to: variant === 'disk' ? { directory: downloads } : { s3: bucket.config },
        ...(variant === 'sha256' && { sha256: file.sha256 }),
      }
      const digest = variant === 'disk' ? onDisk(engineFile(downloads, name)) : inBucket(engineKey(name))
      return { ...(await measureOwn('transfer-engine.ts', input, { NODE_EXTRA_CA_CERTS: ca })), digest }
    }),
    service: forAll(async (file, variant) =>
      throughService(variant === 'disk' ? arena.toDisk : arena.toS3, arena.postgresSeconds, {
        url: from(file, variant),
        ...(variant === 'sha256' && { expected: { sha256: file.sha256 } }),
      }),
    ),
  }

  const names = (Object.keys(contenders) as Contender[]).filter(wanted)
  return {
    // By variant, so that contenders that are compared run one after the other.
    entries: (Object.keys(variants) as Variant[]).flatMap((variant) =>
      names.flatMap((contender) => {
        const run = runs[contender][variant]
        return run ? [{ contender, variant, run: (file: TestFile) => run(file, variant) }] : []
      }),
    ),
    absent: names.filter((name) => Object.keys(runs[name]).length === 0),
    versions,
    emptyBucket: () => bucket.empty(),
    async emptyDisk() {
      await rm(downloads, { recursive: true, force: true })
      await mkdir(downloads)
      await removeFiles(join(arena.toDisk.dataDir, 'files'))
    },
  }
}

type RunOne = (file: TestFile, variant: Variant) => Promise<Run>
/** The URLs of a file over HTTP and over TLS. */
const forBoth = (run: RunOne) => ({ s3: run, tls: run })
const forAll = (run: RunOne) => ({ s3: run, sha256: run, tls: run, disk: run })

/** Measures from the client's POST until its waiting GET returns the ended task. */
async function throughService(
  service: ServiceFixture,
  postgresSeconds: () => number,
  task: { url: string; expected?: object },
): Promise<Run> {
  // A new tenant has had no wakes, so the wake limiter does not delay its tasks.
  const { client } = await newTenant(service.url)
  await client.ok('PUT', '/v1/sessions/bench', { configuration: { delegate: { kind: 'pull' } } })
  let id = ''
  const before = postgresSeconds()
  const usage = await measureProcesses(service.pids(), async () => {
    ;({ id } = await client.ok<{ id: string }>('POST', '/v1/sessions/bench/tasks', task))
    const ended = await client.ended(id)
    if (ended.state !== 'completed') throw new Error(JSON.stringify(ended.error))
  })
  return {
    ...usage,
    postgresSeconds: postgresSeconds() - before,
    digest: async () => digestOf((await client.file(id)).body as unknown as AsyncIterable<Uint8Array>),
  }
}

/** Skips a version manager's wrapper on the PATH, which would cost a process start of its own. */
function program(name: string): string | null {
  const own = ['/usr/bin', '/usr/local/bin'].map((folder) => join(folder, name)).find((path) => existsSync(path))
  return own ?? findProgram(name)
}

function s3ForRclone({ address }: Bucket, config: string): Record<string, string> {
  const remote = {
    TYPE: 's3',
    PROVIDER: 'Other',
    ENDPOINT: address.endpoint,
    REGION: address.region,
    ACCESS_KEY_ID: address.credentials.accessKeyId,
    SECRET_ACCESS_KEY: address.credentials.secretAccessKey,
    FORCE_PATH_STYLE: 'true',
  }
  const ofRemote = Object.entries(remote).map(([name, value]) => [`RCLONE_CONFIG_S3_${name}`, value])
  // The bucket exists: skip the check for it.
  return { RCLONE_CONFIG: config, RCLONE_S3_NO_CHECK_BUCKET: 'true', ...Object.fromEntries(ofRemote) }
}

function s3ForAws({ address }: Bucket): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: address.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: address.credentials.secretAccessKey,
    AWS_DEFAULT_REGION: address.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  }
}

async function removeFiles(folder: string): Promise<void> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  await Promise.all(found.filter((each) => each.isFile()).map((each) => rm(join(each.parentPath, each.name))))
}
