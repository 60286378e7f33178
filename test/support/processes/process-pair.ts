import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../assertions/eventually.ts'
import { type TestDatabase, testDatabase } from '../servers/postgres.ts'
import { testRedis } from '../servers/shared-servers.ts'
import { listening, operatorToken, type Service, type ServiceProcess, startProcess } from './service.ts'

/** API and worker as separate processes with files in a shared folder. */
export interface ProcessPair {
  databaseUrl: string
  /** Of this code, or of other code in `folder`, e.g. of an earlier version; on a free port, or the one that another had. */
  startApi(folder?: string, port?: number): Promise<Service>
  startWorker(folder?: string): Promise<ServiceProcess>
  /** Kills all processes that still run. */
  dispose(): Promise<void>
}

/**
 * Null when the run has no Redis and the queue is to be there. `given`: on another database than a fresh one of the run's,
 * with more settings.
 */
export async function openProcessPair(
  queue: 'Redis' | 'PostgreSQL',
  given: { database?: TestDatabase; env?: Record<string, string> } = {},
): Promise<ProcessPair | null> {
  const redis = queue === 'Redis' ? await testRedis() : null
  if (queue === 'Redis' && redis === null) return null
  const [database, dataDir] = await Promise.all([
    given.database ?? testDatabase(),
    mkdtemp(join(tmpdir(), 'backhaul-pair-')),
  ])
  const env = {
    DATABASE_URL: database.connectionString,
    // A database of the run's Redis for each of vitest's workers, which take one test file at a time.
    ...(redis && { REDIS_URL: `${redis.replace(/\/\d*$/, '')}/${Number(process.env.VITEST_POOL_ID ?? 0) % 16}` }),
    DATA_DIR: dataDir,
    ADMIN_TOKEN: operatorToken,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
    HOST: '127.0.0.1',
    ...given.env,
  }
  const processes: ServiceProcess[] = []
  const start = (entry: string, more: Record<string, string>, folder?: string) => {
    const started = startProcess(entry, { ...env, ...more }, folder === undefined ? {} : { folder })
    processes.push(started)
    return started
  }
  return {
    databaseUrl: database.connectionString,
    async startApi(folder, port = 0) {
      const api = start('apps/api/src/main.ts', { PORT: String(port) }, folder)
      return { ...api, url: await listening(api) }
    },
    async startWorker(folder) {
      const worker = start('apps/worker/src/main.ts', {}, folder)
      const started = () => {
        if (worker.child.exitCode !== null) throw new Error(worker.output())
        return worker.output().includes('worker started')
      }
      await eventually('the worker has started', started, { withinMs: 120_000 })
      return worker
    },
    async dispose() {
      await Promise.all(processes.map((process) => process.end('SIGKILL')))
      await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
