import { type BackendFactory, createPostgresBackend, Queue, Worker } from 'bullmq'
import pg from 'pg'
import { withSession } from '../../database/session-settings.ts'
import { type Backend, silenceMs, timeoutMs, workerOptions } from './backend.ts'

/** The schema that BullMQ expects on a pool that it is given. */
const schema = 'bullmq'

/** Hints in BullMQ's own tables in the given PostgreSQL (schema `bullmq`). Migrates them; throws when the database is away. */
export async function postgresBackend(connectionString: string): Promise<Backend> {
  const backend = createPostgresBackend as BackendFactory
  const migration = { ...withSession(connectionString), schema, migrate: true, max: 1 }
  // BullMQ's types know connections to Redis only.
  const first = new Queue('tasks', { connection: migration } as never, backend)
  await first.waitUntilReady().finally(() => first.close())
  const pool = new pg.Pool({
    // Hints may be lost: their commits need not wait for the disk.
    ...withSession(connectionString, { synchronous_commit: 'off', search_path: schema }),
    max: 12,
    keepAlive: true,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: silenceMs,
  })
  // BullMQ keeps connections without an error listener: one that broke would end the process.
  pool.on('connect', (client) => void client.on('error', () => {}))
  // Each queue and worker listens to the pool.
  pool.setMaxListeners(0)
  const connection = pool as never
  return {
    queue: (name) => new Queue(name, { connection }, backend),
    worker: (name, concurrency, process) =>
      new Worker(name, process, { ...workerOptions, concurrency, connection }, backend),
    end: () => pool.end(),
  }
}
