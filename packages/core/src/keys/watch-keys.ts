import type { Announcer } from '../kernel/announcer.ts'
import { coalesce } from '../kernel/coalesce.ts'
import type { Log } from '../kernel/log.ts'
import type { KeyStore } from './key-store.ts'

interface KeyWatchPorts {
  stores: { keys: Pick<KeyStore, 'listLivingKeys'> }
  announcer: Announcer
  log: Pick<Log, 'warn'>
}

/** Finds keys whose announcement was lost, and those that expire, in time for the 5 s that are promised. */
const lookEveryMs = 3_000

/** Ends what a request has opened and left open, when its key ends: streams, connections, waits. */
export interface KeyWatch {
  /** Calls `ended` once, when the key has been revoked or has expired, unless the returned function was called before. */
  watch(keyId: string, ended: () => void): () => void
}

/** The keys that are in use in this process, all of them in one query. Nothing runs while there is none. */
export function createKeyWatch({ stores, announcer, log }: KeyWatchPorts): KeyWatch {
  const watched = new Map<string, Set<() => void>>()
  let stopLooking: (() => void) | null = null

  const look = async () => {
    const asked = [...watched.keys()]
    if (asked.length === 0) return
    const living = await stores.keys.listLivingKeys(asked)
    for (const keyId of asked) {
      if (living.has(keyId)) continue
      const all = [...(watched.get(keyId) ?? [])]
      for (const ended of all) forget(keyId, ended)
      for (const ended of all) ended()
    }
  }
  const lookOne = coalesce(() =>
    look().catch((error: unknown) =>
      log.warn({ event: 'api_keys.watch_failed', error }, 'checking the keys in use failed; it is tried again'),
    ),
  )
  const lookOut = () => {
    if (stopLooking) return
    const timer = setInterval(lookOne, lookEveryMs)
    const unlisten = [
      announcer.on('key', ({ keyId }) => {
        if (watched.has(keyId)) lookOne()
      }),
      announcer.on('missed', lookOne),
    ]
    stopLooking = () => {
      clearInterval(timer)
      for (const each of unlisten) each()
      stopLooking = null
    }
  }
  const forget = (keyId: string, ended: () => void) => {
    const all = watched.get(keyId)
    if (!all?.delete(ended) || all.size > 0) return
    watched.delete(keyId)
    if (watched.size === 0) stopLooking?.()
  }

  return {
    watch(keyId, given) {
      const ended = () => given()
      const all = watched.get(keyId) ?? new Set()
      watched.set(keyId, all.add(ended))
      lookOut()
      return () => forget(keyId, ended)
    },
  }
}
