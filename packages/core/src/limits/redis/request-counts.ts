import { Cluster, Redis, type Result } from 'ioredis'
import { type RedisPlace, redisAddress, redisOptions } from '../../kernel/redis-place.ts'
import type { RequestCounts } from '../request-counts.ts'
import { countedSeconds } from '../rules/request-window.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    takeRequests(key: string, quota: number, owed: number, wanted: number): Result<[string, string, string], Context>
  }
}

/** Whoever asks lets requests through by its own counts meanwhile. */
const timeoutMs = 500
const reconnectMs = 1_000

/** Counts in Redis: a hash a key, `takeRequests` of `rules/request-window.ts` in Lua. Redis may be away at any time. */
export function openRedisRequestCounts(place: RedisPlace): RequestCounts & { close(): Promise<void> } {
  const redis = connect(place)
  // Without a listener, a connection that breaks would end the process. What it means is seen by who asks.
  redis.on('error', () => {})
  return {
    async take(keyId, { quota, owed, wanted }) {
      const [given, left, freeInMs] = await redis.takeRequests(`backhaul:requests:${keyId}`, quota, owed, wanted)
      return { given: Number(given), left: Number(left), freeInMs: Number(freeInMs) }
    },
    close: async () => redis.disconnect(),
  }
}

function connect(place: RedisPlace): Redis | Cluster {
  const scripts = { takeRequests: { lua: takeLua, numberOfKeys: 1 } }
  const common = { connectTimeout: timeoutMs, commandTimeout: timeoutMs, maxRetriesPerRequest: 0 }
  const options = { host: '', port: 0, ...redisOptions(place) }
  const retry = () => reconnectMs
  if (place.clusterNodes === null)
    return new Redis({
      ...{ ...options, ...common, scripts },
      enableOfflineQueue: false,
      retryStrategy: retry,
      sentinelRetryStrategy: retry,
    })
  const { host: _, port: __, db: ___, ...ofNodes } = options
  return new Cluster([redisAddress(place.url), ...place.clusterNodes], {
    redisOptions: { ...ofNodes, ...common },
    scripts,
    enableOfflineQueue: false,
    clusterRetryStrategy: retry,
    ...(options.tls && { dnsLookup: (address, callback) => callback(null, address) }),
  })
}

/** Numbers go back as text: an integer reply would cut what does not fit. */
const takeLua = `
  local time = redis.call('TIME')
  local now = tonumber(time[1])
  local quota, owed, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local used, oldest = owed, nil
  local counts = redis.call('HGETALL', KEYS[1])
  for n = 1, #counts, 2 do
    local second = tonumber(counts[n])
    if second <= now - ${countedSeconds} then
      redis.call('HDEL', KEYS[1], counts[n])
    else
      used = used + tonumber(counts[n + 1])
      if oldest == nil or second < oldest then oldest = second end
    end
  end
  local given = math.max(0, math.min(wanted, quota - used))
  if owed + given > 0 then
    redis.call('HINCRBY', KEYS[1], time[1], string.format('%.0f', owed + given))
    redis.call('EXPIRE', KEYS[1], ${2 * countedSeconds})
    if oldest == nil then oldest = now end
  end
  local free = 0
  if oldest ~= nil then free = (oldest + ${countedSeconds} - now) * 1000 - math.floor(tonumber(time[2]) / 1000) end
  local text = function(number) return string.format('%.0f', number) end
  return { text(given), text(math.max(0, quota - used - given)), text(free) }`
