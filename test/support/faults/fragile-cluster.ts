import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '../assertions/eventually.ts'
import type { Client } from '../client/client.ts'
import { listening, operatorToken, type Service, type ServiceProcess, startProcess } from '../processes/service.ts'
import { type OwnRedis, startOwnRedis } from '../servers/own-redis.ts'
import { testDatabase } from '../servers/postgres.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** The API and workers as separate processes on a shared folder, with a database and a Redis that can fail. */
export interface FragileCluster {
  database: TcpProxy
  /** Null: hints go through the database. */
  redis: OwnRedis | null
  startApi(): Promise<Service>
  startWorker(env?: Record<string, string>): Promise<ServiceProcess>
  /** Kills what still runs. */
  dispose(): Promise<void>
}

export async function startFragileCluster(hints: 'redis' | 'postgresql'): Promise<FragileCluster> {
  const home = await testDatabase()
  const url = new URL(home.connectionString)
  const database = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
  url.port = String(database.port)
  const redis = hints === 'redis' ? await startOwnRedis() : null
  const dataDir = await mkdtemp(join(tmpdir(), 'backhaul-outage-'))
  const env = {
    DATABASE_URL: url.href,
    ...(redis ? { REDIS_URL: redis.url } : {}),
    DATA_DIR: dataDir,
    ADMIN_TOKEN: operatorToken,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
    HOST: '127.0.0.1',
    PORT: '0',
  }
  const processes: ServiceProcess[] = []
  const start = (entry: string, more: Record<string, string> = {}) => {
    const process = startProcess(entry, { ...env, ...more })
    processes.push(process)
    return process
  }
  return {
    database,
    redis,
    async startApi() {
      const api = start('apps/api/src/main.ts')
      return { ...api, url: await listening(api) }
    },
    async startWorker(more) {
      const worker = start('apps/worker/src/main.ts', more)
      await eventually('the worker works', () => worker.output().includes('worker started'), { withinMs: 60_000 })
      return worker
    },
    async dispose() {
      for (const { child } of processes) child.kill('SIGCONT')
      await Promise.all(processes.map((process) => process.end('SIGKILL')))
      await Promise.all([database.close(), redis?.stop(), rm(dataDir, { recursive: true, force: true })])
      await home.drop()
    },
  }
}

export async function completedIn(client: Client, session: string): Promise<number> {
  const { taskCounts } = await client.ok<{ taskCounts: Record<string, number> }>('GET', `/v1/sessions/${session}`)
  return taskCounts.completed!
}

/** Waits until this many tasks have completed; returns the task ids of all completion events in the feed, with repeats. */
export async function toldEndings(client: Client, session: string, tasks: number, withinMs: number): Promise<string[]> {
  await eventually('every task has completed', async () => (await completedIn(client, session)) === tasks, {
    withinMs,
    everyMs: 100,
  })
  const told: string[] = []
  for (let after = ''; ; ) {
    const page = await client.ok<{ data: { type: string; data: { task?: TaskView } }[]; nextCursor: string }>(
      'GET',
      `/v1/events?session=${session}&limit=200${after && `&after=${after}`}`,
    )
    if (page.data.length === 0) return told.toSorted()
    for (const { type, data } of page.data) if (type === 'task.completed') told.push(data.task!.id)
    after = page.nextCursor
  }
}
