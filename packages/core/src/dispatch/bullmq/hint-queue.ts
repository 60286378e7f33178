import { setTimeout as sleep } from 'node:timers/promises'
import { type BackendFactory, createPostgresBackend, Queue, Worker } from 'bullmq'
import pg from 'pg'
import { withSession } from '../../database/session-settings.ts'
import type { Log } from '../../kernel/log.ts'
import type { HintQueue } from '../hint-queue.ts'

const taskQueue = 'tasks'
const laneQueue = 'lanes'
/** The one BullMQ expects on a pool that it is given. */
const schema = 'bullmq'

/**
 * BullMQ hands hints to one of many processes; attempts, delays and priorities belong to the domain, so a hint is tried
 * once and forgotten. A worker killed with a hint in hand is noticed within seven seconds (defaults: a minute, and the
 * second time the job would fail for good).
 */
const jobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true }
const workerOptions = {
  autorun: false,
  lockDuration: 5_000,
  stalledInterval: 2_000,
  maxStalledCount: 1_000_000,
  runRetryDelay: 1_000,
  // Seconds. A consumer that waits for news looks by itself so often: what waits behind a silent connection is found.
  drainDelay: 2,
}
/** The dispatcher goes on without the queue: a lease brings the task back. So nobody waits longer for an answer. */
const patienceMs = 2_000
const reconnectMs = 1_000
/** A connection on which an answer is overdue is given up. Longer than a consumer's wait for news. */
const silenceMs = 5_000

/** Redis when there is a URL, else BullMQ's own tables in the given PostgreSQL (schema `bullmq`). */
export async function openHintQueue(
  where: { redisUrl: string } | { databaseUrl: string },
  log: Log,
): Promise<HintQueue> {
  let isClosing = false
  const complain = (error: unknown) => {
    // BullMQ leaves connections behind that notice the end of their server: nobody's trouble any more.
    if (!isClosing) log.warn({ event: 'queue.trouble', error }, 'trouble with the hint queue')
  }
  const backend = 'redisUrl' in where ? redis(where.redisUrl) : await postgres(where.databaseUrl)
  const tasks = backend.queue(taskQueue).on('error', complain)
  const lanes = backend.queue(laneQueue).on('error', complain)
  // Redis may be away; it is asked for when needed. The database is there, and must be: see keepStarting.
  if ('databaseUrl' in where) {
    await Promise.all([tasks.waitUntilReady(), lanes.waitUntilReady()]).catch(async (error) => {
      await Promise.allSettled([tasks, lanes].map((queue) => answered(queue.close())))
      await answered(backend.end()).catch(complain)
      throw error
    })
  }
  return {
    async addTasks(leases) {
      const jobs = leases.map((lease) => ({
        name: 'run',
        data: lease,
        opts: { ...jobOptions, jobId: `${lease.taskId}-${lease.epoch}` },
      }))
      await answered(tasks.addBulk(jobs))
    },
    async addLanes(given) {
      // The id keeps a lane from being queued twice.
      const jobs = given.map((lane) => ({
        name: 'send',
        data: lane,
        opts: { ...jobOptions, jobId: `${lane.sessionId}-${lane.endpointId}` },
      }))
      await answered(lanes.addBulk(jobs))
    },
    consume(handlers, concurrency) {
      const inHand = new Set<Promise<void>>()
      const stopping = new AbortController()
      const start = (name: string, places: number, handle: (data: never) => Promise<void>) => {
        const make = () =>
          backend
            .worker(name, places, async ({ data }) => {
              const handled = handle(data).finally(() => inHand.delete(handled))
              inHand.add(handled)
              await handled
            })
            .on('error', complain)
            .on('failed', (job, error) =>
              log.error({ event: 'queue.hint_failed', hint: job?.id, error }, 'hint failed'),
            )
        return keepStarting(make, stopping.signal, complain)
      }
      const workers = [
        start(taskQueue, concurrency.tasks, handlers.task),
        start(laneQueue, concurrency.lanes, handlers.lane),
      ]
      return {
        async stop() {
          stopping.abort()
          const closed = Promise.all(workers)
          // BullMQ's farewell needs the queue, which may be away; the hints in hand do not.
          await Promise.race([closed, settled(inHand).then(() => answered(closed))]).catch(complain)
        },
      }
    },
    async check() {
      await answered(tasks.getWaitingCount())
    },
    async close() {
      isClosing = true
      await Promise.allSettled([tasks, lanes].map((queue) => answered(queue.close())))
      await answered(backend.end()).catch(complain)
    },
  }
}

