import pg from 'pg'
import { mapDatabaseError } from './database-errors.ts'
import { keepsSessions, withoutOptions } from './session-settings.ts'

/** Where statements go, and where work that needs a session of its own goes: listening, the queue, migrations. */
interface PostgresPlaces {
  url: string
  directUrl: string
  /** `url` leads through a pooler in transaction mode. */
  pooled: boolean
}

/**
 * Checks the configured URLs. Refuses, in one sentence, a pooler without a direct address beside it, a direct address
 * that is a pooler's, and two that lead to different databases. Throws DatabaseUnavailable when one does not answer.
 */
export async function findPostgres(url: string, directUrl: string | null): Promise<PostgresPlaces> {
  const pooled = !(await keepsSessions(url))
  if (directUrl === null) {
    if (!pooled) return { url, directUrl: url, pooled }
    throw new Error(
      'DATABASE_URL leads through a connection pooler: set DATABASE_DIRECT_URL to the PostgreSQL server itself, for what needs a session of its own',
    )
  }
  if (!(await keepsSessions(directUrl)))
    throw new Error('DATABASE_DIRECT_URL leads through a connection pooler: set it to the PostgreSQL server itself')
  const [there, here] = [await identify(directUrl), await identify(url)]
  if (there !== here) throw new Error('DATABASE_DIRECT_URL does not lead to the database that DATABASE_URL leads to')
  return { url, directUrl, pooled }
}

async function identify(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString: withoutOptions(connectionString), connectionTimeoutMillis: 3_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query(
      'SELECT extract(epoch from pg_postmaster_start_time())::text AS started, current_database() AS name',
    )
    return `${rows[0].started} ${rows[0].name}`
  } catch (error) {
    throw mapDatabaseError(error)
  } finally {
    await client.end().catch(() => {})
  }
}
