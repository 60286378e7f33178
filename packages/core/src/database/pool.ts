import pg from 'pg'
import { isDatabaseAway } from './database-errors.ts'
import { inTransaction, type Settings, withoutOptions, withSession } from './session-settings.ts'

/** A pool, and how to use it when a pooler owns the server's sessions. */
export interface StatementPool {
  pool: pg.Pool
  /** How a transaction begins, */
  begin: string
  /** and one of a single statement, behind a pooler. */
  beginAlone: string
  /** Statements may be prepared: they are found again on the connection. */
  keepsStatements: boolean
}

const statementTimeoutMs = 20_000
/** Timeout of opening a connection: a running server needs less. */
const openTimeoutMs = 3_000
const limits = {
  // The pool's timeout for a free connection. The connections in use may all wait for one row's lock, so waiting for
  // them takes as long.
  connectionTimeoutMillis: statementTimeoutMs,
  // Ours is a little longer than the server's: it ends the wait on a connection whose other side is gone.
  query_timeout: 22_000,
  // A burst of requests needs many at once, and each new connection plans its statements anew: half a second when twenty do.
  idleTimeoutMillis: 120_000,
  keepAlive: true,
}
/** The server's own limits. */
const timeouts = {
  statement_timeout: statementTimeoutMs,
  // A process that stops in the middle of a transaction loses it before the transactions that wait for its locks time
  // out.
  idle_in_transaction_session_timeout: 8_000,
}
/** A transaction is about things that it names: one plan is as good for any of them as for another. */
const genericPlans = { plan_cache_mode: 'force_generic_plan' }

/**
 * The pool's timeout is not the client's: a connection that does not open fails much sooner. And one that breaks is noticed by the next
 * statement. An error that nobody listens for would end the process, and the pool leaves moments in which nobody else does: when it hands a
 * connection on, the server's last words may be in the same packet as the answer before.
 */
class Client extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, connectionTimeoutMillis: openTimeoutMs })
    this.on('error', () => {})
  }
}

export interface PoolPlace {
  /** The URL leads through a pooler in transaction mode. */
  pooled: boolean
  types: pg.CustomTypesConfig
  /** At most. */
  connections: number
  /** Statements are sent without waiting for those before them. Behind a pooler they always are. */
  pipeline?: boolean
}

/** Opens no connection yet. */
export function openPool(
  connectionString: string,
  settings: Settings,
  { pooled, types, connections: max, pipeline = pooled }: PoolPlace,
): StatementPool {
  const open = (session: pg.PoolConfig) => {
    const pool = new pg.Pool({ ...limits, max, Client, types, pipeline, ...session })
    // An idle connection broke. The next query reports the error.
    return pool.on('error', () => {})
  }
  if (!pooled) {
    const pool = open({ ...timeouts, ...withSession(connectionString, settings) })
    const begin = `BEGIN; SET LOCAL plan_cache_mode = ${genericPlans.plan_cache_mode}`
    return { pool, begin, beginAlone: 'BEGIN', keepsStatements: true }
  }
  const pool = open({ connectionString: withoutOptions(connectionString) })
  const beginAlone = `BEGIN; ${inTransaction({ ...timeouts, ...settings })}`
  pool.query = ((query: pg.QueryConfig, values?: unknown[]) =>
    runAlone(pool, beginAlone, query, values)) as unknown as pg.Pool['query']
  return { pool, begin: `${beginAlone}; ${inTransaction(genericPlans)}`, beginAlone, keepsStatements: false }
}

/** One statement, in a transaction that brings the session's settings with it. All of it is sent at once. */
export async function runAlone(pool: pg.Pool, begin: string, query: pg.QueryConfig, values?: unknown[]) {
  const client = await pool.connect()
  const results = await Promise.allSettled([client.query(begin), client.query(query, values), client.query('COMMIT')])
  const failed = results.find((result) => result.status === 'rejected')
  client.release(failed !== undefined && isDatabaseAway(failed.reason))
  if (failed) throw failed.reason
  return (results[1] as PromiseFulfilledResult<pg.QueryResult>).value
}
