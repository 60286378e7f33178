import { Queue, Worker } from 'bullmq'
import { type Backend, reconnectMs, silenceMs, timeoutMs, workerOptions } from './backend.ts'

/** Hints in Redis, which may be away at any time: it is asked for when needed. */
export function redisBackend(url: string): Backend {
  let ended = false
  const connection = {
    url,
    connectTimeout: timeoutMs,
    // BullMQ's own grows to 20 s, and what it could not close it connects for ever.
    retryStrategy: () => (ended ? null : reconnectMs),
  }
  // The version is asked for once, and a connection that breaks in that moment would never be made again.
  const common = { prefix: 'backhaul', skipVersionCheck: true }
  return {
    // Adding fails at once while Redis is away.
    queue: (name) =>
      new Queue(name, {
        ...common,
        connection: { ...connection, socketTimeout: timeoutMs, enableOfflineQueue: false, maxRetriesPerRequest: 1 },
      }),
    worker: (name, concurrency, process) =>
      new Worker(name, process, {
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
