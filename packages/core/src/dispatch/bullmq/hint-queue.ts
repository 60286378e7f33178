import type { Log } from '../../kernel/log.ts'
import type { RedisPlace } from '../../kernel/redis-place.ts'
import type { HintQueue } from '../hint-queue.ts'
import { timeoutMs } from './backend.ts'
import { postgresBackend } from './postgres-backend.ts'
import { redisBackend } from './redis-backend.ts'
import { keepStarting } from './start-worker.ts'

const taskQueue = 'tasks'
const laneQueue = 'lanes'

/** Attempts, delays and priorities belong to the domain, so a hint is tried once and forgotten. */
const jobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true }

/** Redis where there is one, else BullMQ's own tables in the given PostgreSQL (schema `bullmq`). */
export async function openHintQueue(
  where: { redis: RedisPlace } | { databaseUrl: string },
  log: Log,
): Promise<HintQueue> {
  let isClosing = false
  const logTrouble = (error: unknown) => {
    // BullMQ leaves connections open that report the end of their server; after closing, that is no error.
    if (!isClosing) log.warn({ event: 'queue.trouble', error }, 'the hint queue reported an error')
  }
  const backend = 'redis' in where ? redisBackend(where.redis) : await postgresBackend(where.databaseUrl)
  const tasks = backend.queue(taskQueue)
  const lanes = backend.queue(laneQueue)
  for (const queue of [tasks, lanes]) queue.on('error', logTrouble)
  // Redis may be away; it is asked for when needed. The database is there, and must be: see keepStarting.
  if ('databaseUrl' in where) {
    await Promise.all([tasks.waitUntilReady(), lanes.waitUntilReady()]).catch(async (error) => {
      await Promise.allSettled([tasks, lanes].map((queue) => answered(queue.close())))
      await answered(backend.end()).catch(logTrouble)
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
    async addDeliveryLanes(given) {
      // The id keeps a delivery lane from being queued twice.
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
      const leavingTasks = new AbortController()
      const start = <Data>(
        name: string,
        places: number,
        handle: (data: Data) => Promise<void>,
        over = stopping.signal,
      ) => {
        const make = () => {
          const worker = backend.worker<Data>(name, places, async ({ data }) => {
            const handled = handle(data).finally(() => inHand.delete(handled))
            inHand.add(handled)
            await handled
          })
          worker.on('error', logTrouble)
          worker.on('failed', (job, error) =>
            log.error({ event: 'queue.hint_failed', hint: job?.id, error }, 'a job of the hint queue failed'),
          )
          return worker
        }
        return keepStarting(make, over, logTrouble)
      }
      const workers = [
        start(taskQueue, concurrency.tasks, handlers.task, AbortSignal.any([stopping.signal, leavingTasks.signal])),
        start(laneQueue, concurrency.deliveryLanes, handlers.deliveryLane),
      ]
      return {
        leaveTasks: () => leavingTasks.abort(),
        async stop() {
          stopping.abort()
          const closed = Promise.all(workers)
          // BullMQ's close needs the queue, which may be away; the hints in hand do not.
          await Promise.race([closed, settled(inHand).then(() => answered(closed))]).catch(logTrouble)
        },
      }
    },
    async check() {
      await answered(tasks.getWaitingCount())
    },
    async close() {
      isClosing = true
      await Promise.allSettled([tasks, lanes].map((queue) => answered(queue.close())))
      await answered(backend.end()).catch(logTrouble)
    },
  }
}

/** Rejects when there is no reply in time; the call may still take effect. */
async function answered<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the hint queue does not answer')), timeoutMs)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

/** Resolves when the set has become empty. */
async function settled(promises: ReadonlySet<Promise<unknown>>): Promise<void> {
  while (promises.size > 0) await Promise.allSettled(promises)
}
