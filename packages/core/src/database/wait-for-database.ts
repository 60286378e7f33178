import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseUnavailable } from '../kernel/database-unavailable.ts'
import { isDatabaseAway, refusalOf } from './database-errors.ts'

export interface PatienceOptions {
  /** How long all attempts together may take; default a minute. */
  timeoutMs?: number
  /** How often `say` is told meanwhile; default every 5 s. */
  sayEveryMs?: number
  say?: (waiting: { waitedSeconds: number; reason: string }) => void
  /** Ends the waiting with its reason. */
  signal?: AbortSignal | undefined
}
/** Does `attempt` again while the database is away. */
type Patient = <T>(attempt: () => Promise<T>) => Promise<T>

const retryMs = 250

/**
 * What a process that starts needs of the database may not be there yet: the server is being started, or another process
 * migrates it. Everything done with one patience shares its time. Each attempt leaves nothing behind when it fails, and
 * has an end of its own. Throws DatabaseUnavailable when the time is over; whatever else is wrong at once.
 */
export function createPatience(options: PatienceOptions = {}): Patient {
  const { timeoutMs = 60_000, sayEveryMs = 5_000, say = () => {}, signal } = options
  const from = performance.now()
  let saidAt = from
  const waitedSeconds = () => Math.round((performance.now() - from) / 1000)
  return async (attempt) => {
    let reason = 'it does not answer'
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

/** In words that name no address: those of sockets do. */
function reasonOf(error: unknown): string {
  const { code, message } = (error instanceof DatabaseUnavailable ? error.cause : error) as {
    code?: string
    message: string
  }
  return code !== undefined && /^E[A-Z_]+$/.test(code) ? code : message
}
