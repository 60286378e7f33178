/** The service as in production, for benches of transfers: API and worker as processes, PostgreSQL, Redis. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '#core/database/migrate.ts'
import { startEmbeddedPostgres } from '#embedded-postgres/index.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { listening, operatorToken, type ServiceProcess, startProcess } from '#support/processes/service.ts'
import { startRedis } from '#support/servers/redis.ts'
import { cpuOf, descendants } from './resource-usage.ts'

interface Servers {
  /** A new, migrated database, and a part of Redis of its own. */
  newEnv(): Promise<Record<string, string>>
  /** CPU seconds of PostgreSQL so far. */
  postgresSeconds(): number
  close(): Promise<void>
}

/** PostgreSQL (embedded, with its usual settings) and Redis under `folder`. */
export async function startServers(folder: string): Promise<Servers> {
  const dataDir = join(folder, 'database')
  const postgres = await startEmbeddedPostgres({ dataDir, log: { info: () => {}, error: console.error } })
  const redis = await startRedis()
  const pid = Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'latin1')).split('\n')[0])
  let opened = 0
  return {
    async newEnv() {
      const name = `bench_${randomUUID().replaceAll('-', '')}`
      const client = new pg.Client({ connectionString: postgres.connectionString })
      await client.connect()
      await client.query(`create database ${name}`).finally(() => client.end())
      const url = new URL(postgres.connectionString)
      url.pathname = name
      await migrate(url.href)
      opened += 1
      return { DATABASE_URL: url.href, REDIS_URL: `${redis.address.replace(/\/\d*$/, '')}/${opened}` }
    },
    postgresSeconds: () => [pid, ...descendants(pid)].reduce((sum, each) => sum + cpuOf(each), 0),
    async close() {
      await redis.stop()
      await postgres.stop()
    },
  }
}

export interface ServiceFixture {
  url: string
  databaseUrl: string
  dataDir: string
  /** The pids of the API and of running workers. */
  pids(): number[]
  startWorker(env?: Record<string, string>): Promise<ServiceProcess>
  close(): Promise<void>
}

/** An API; workers are started as they are needed. Without S3 in `env`, files are kept under `folder`. */
export async function startService(
  servers: Servers,
  folder: string,
  env: Record<string, string>,
): Promise<ServiceFixture> {
  const dataDir = join(folder, randomUUID())
  await mkdir(dataDir)
  const database = await servers.newEnv()
  const all = {
    ...database,
    DATA_DIR: dataDir,
    ADMIN_TOKEN: operatorToken,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
    HOST: '127.0.0.1',
    PORT: '0',
    ...env,
  }
  const running = new Set<ServiceProcess>()
  const start = (entry: string, more: Record<string, string> = {}): ServiceProcess => {
    const started = startProcess(entry, { ...all, ...more })
    running.add(started)
    started.child.once('exit', () => running.delete(started))
    return started
  }
  const api = start('apps/api/src/main.ts')
  return {
    url: await listening(api),
    databaseUrl: database.DATABASE_URL!,
    dataDir,
    pids: () => [...running].map(({ child }) => child.pid!),
    async startWorker(more = {}) {
      const worker = start('apps/worker/src/main.ts', more)
      const started = () => {
        if (worker.child.exitCode !== null) throw new Error(worker.output())
        return worker.output().includes('worker started')
      }
      await eventually('the worker has started', started, { withinMs: 60_000 })
      return worker
    },
    async close() {
      await Promise.all([...running].map((each) => each.end('SIGTERM')))
    },
  }
}