/**
 * Begins when the connection stands, which may take more than one worker: BullMQ's remembers for ever that its first
 * connection failed, and spins on that without letting anything else run. Resolves when closed, after `stopping`.
 */
async function keepStarting(
  make: () => Pick<Worker, 'waitUntilReady' | 'run' | 'close'>,
  stopping: AbortSignal,
  complain: (error: unknown) => void,
): Promise<void> {
  while (!stopping.aborted) {
    const worker = make()
    const stopped = new Promise<'stopped'>((resolve) =>
      stopping.addEventListener('abort', () => resolve('stopped'), { once: true }),
    )
    try {
      const first = await Promise.race([worker.waitUntilReady(), stopped])
      if (first !== 'stopped') {
        worker.run().catch(complain)
        await stopped
      }
      return await worker.close()
    } catch (error) {
      complain(error)
      void worker.close().catch(complain)
      await sleep(reconnectMs, undefined, { signal: stopping }).catch(() => {})
    }
  }
}

/** Rejects when the answer is not there in time; it may still come, and do what was asked. */
async function answered<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the hint queue does not answer')), patienceMs)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

/** Resolves when the set has become empty. */
async function settled(promises: ReadonlySet<Promise<unknown>>): Promise<void> {
  while (promises.size > 0) await Promise.allSettled(promises)
}

type Process = (job: { data: never }) => Promise<void>

function redis(url: string) {
  let ended = false
  const connection = {
    url,
    connectTimeout: patienceMs,
    // BullMQ's own grows to 20 s, and what it could not close it connects for ever.
    retryStrategy: () => (ended ? null : reconnectMs),
  }
  // The version is asked for once, and a connection that breaks in that moment would never be made again.
  const common = { prefix: 'backhaul', skipVersionCheck: true }
  return {
    // Adding fails at once while Redis is away.
    queue: (name: string) =>
      new Queue(name, {
        ...common,
        connection: { ...connection, socketTimeout: patienceMs, enableOfflineQueue: false, maxRetriesPerRequest: 1 },
      }),
    worker: (name: string, concurrency: number, process: Process) =>
      new Worker(name, process as never, {
        ...common,
        ...workerOptions,
        concurrency,
        connection: { ...connection, socketTimeout: silenceMs, maxRetriesPerRequest: null },
      }),
    async end() {
      ended = true
    },
  }
}

async function postgres(connectionString: string) {
  const backend = createPostgresBackend as BackendFactory
  const migration = { ...withSession(connectionString), schema, migrate: true, max: 1 }
  const first = new Queue(taskQueue, { connection: migration } as never, backend)
  await first.waitUntilReady().finally(() => first.close())
  const pool = new pg.Pool({
    // Hints may be lost: their commits need not wait for the disk.
    ...withSession(connectionString, { synchronous_commit: 'off', search_path: schema }),
    max: 12,
    keepAlive: true,
    connectionTimeoutMillis: patienceMs,
    query_timeout: silenceMs,
  })
  // BullMQ holds connections on which nobody listens for errors: one that broke then would end the process.
  pool.on('connect', (client) => void client.on('error', () => {}))
  // Each queue and worker listens to the pool.
  pool.setMaxListeners(0)
  const connection = pool as never
  return {
    queue: (name: string) => new Queue(name, { connection }, backend),
    worker: (name: string, concurrency: number, process: Process) =>
      new Worker(name, process as never, { ...workerOptions, concurrency, connection }, backend),
    end: () => pool.end(),
  }
}
