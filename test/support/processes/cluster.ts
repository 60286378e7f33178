import { randomBytes } from 'node:crypto'
import type { S3Config } from '#transfer/storage/s3/config.ts'
import { eventually } from '../assertions/eventually.ts'
import { type TestDatabase, testDatabase } from '../servers/postgres.ts'
import { testRedis, testS3 } from '../servers/shared-servers.ts'
import { listening, operatorToken, type Service, type ServiceProcess, startProcess } from './service.ts'

/** The API and workers as separate processes on a real Redis and a real S3 server. */
export interface Cluster {
  database: TestDatabase
  env: Record<string, string>
  s3: S3Config
  /** Starts any program with the cluster's environment, without waiting for it. */
  start(entry: string, env?: Record<string, string>): ServiceProcess
  startApi(port?: string): Promise<Service>
  /** Resolves when the worker has started to take work. */
  startWorker(env?: Record<string, string>): Promise<ServiceProcess>
  /** Kills all processes that still run. */
  dispose(): Promise<void>
}

/** Null when the run has no servers (BACKHAUL_TEST_EMBEDDED_ONLY=1). */
export async function testCluster(settings: Record<string, string> = {}): Promise<Cluster | null> {
  const [database, redis, s3] = await Promise.all([testDatabase(), testRedis(), testS3()])
  if (redis === null || s3 === null || s3.credentials === null) return null
  const env = {
    DATABASE_URL: database.connectionString,
    // A database of the run's Redis for each of vitest's workers, which take one test file at a time.
    REDIS_URL: `${redis.replace(/\/\d*$/, '')}/${Number(process.env.VITEST_POOL_ID ?? 0) % 16}`,
    S3_BUCKET: s3.bucket,
    S3_REGION: s3.region,
    S3_ENDPOINT: s3.endpoint!,
    S3_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
    S3_FORCE_PATH_STYLE: 'true',
    ADMIN_TOKEN: operatorToken,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
    HOST: '127.0.0.1',
    ...settings,
  }
  const processes: ServiceProcess[] = []
  const start = (entry: string, more: Record<string, string> = {}) => {
    const process = startProcess(entry, { ...env, ...more })
    processes.push(process)
    return process
  }
  return {
    database,
    env,
    s3,
    start,
    async startApi(port = '0') {
      const api = start('apps/api/src/main.ts', { PORT: port })
      return { ...api, url: await listening(api) }
    },
    async startWorker(more = {}) {
      const worker = start('apps/worker/src/main.ts', more)
      await said(worker, 'worker started')
      return worker
    },
    async dispose() {
      for (const { child } of processes) child.kill('SIGCONT')
      await Promise.all(processes.map((process) => process.end('SIGKILL')))
      await database.drop()
    },
  }
}

async function said(service: ServiceProcess, text: string): Promise<void> {
  await eventually(
    `it says "${text}"`,
    () => {
      if (service.child.exitCode !== null) throw new Error(service.output())
      return service.output().includes(text)
    },
    { withinMs: 120_000 },
  )
}
