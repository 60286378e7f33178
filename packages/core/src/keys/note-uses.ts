import type { Log } from '../kernel/log.ts'
import type { KeyStore } from './key-store.ts'

interface KeyUsesPorts {
  stores: { keys: Pick<KeyStore, 'noteUses'> }
  log: Pick<Log, 'warn'>
  nowMs(): number
}

/** With the store's `leastStepMs` this keeps `lastUsedAt` true to a minute. */
const writtenEveryMs = 20_000

/** When keys were last used, collected in memory and written together: a request writes nothing for it. */
export interface KeyUses {
  note(keyId: string): void
  /** Writes what has been collected, now. Never rejects: what could not be written is kept for the next time. */
  write(): Promise<void>
}

/** A process that is killed loses the uses of the last seconds; one that ends writes them. */
export function createKeyUses({ stores, log, nowMs }: KeyUsesPorts): KeyUses {
  let uses = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  const write = async () => {
    clearTimeout(timer)
    timer = undefined
    if (uses.size === 0) return
    const taken = uses
    uses = new Map()
    try {
      const now = nowMs()
      // As ages: the database's clock decides.
      await stores.keys.noteUses([...taken].map(([keyId, at]) => ({ keyId, agoMs: Math.max(0, now - at) })))
    } catch (error) {
      uses = new Map([...taken, ...uses])
      plan()
      log.warn(
        { event: 'api_keys.note_uses_failed', error },
        'writing when keys were last used failed; it is tried again',
      )
    }
  }
  const plan = () => {
    timer ??= setTimeout(() => void write(), writtenEveryMs).unref()
  }

  return {
    note(keyId) {
      uses.set(keyId, nowMs())
      plan()
    },
    write,
  }
}
