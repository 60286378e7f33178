import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseUnavailable } from '../kernel/database-unavailable.ts'
import { isDatabaseAway, refusalOf } from './database-errors.ts'

export interface DatabaseWaitOptions {
  /** How long all attempts together may take; default a minute. */
  timeoutMs?: number
  /** How often `say` is told meanwhile; default every 5 s. */
  sayEveryMs?: number
  say?: (waiting: { waitedSeconds: number; reason: string }) => void
  /** Ends the waiting with its reason. */
  signal?: AbortSignal | undefined
}
/** Does `attempt` again while the database is away. `silence` is the reason of a first attempt that takes long. */
type DatabaseWait = <T>(attempt: () => Promise<T>, silence?: string) => Promise<T>

const retryMs = 250

/**
 * Waits for what a starting process needs of the database: the server may be starting, or another process may be
 * migrating it. All attempts of one wait share its time. An attempt must leave nothing behind when it fails, and
 * must end by itself. Throws DatabaseUnavailable when the time is over, and any other error at once.
 */
export function createDatabaseWait(options: DatabaseWaitOptions = {}): DatabaseWait {
  const { timeoutMs = 60_000, sayEveryMs = 5_000, say = () => {}, signal } = options
  const from = performance.now()
  let saidAt = from
  const waitedSeconds = () => Math.round((performance.now() - from) / 1000)
  return async (attempt, silence = 'it does not answer') => {
    let reason = silence
    const sayWhenDue = () => {
      if (performance.now() < saidAt + sayEveryMs) return
      saidAt = performance.now()
      say({ waitedSeconds: waitedSeconds(), reason })
    }
    // An attempt may itself wait for long, for a connection or for a lock.
    const timer = setInterval(sayWhenDue, Math.min(sayEveryMs, 100))
    try {
      for (;;) {
        try {
          return await attempt()
        } catch (error) {
          const refusal = refusalOf(error)
          if (refusal !== null || !isDatabaseAway(error)) throw refusal ?? error
          reason = reasonOf(error)
          if (performance.now() - from >= timeoutMs)
            throw new DatabaseUnavailable(error, `The database was not available for ${waitedSeconds()} s (${reason})`)
        }
        await sleep(retryMs, undefined, { signal })
      }
    } finally {
      clearInterval(timer)
    }
  }
}

/** The reason without addresses, which errors of sockets contain. */
function reasonOf(error: unknown): string {
  const { code, message } = (error instanceof DatabaseUnavailable ? error.cause : error) as {
    code?: string
    message: string
  }
  return code !== undefined && /^E[A-Z_]+$/.test(code) ? code : message
}
