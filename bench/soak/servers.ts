/** PostgreSQL, Redis and S3 of the soak's own, each behind a network that can fail. */
import { execFile } from 'node:child_process'
import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from '#support/assertions/eventually.ts'
import { startTcpProxy, type TcpProxy } from '#support/faults/tcp-proxy.ts'
import {
  type DebianPostgres,
  runAsServerUser,
  serverUser,
  startDebianPostgres,
} from '#support/servers/debian-postgres.ts'
import { type OwnRedis, startOwnRedis } from '#support/servers/own-redis.ts'
import { startS3 } from '#support/servers/s3.ts'
import { type Bucket, openBucket } from '#support/storage/bucket.ts'
import { type FaultProxy, startFaultProxy } from '../../test/faults/s3-fault-proxy.ts'
import { openBucket as makeBucket } from '../bucket.ts'

const run = promisify(execFile)
/** Of the database: a disk that can be filled. */
const diskMiB = 640
const leftBytes = 200_000
const postgresSettings = { max_wal_size: '64MB', min_wal_size: '32MB', max_connections: '200' }

export interface SoakServers {
  postgres: DebianPostgres
  redis: OwnRedis
  /** Between the service and each server. */
  networks: { postgres: TcpProxy; redis: TcpProxy; s3: TcpProxy }
  /** In front of the network to S3, for faults that are HTTP. */
  s3: FaultProxy
  bucket: Bucket
  /** Null: this machine gives us no disk of our own. */
  disk: { fill(): Promise<void>; clear(): Promise<void> } | null
  /** For the service's processes. */
  env: Record<string, string>
}

type Closes = (close: () => unknown) => void

export async function startSoakServers(closes: Closes): Promise<SoakServers> {
  const { postgres, disk } = await startPostgres(closes)
  const redis = await startOwnRedis()
  closes(() => redis.stop())
  const s3Server = await startS3()
  closes(() => s3Server.stop())
  const made = await makeBucket(s3Server.address)
  closes(() => made.empty().finally(() => made.close()))
  const bucket = openBucket(made.config)
  closes(() => bucket.close())
  const s3Url = new URL(s3Server.address.endpoint)
  const at = (port: number, host = '127.0.0.1') => startTcpProxy({ host, port })
  const networks = {
    postgres: await at(postgres.port),
    redis: await at(Number(new URL(redis.url).port)),
    s3: await at(Number(s3Url.port || 80), s3Url.hostname),
  }
  for (const network of Object.values(networks)) closes(() => network.close())
  const s3 = await startFaultProxy(`http://127.0.0.1:${networks.s3.port}`)
  closes(() => s3.close())
  const env = {
    DATABASE_URL: `postgresql://postgres@127.0.0.1:${networks.postgres.port}/backhaul`,
    REDIS_URL: `redis://127.0.0.1:${networks.redis.port}`,
    ...made.env,
    S3_ENDPOINT: s3.endpoint,
  }
  return { postgres, redis, networks, s3, bucket, disk, env }
}

async function startPostgres(closes: Closes): Promise<Pick<SoakServers, 'postgres' | 'disk'>> {
  let mounted: string | null = null
  const postgres = await startDebianPostgres({
    settings: postgresSettings,
    async fill(directory) {
      await mkdir(directory, { mode: 0o700 })
      const user = await serverUser()
      const options = `size=${diskMiB}m,mode=0700${user ? `,uid=${user.uid},gid=${user.gid}` : ''}`
      const ours = await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]).then(
        () => true,
        () => false,
      )
      if (ours) mounted = directory
      else await rm(directory, { recursive: true })
      await runAsServerUser('initdb', ['-D', directory, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-sync'])
    },
  })
  closes(async () => {
    await postgres.end('SIGKILL')
    if (mounted !== null) await run('umount', ['-l', mounted])
    await postgres.dispose()
  })
  await postgres.query('create database backhaul', 'postgres')
  return { postgres, disk: mounted === null ? null : diskOf(mounted) }
}

function diskOf(directory: string): NonNullable<SoakServers['disk']> {
  const filler = join(directory, 'filler')
  return {
    async fill() {
      const { bavail, bsize } = await statfs(directory)
      const bytes = bavail * bsize - leftBytes
      if (bytes > 0) await run('fallocate', ['-l', String(bytes), filler])
    },
    clear: () => rm(filler, { force: true }),
  }
}

/** Starts a PostgreSQL that was killed, or that has ended for want of space. The processes of the dead one leave first. */
export async function bringBack(postgres: DebianPostgres): Promise<void> {
  await eventually('PostgreSQL is back', () => postgres.start().then(() => true), { withinMs: 60_000, everyMs: 500 })
}
