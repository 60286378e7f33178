import { setTimeout as sleep } from 'node:timers/promises'
import { isConflict } from './database-errors.ts'

/**
 * How long a migration waits for the locks of a service that goes on beside it. All that come behind a migration that waits for a
 * whole table wait with it, so each wait is short and there are several.
 */
export interface LockPatience {
  /** Of one lock. Above PostgreSQL's `deadlock_timeout` (1 s), so that a deadlock is called one. */
  lockTimeoutMs: number
  /** All of them, the first one included. */
  tries: number
  /** Between the first two tries; doubles with each. */
  firstPauseMs: number
  maxPauseMs: number
}
/** A minute at most, apart from the time that applying takes. */
export const defaultLockPatience: LockPatience = {
  lockTimeoutMs: 3_000,
  tries: 10,
  firstPauseMs: 500,
  maxPauseMs: 5_000,
}

/** One lock that was not to be had; the migration begins anew after `pauseMs`. */
export interface LockWait {
  /** So far. */
  tries: number
  pauseMs: number
  /** The database's own words. */
  reason: string
}

/** Finds who has kept a table from the migration: the transactions of the database with locks on tables, the oldest first. */
const findBlockers = `SELECT a.pid, a.usename, a.application_name, a.client_addr, a.state, a.xact_start,
  array_agg(DISTINCT l.relation::regclass::text) AS tables, a.query
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.granted AND l.locktype = 'relation' AND a.datname = current_database() AND a.pid <> pg_backend_pid()
GROUP BY a.pid, a.usename, a.application_name, a.client_addr, a.state, a.xact_start, a.query
ORDER BY a.xact_start;`

/** Other transactions kept a lock for longer than the migration's patience. Waiting for longer may not help: somebody has to look. */
export class MigrationBlocked extends Error {
  override readonly name = 'MigrationBlocked'
  constructor(cause: Error, tries: number) {
    super(
      `The migrations were tried ${tries} times and not applied, none of them: other transactions keep locks on their tables ` +
        `(${cause.message}). This finds them; end them, or stop the older processes of the service, and start again:\n${findBlockers}`,
      { cause },
    )
  }
}

/**
 * Does `attempt`, one transaction, again when others have locks that it needs (a lock timeout, a deadlock, a serialization failure).
 * `say` hears of each wait. Throws MigrationBlocked when the tries are used up, the signal's reason, any other error at once.
 */
export async function withLockPatience<T>(
  attempt: () => Promise<T>,
  patience: LockPatience,
  say: (waiting: LockWait) => void,
  signal?: AbortSignal,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isLocked(error)) throw error
      if (tries >= patience.tries) throw new MigrationBlocked(error, tries)
      const pauseMs = Math.min(patience.firstPauseMs * 2 ** (tries - 1), patience.maxPauseMs)
      say({ tries, pauseMs, reason: error.message })
      await sleep(pauseMs, undefined, { signal })
    }
  }
}

/** SQLSTATE 55P03 (lock_not_available), or a conflict. */
function isLocked(error: unknown): error is Error {
  return isConflict(error) || (error instanceof Error && (error as { code?: unknown }).code === '55P03')
}
