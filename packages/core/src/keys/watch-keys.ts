import type { Announcer } from '../kernel/announcer.ts'
import { coalesce } from '../kernel/coalesce.ts'
import type { Log } from '../kernel/log.ts'
import type { KeyStore, Principal } from './key-store.ts'
import type { SignInStore } from './sign-in-store.ts'

interface KeyWatchPorts {
  stores: { keys: Pick<KeyStore, 'listLivingKeys'> & Pick<SignInStore, 'listLivingSignIns'> }
  announcer: Announcer
  log: Pick<Log, 'warn'>
}

/** Finds keys whose announcement was lost, and those that expire, in time for the 5 s that are promised. */
const lookEveryMs = 3_000

/** Ends what a request has opened and left open, when its key or its sign-in ends: streams, connections, waits. */
export interface KeyWatch {
  /** Calls `ended` once, when the key or the sign-in has ended or expired, unless the returned function was called before. */
  watch(who: Pick<Principal, 'keyId' | 'signInId'>, ended: () => void): () => void
}

/** What is open with one key, or by one sign-in. */
interface Watched {
  keyId: string
  all: Set<() => void>
}

/** The keys and sign-ins that are in use in this process, each kind in one query. Nothing runs while there is none. */
export function createKeyWatch({ stores, announcer, log }: KeyWatchPorts): KeyWatch {
  /** By the id of the sign-in, or else of the key. */
  const watched = new Map<string, Watched>()
  let stopLooking: (() => void) | null = null

  const listLiving = async (asked: readonly string[]): Promise<Set<string>> => {
    const signIns = asked.filter((id) => watched.get(id)?.keyId !== id)
    const keys = asked.filter((id) => !signIns.includes(id))
    const living = await Promise.all([
      keys.length > 0 ? stores.keys.listLivingKeys(keys) : [],
      signIns.length > 0 ? stores.keys.listLivingSignIns(signIns) : [],
    ])
    return new Set(living.flatMap((ids) => [...ids]))
  }
  const look = async () => {
    const asked = [...watched.keys()]
    if (asked.length === 0) return
    const living = await listLiving(asked)
    for (const id of asked) {
      if (living.has(id)) continue
      const all = [...(watched.get(id)?.all ?? [])]
      for (const ended of all) forget(id, ended)
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
      announcer.on('key', (announced) => {
        if (watched.values().some(({ keyId }) => keyId === announced.keyId)) lookOne()
      }),
      announcer.on('missed', lookOne),
    ]
    stopLooking = () => {
      clearInterval(timer)
      for (const each of unlisten) each()
      stopLooking = null
    }
  }
  const forget = (id: string, ended: () => void) => {
    const all = watched.get(id)?.all
    if (!all?.delete(ended) || all.size > 0) return
    watched.delete(id)
    if (watched.size === 0) stopLooking?.()
  }

  return {
    watch({ keyId, signInId }, given) {
      const ended = () => given()
      const id = signInId ?? keyId
      const { all } = watched.get(id) ?? { all: new Set() }
      watched.set(id, { keyId, all: all.add(ended) })
      lookOut()
      return () => forget(id, ended)
    },
  }
}
