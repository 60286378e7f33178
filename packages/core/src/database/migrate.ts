import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { DatabaseUnavailable } from '../kernel/database-unavailable.ts'
import { mapDatabaseError } from './database-errors.ts'
import { migrationNames, readMigrations } from './migration-folder.ts'
import { defaultLockPatience, type LockPatience, type LockWait, withLockPatience } from './migration-locks.ts'
import { withSession } from './session-settings.ts'

/** The repository's own, in the layout of Prisma's command line. */
export const migrationsFolder = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url))

/** An arbitrary number, the same in every process: migrating takes the advisory lock on it. */
const lockKey = '7245361804'
/** Timeout of opening a connection: a running server needs less. */
const openTimeoutMs = 3_000

export interface MigrateOptions {
  /** Default: the repository's. */
  migrationsDir?: string
  /** How long it waits for locks of others. */
  locks?: LockPatience
  /** Hears of each wait for them. */
  say?: (waiting: LockWait) => void
  /** Ends such a wait with its reason. */
  signal?: AbortSignal | undefined
}

/**
 * Brings the database to the state of the folder's migrations, in one transaction: all that were missing, or none.
 * Any number of processes may do so at once, beside a service that goes on. Errors: DatabaseUnavailable also while another process
 * migrates (see createDatabaseWait); MigrationBlocked when a lock was not to be had; the database's own when a migration fails.
 * `isAhead`: it has migrations that the folder does not, of a newer version.
 */
export async function migrate(
  connectionString: string,
  { migrationsDir = migrationsFolder, locks = defaultLockPatience, say = () => {}, signal }: MigrateOptions = {},
): Promise<{ applied: string[]; isAhead: boolean }> {
  const attempt = async () => {
    const pool = singleTransactionPool(connectionString, locks.lockTimeoutMs)
    try {
      return await applyMissing(pool, migrationsDir)
    } finally {
      await pool.end()
    }
  }
  try {
    return await withLockPatience(attempt, locks, say, signal)
  } catch (error) {
    throw mapDatabaseError(error)
  }
}

/** A pool, because the engine's adapter takes one. Its single connection is in a transaction all its life. */
function singleTransactionPool(connectionString: string, lockTimeoutMs: number): pg.Pool {
  let opened = false
  const pool = new pg.Pool({
    ...withSession(connectionString),
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: openTimeoutMs,
    onConnect: async (client: pg.ClientBase) => {
      if (opened) throw new Error('Connection terminated in mid-migration')
      opened = true
      await client.query(`BEGIN; SET LOCAL lock_timeout = ${lockTimeoutMs}`)
      const { rows } = await client.query(`SELECT pg_try_advisory_xact_lock(${lockKey}) AS had`)
      if (!rows[0].had) throw new DatabaseUnavailable(new Error('another process is migrating it'))
    },
  })
  pool.on('error', () => {})
  return pool
}

async function applyMissing(pool: pg.Pool, migrationsDir: string): Promise<{ applied: string[]; isAhead: boolean }> {
  const names = await migrationNames(migrationsDir)
  const applied = await appliedMigrations(pool)
  const isAhead = [...applied].some((name) => !names.includes(name))
  if (names.every((name) => applied.has(name))) return { applied: [], isAhead }
  // Not in the usual start: the engine has 5 MB.
  const { everything, openMigrationEngine } = await import('./migration-engine.ts')
  const { engine, failure } = await openMigrationEngine(pool)
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: await readMigrations(migrationsDir, names),
      filters: everything,
    })
    await pool.query('COMMIT')
    return { applied: appliedMigrationNames, isAhead }
  } catch (error) {
    throw failure() ?? error
  } finally {
    engine.free()
  }
}

async function appliedMigrations(pool: pg.Pool): Promise<Set<string>> {
  const table = await pool.query("SELECT to_regclass('_prisma_migrations') AS name")
  if (table.rows[0].name === null) return new Set()
  const { rows } = await pool.query(
    'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  )
  return new Set(rows.map((row: { migration_name: string }) => row.migration_name))
}
