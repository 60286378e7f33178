import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../kernel/log.ts'
import type { RedisPlace } from '../../kernel/redis-place.ts'
import { type RedisFacts, readRedisInfo, refuseRedis, refuseRedisErrors } from '../rules/redis-facts.ts'
import { timeoutMs } from './backend.ts'
import { connectCluster, connectOnce } from './connect-redis.ts'

const askEveryMs = 5_000

/** Why a Redis is not used: `refused` holds until somebody changes something, the other may be over soon. */
type Asked = { facts: RedisFacts } | { refused: string } | { away: string }

/**
 * Asks Redis once what it is. Throws when it is there and cannot be used: a wrong password, a certificate, a version, a cluster. One that is
 * away is asked again until it answers, and what would have been thrown is logged then. Resolves with what ends that.
 */
export async function watchRedis(place: RedisPlace, log: Log): Promise<() => Promise<void>> {
  const stopping = new AbortController()
  const first = await askRedis(place)
  if ('refused' in first) throw new Error(first.refused)
  if ('facts' in first) {
    tell(first.facts, log)
    return async () => {}
  }
  log.warn({ event: 'redis.awaited', reason: first.away }, 'Redis does not answer; the service goes on without it')
  const watching = (async () => {
    let said = ''
    for (;;) {
      await sleep(askEveryMs, undefined, { signal: stopping.signal, ref: false })
      const asked = await askRedis(place)
      if ('facts' in asked) return tell(asked.facts, log)
      if ('refused' in asked && asked.refused !== said)
        log.error({ event: 'redis.refused', reason: asked.refused }, asked.refused)
      said = 'refused' in asked ? asked.refused : said
    }
  })().catch(() => {})
  return async () => {
    stopping.abort()
    await watching
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
    const facts = readRedisInfo(info)
    // A database that is not there: the connection would go on with another one. Of a cluster, one node may fail.
    const refused =
      refuseRedis(facts, clusterNodes !== null) ?? (clusterNodes === null ? refuseRedisErrors(errors) : null)
    return refused === null ? { facts } : { refused }
  } catch (error) {
    note(error)
    const refused = refuseRedisErrors(errors)
    return refused === null ? { away: errors[0]?.code ?? 'no answer' } : { refused }
  } finally {
    client.disconnect()
  }
}
