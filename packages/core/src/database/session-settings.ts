import pg from 'pg'
import { mapDatabaseError } from './database-errors.ts'

export type Settings = Readonly<Record<string, string | number>>

/**
 * Debian's and Docker's PostgreSQL compile every plan that looks costly (jit=on), and all of ours do that avoid a scan
 * because `enable_seqscan` is off: its penalty is beyond `jit_above_cost`. Compiling takes seconds, running microseconds.
 */
const always = { jit: 'off' }
const openTimeoutMs = 3_000

/**
 * The options of pg (`connectionString`, `options`) that open a session with these settings. Settings that the URL
 * itself asks for (`?options=-c …`) stay, unless ours differ: pg would let them replace ours.
 */
export function withSession(
  connectionString: string,
  settings: Settings = {},
): { connectionString: string; options: string } {
  const url = new URL(connectionString)
  const given = url.searchParams.get('options')
  const ours = Object.entries({ ...always, ...settings }).map(([name, value]) => `-c ${name}=${value}`)
  return {
    connectionString: withoutOptions(connectionString),
    options: [...(given ? [given] : []), ...ours].join(' '),
  }
}

/** A pooler in transaction mode takes no options. */
export function withoutOptions(connectionString: string): string {
  const url = new URL(connectionString)
  url.searchParams.delete('options')
  return url.href
}

/** The same settings for one transaction, where the session is not ours: statements to run at its begin. */
export function inTransaction(settings: Settings): string {
  return Object.entries({ ...always, ...settings })
    .map(([name, value]) => `SET LOCAL ${name} = '${value}'`)
    .join('; ')
}

/**
 * Whether the URL leads to sessions of PostgreSQL that are ours while connected, or through a pooler that gives a
 * server's session to each transaction: such a one refuses or ignores the options with which a connection is opened.
 * Throws DatabaseUnavailable when there is no answer.
 */
export async function keepsSessions(connectionString: string): Promise<boolean> {
  const settings = withSession(connectionString, { enable_seqscan: 'off' })
  const client = new pg.Client({ ...settings, connectionTimeoutMillis: openTimeoutMs, query_timeout: openTimeoutMs })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query('SHOW enable_seqscan')
    return rows[0].enable_seqscan === 'off'
  } catch (error) {
    if (error instanceof Error && /unsupported startup parameter/.test(error.message)) return false
    throw mapDatabaseError(error)
  } finally {
    await client.end().catch(() => {})
  }
}
