import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../kernel/log.ts'
import type { RedisPlace } from '../../kernel/redis-place.ts'
import { findNoRedis, type RedisFacts, readRedisInfo, refuseRedis, refuseRedisErrors } from '../rules/redis-facts.ts'
import { timeoutMs } from './backend.ts'
import { connectCluster, connectOnce } from './connect-redis.ts'

const askEveryMs = 5_000

/** Why a Redis is not used: `refused` and `noRedis` hold until somebody changes something, the other may be over soon. */
type Asked = { facts: RedisFacts } | { refused: string } | { noRedis: string } | { away: string }

export interface RedisWatch {
  /** Why what was found there last cannot be used, in a sentence; null: it can, or is away. */
  refusal(): string | null
  end(): Promise<void>
}

/**
 * Asks Redis once what it is. Throws when it is there and cannot be used: a wrong password, a certificate, a version, a cluster. One that is
 * away is asked again until it answers, and what would have been thrown is logged then. So is a server that is no Redis, whose place a Redis may
 * take: the service does without one. What is said again and again is logged once.
 */
export async function watchRedis(place: RedisPlace, log: Log): Promise<RedisWatch> {
  const stopping = new AbortController()
  let refusal: string | null = null
  let said = ''
  /** Whether it is what it should be, and need not be asked again. */
  const judge = (asked: Asked): boolean => {
    refusal = 'refused' in asked ? asked.refused : 'noRedis' in asked ? asked.noRedis : null
    if (refusal !== null && refusal !== said) {
      said = refusal
      log.error({ event: 'redis.refused', reason: refusal }, refusal)
    }
    if ('facts' in asked) tell(asked.facts, log)
    return 'facts' in asked
  }
  const first = await askRedis(place)
  if ('refused' in first) throw new Error(first.refused)
  if ('away' in first)
    log.warn({ event: 'redis.awaited', reason: first.away }, 'Redis does not answer; the service goes on without it')
  const watching = (async () => {
    for (let isFound = judge(first); !isFound; isFound = judge(await askRedis(place)))
      await sleep(askEveryMs, undefined, { signal: stopping.signal, ref: false })
  })().catch(() => {})
  return {
    refusal: () => refusal,
    async end() {
      stopping.abort()
      await watching
    },
  }
}

function tell({ server, evictionPolicy }: RedisFacts, log: Log): void {
  log.info({ event: 'redis.connected', server, evictionPolicy }, 'Redis answers')
  if (evictionPolicy === null || evictionPolicy === 'noeviction') return
  const message = 'Redis may remove what is queued when its memory is full: set its maxmemory-policy to noeviction'
  log.warn({ event: 'redis.may_evict', evictionPolicy }, message)
}

/** On a connection of its own, in the time that a call may take. */
async function askRedis(place: RedisPlace): Promise<Asked> {
  const errors: { message: string; code?: string }[] = []
  const options = {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
  }
  const { clusterNodes } = place
  const client =
    clusterNodes === null ? connectOnce(place, options) : connectCluster(place, options, { retryMs: () => null })
  const note = (error: unknown) => void errors.push(error as Error)
  client.on('error', (error: Error & { lastNodeError?: Error }) => {
    note(error)
    if (error.lastNodeError) note(error.lastNodeError)
  })
  try {
    const info = await Promise.race([client.info(), sleep(2 * timeoutMs, null, { ref: false })])
    if (info === null) return { away: 'no answer' }
    // Of several nodes or sentinels, one may be something else.
    const noRedis = findNoRedis([], info)
    if (noRedis !== null) return { noRedis }
    const facts = readRedisInfo(info)
    // A database that is not there: the connection would go on with another one. Of a cluster, one node may fail.
    const refused =
      refuseRedis(facts, clusterNodes !== null) ?? (clusterNodes === null ? refuseRedisErrors(errors) : null)
    return refused === null ? { facts } : { refused }
  } catch (error) {
    note(error)
    const noRedis = findNoRedis(errors)
    if (noRedis !== null) return { noRedis }
    const refused = refuseRedisErrors(errors)
    return refused === null ? { away: errors[0]?.code ?? 'no answer' } : { refused }
  } finally {
    client.disconnect()
  }
}
