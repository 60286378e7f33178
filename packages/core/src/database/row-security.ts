import { createHash } from 'node:crypto'
import pg from 'pg'
import { mapDatabaseError } from './database-errors.ts'
import { defaultLockPatience, type LockWait, withLockPatience } from './migration-locks.ts'
import { withoutOptions, withSession } from './session-settings.ts'

/** The role that statements of tenants' requests run as. Nobody can log in as it; the service's own role takes it on. */
export const tenantRole = 'backhaul_tenant'
/** The setting that says whose rows that role sees. */
export const tenantSetting = 'backhaul.tenant'
/** SQL: the tenant whose request it is; null or empty: nobody's. */
export const currentTenant = `current_setting('${tenantSetting}', true)`

/** What the role of tenants may do with a table or a view. */
export interface TableAccess {
  table: string
  /** SQL: the rows that it sees, makes and changes; null: it only reads, but all of them. */
  rows: string | null
  /** Numbers the rows that it makes. */
  sequence?: string
}

const openTimeoutMs = 3_000
/** An arbitrary number, the same in every process: the advisory lock of whoever changes policies. */
const lockKey = '7245361805'

export interface SecureOptions {
  /** A newer version has migrated the database: its policies stay, and only tables without one get ours. */
  isAhead?: boolean
  /** Hears of each wait for locks of others. */
  say?: (waiting: LockWait) => void
  /** Ends such a wait with its reason. */
  signal?: AbortSignal | undefined
}

/**
 * Makes the role and gives it its tables, each with a policy; what is there already stays untouched. Resolves with null, or
 * with the reason why it cannot be done: the user of this URL may not. Throws as {@link migrate} does.
 */
export async function secureRows(
  connectionString: string,
  tables: readonly TableAccess[],
  { isAhead = false, say = () => {}, signal }: SecureOptions = {},
): Promise<string | null> {
  const attempt = () =>
    connected(withSession(connectionString), async (client) => {
      await client.query(`SET lock_timeout = ${defaultLockPatience.lockTimeoutMs}`)
      await client.query(`SELECT pg_advisory_lock(${lockKey})`)
      const refusal = await takeRole(client)
      if (refusal !== null) return refusal
      // A transaction for each table: one that locked several would meet those of a running service in deadlocks.
      for (const statements of await missing(client, tables, isAhead)) await client.query(statements)
      return null
    })
  try {
    return await withLockPatience(attempt, defaultLockPatience, say, signal)
  } catch (error) {
    if (!isNotAllowed(error)) throw mapDatabaseError(error)
    return `this database user may not make policies (${(error as Error).message})`
  }
}

/**
 * Why sessions of this URL cannot take the role on; null: they can. Its user may be another one than the one that made the
 * policies. Throws when that user has the role's narrow view for itself, so that workers would see nothing.
 */
export async function refusesTenantRole(
  connectionString: string,
  tables: readonly TableAccess[],
): Promise<string | null> {
  // A pooler takes no options.
  const narrowed = await connected({ connectionString: withoutOptions(connectionString) }, async (client) => {
    const { rows } = await client.query(
      `SELECT pg_has_role('${tenantRole}', 'USAGE') AND row_security_active($1) AS narrowed`,
      [tables.find(({ rows }) => rows !== null)?.table],
    )
    await client.query(`BEGIN; SET LOCAL ROLE ${tenantRole}; ROLLBACK`)
    return rows[0].narrowed as boolean
  }).catch((error) => {
    if (!isNotAllowed(error)) throw mapDatabaseError(error)
    return null
  })
  if (narrowed === null) return `the user of DATABASE_URL may not take on the role ${tenantRole}`
  if (!narrowed) return null
  throw new Error(
    `the user of DATABASE_URL inherits the role ${tenantRole} and sees no rows: make it NOINHERIT, or the owner of the tables`,
  )
}

async function connected<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: openTimeoutMs })
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Makes the role if there is none on this server, and lets the user take it on, without having its (lack of) rights otherwise. */
async function takeRole(client: pg.Client): Promise<string | null> {
  const { rows } = await client.query(
    `SELECT current_setting('server_version_num')::int AS version,
       (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = '${tenantRole}') AS sees_all`,
  )
  const { version, sees_all: seesAll } = rows[0] as { version: number; sees_all: boolean | null }
  if (seesAll) return `the role ${tenantRole} is a superuser or has BYPASSRLS`
  // Roles belong to the whole server: a process at another of its databases may be making the same one.
  const make = `DO $$ BEGIN CREATE ROLE ${tenantRole} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$`
  const take = `GRANT ${tenantRole} TO CURRENT_USER${version >= 160_000 ? ' WITH INHERIT FALSE, SET TRUE' : ''}`
  try {
    if (seesAll === null) await client.query(make)
    const can = await client.query(
      `SELECT pg_has_role(current_user, '${tenantRole}', '${version >= 160_000 ? 'SET' : 'MEMBER'}') AS can`,
    )
    if (!can.rows[0].can) await client.query(take)
    return null
  } catch (error) {
    if (!isNotAllowed(error)) throw error
    return `this database user may not make the role ${tenantRole} or take it on`
  }
}

/** SQLSTATE 42501 (insufficient_privilege), 42704 and 22023 (no such role). */
function isNotAllowed(error: unknown): boolean {
  return /^(42501|42704|22023)$/.test(String((error as { code?: unknown }).code))
}

/** For each table the statements for what the role lacks, or has otherwise. A policy's comment says what it was made from. */
async function missing(client: pg.Client, tables: readonly TableAccess[], isAhead: boolean): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT given.name, obj_description(p.oid, 'pg_policy') AS made_from,
       has_table_privilege('${tenantRole}', given.name, 'SELECT') AS readable
     FROM unnest($1::text[]) WITH ORDINALITY AS given(name, n)
     LEFT JOIN pg_policy p ON p.polrelid = given.name::regclass AND p.polname = '${policy}' ORDER BY n`,
    [tables.map(({ table }) => `"${table}"`)],
  )
  return tables.flatMap((access, n) => {
    const { made_from: madeFrom, readable } = rows[n] as { made_from: string | null; readable: boolean }
    if (access.rows === null) return readable ? [] : [`GRANT SELECT ON "${access.table}" TO ${tenantRole}`]
    const statements = securing(access, access.rows)
    const fingerprint = createHash('sha256').update(statements.join(';')).digest('hex').slice(0, 16)
    if (madeFrom === fingerprint || (isAhead && madeFrom !== null)) return []
    return [[...statements, `COMMENT ON POLICY ${policy} ON "${access.table}" IS '${fingerprint}'`].join('; ')]
  })
}

const policy = 'tenant_rows'

/**
 * Everybody else sees all rows, also a user who does not own the table: what narrows is a policy for the role of tenants alone.
 */
function securing({ table, sequence }: TableAccess, rows: string): string[] {
  return [
    `ALTER TABLE "${table}" ENABLE ROW LEVEL SECURITY`,
    `DROP POLICY IF EXISTS everybody ON "${table}"`,
    `CREATE POLICY everybody ON "${table}" USING (true) WITH CHECK (true)`,
    `DROP POLICY IF EXISTS ${policy} ON "${table}"`,
    `CREATE POLICY ${policy} ON "${table}" AS RESTRICTIVE TO ${tenantRole} USING (${rows})`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON "${table}" TO ${tenantRole}`,
    ...(sequence === undefined ? [] : [`GRANT USAGE ON SEQUENCE "${sequence}" TO ${tenantRole}`]),
  ]
}
