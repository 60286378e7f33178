import { Queue, Worker } from 'bullmq'
import { type RedisPlace, redisOptions } from '../../kernel/redis-place.ts'
import { type Backend, reconnectMs, silenceMs, timeoutMs, workerOptions } from './backend.ts'
import { connectCluster } from './connect-redis.ts'

/** Every key begins so. In a cluster the braces put all of them on one node: scripts work on several at once. */
export const keyPrefix = (place: RedisPlace): string => (place.clusterNodes === null ? 'backhaul' : '{backhaul}')

/** Hints in Redis, which may be away at any time: it is asked for when needed. */
export function redisBackend(place: RedisPlace): Backend {
  let ended = false
  // BullMQ's own grows to 20 s, and what it could not close it connects for ever.
  const retryStrategy = () => (ended ? null : reconnectMs)
  const opened: { disconnect(): void }[] = []
  const { clusterNodes } = place
  const connection = (options: {
    socketTimeout: number
    maxRetriesPerRequest: number | null
    enableOfflineQueue?: boolean
  }) => {
    const all = { connectTimeout: timeoutMs, ...options }
    if (clusterNodes === null)
      return { ...redisOptions(place), retryStrategy, sentinelRetryStrategy: retryStrategy, ...all }
    const { enableOfflineQueue = true, ...ofNodes } = all
    const cluster = connectCluster(place, ofNodes, { retryMs: retryStrategy, enableOfflineQueue })
    // BullMQ leaves open what it was given.
    opened.push(cluster)
    return cluster
  }
  // The version is asked for once (watch-redis.ts), and a connection that breaks in that moment would never be made again.
  const common = { prefix: keyPrefix(place), skipVersionCheck: true }
  return {
    // Adding fails at once while Redis is away.
    queue: (name) =>
      new Queue(name, {
        ...common,
        connection: connection({ socketTimeout: timeoutMs, enableOfflineQueue: false, maxRetriesPerRequest: 1 }),
      }),
    worker: (name, concurrency, process) =>
      new Worker(name, process, {
        ...common,
        ...workerOptions,
        concurrency,
        connection: connection({ socketTimeout: silenceMs, maxRetriesPerRequest: null }),
      }),
    async end() {
      ended = true
      for (const each of opened) each.disconnect()
    },
  }
}
