import { Cluster, Redis } from 'ioredis'
import { type RedisPlace, redisAddress, redisOptions } from '../../kernel/redis-place.ts'

/** Times in milliseconds. */
interface ConnectionTimes {
  connectTimeout: number
  commandTimeout?: number
  socketTimeout?: number
  maxRetriesPerRequest: number | null
  enableReadyCheck?: boolean
}

/** The cluster, through the node of the URL and the others that are named: they are asked for the rest. `retryMs` null: it is given up. */
export function connectCluster(
  place: RedisPlace,
  times: ConnectionTimes,
  { retryMs, enableOfflineQueue = true }: { retryMs(): number | null; enableOfflineQueue?: boolean },
): Cluster {
  const { host: _, port: __, db: ___, ...common } = { host: '', port: 0, ...redisOptions(place) }
  const nodes = [redisAddress(place.url), ...(place.clusterNodes ?? [])]
  const cluster = new Cluster(nodes, {
    redisOptions: { ...common, ...times },
    enableOfflineQueue,
    clusterRetryStrategy: retryMs,
    // The names that the nodes give are the names in their certificates.
    ...(common.tls && { dnsLookup: (address, callback) => callback(null, address) }),
  })
  // Without a listener, a connection that breaks would end the process.
  return cluster.on('error', () => {})
}

/** One server, which sentinels may name, for one use: it is not connected to again. */
export function connectOnce(place: RedisPlace, times: ConnectionTimes): Redis {
  const once = { lazyConnect: true, retryStrategy: () => null, sentinelRetryStrategy: () => null }
  return new Redis({ ...redisOptions(place), ...times, ...once }).on('error', () => {})
}
