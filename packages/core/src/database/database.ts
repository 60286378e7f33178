import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { DatabaseUnavailable } from '../kernel/database-unavailable.ts'
import { currentRequest } from '../kernel/request-context.ts'
import { isConflict, isDatabaseAway, mapDatabaseError, throwDatabaseError } from './database-errors.ts'
import { openPool, type StatementPool } from './pool.ts'
import type { ExtendedPrismaClient } from './prisma-client.ts'
import { openTenantPool, type TenantPool } from './tenant-pool.ts'

export { DatabaseUnavailable } from '../kernel/database-unavailable.ts'

/**
 * The database's clock for stored times. Columns keep milliseconds and round: half of the times would lie in the
 * future, and a row that is due now would not be due for a moment.
 */
export const clockNow = "date_trunc('milliseconds', clock_timestamp())"

/**
 * Plain SQL. Column names come back in camelCase, values as Prisma's models have them (int8 as bigint, timestamptz as
 * Date, bytea as Buffer). A JSON parameter that is an array must be given as text: pg makes SQL arrays of arrays.
 * Statements are prepared, by their text, so values belong into parameters. All throw {@link DatabaseUnavailable} when the
 * database is away.
 */
export interface Sql {
  many<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]>
  /** The first row. */
  first<Row>(sql: string, params?: readonly unknown[]): Promise<Row | null>
  /** How many rows it touched. */
  run(sql: string, params?: readonly unknown[]): Promise<number>
}
export interface Database extends Sql {
  /**
   * Statements whose commit does not wait for the disk. For steps on the way (a lease, progress, a part), which a crash
   * of the database may take back. Later commits that do wait make earlier ones durable too.
   */
  relaxed: Sql
  pool: pg.Pool
  /** The pools' connections now. */
  connections(): readonly PoolUse[]
  /**
   * For plain reads of rooms without a hot path: see README.md. Its query compiler takes tens of MiB, so it is loaded by the
   * first call; all calls get the same client.
   */
  prisma(): Promise<ExtendedPrismaClient>
  /**
   * Runs `work` in one transaction; after a conflict (deadlock, serialization) again from the start, up to five times.
   * `last` is asked when `work` is done: its statements are sent together with the commit, without a round trip of their
   * own. They have no parameters.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>, last?: () => string | null): Promise<T>
  close(): Promise<void>
}

export interface PoolUse {
  pool: 'strict' | 'relaxed' | 'tenants'
  idle: number
  used: number
  /** Statements that wait for a connection. */
  waiting: number
}

const maxAttempts = 5
/**
 * Plans of prepared statements are kept. One that was made while a table was small would read all of it, however large it
 * has become, until statistics are collected again. Everything that is asked often can be looked up in an index.
 */
const lookingUp = { enable_seqscan: 'off' }
/** Of each pool; all together 40 at most, as docs/deployment.md says. Requests of tenants are what a process with their pool has most of. */
const connections = { strict: 20, relaxed: 20 }
const connectionsBesideTenants = { strict: 14, relaxed: 6, tenants: 20 }
const int8 = 20
const int8Array = 1016
const parseTextArray: (text: string) => (string | null)[] = pg.types.getTypeParser(1009 as number, 'text')

/**
 * One pool for plain SQL and for Prisma, one for relaxed statements, one for requests of tenants. Opens no connection yet.
 * `pooled`: a pooler in transaction mode stands before the server, so that every transaction brings its settings and no
 * statement is prepared. `rowSecurity`: what belongs to the request of a tenant runs as the role that sees only its rows
 * (row-security.ts).
 */
export function openDatabase(
  connectionString: string,
  { pooled = false, rowSecurity = false }: { pooled?: boolean; rowSecurity?: boolean } = {},
): Database {
  const sizes = rowSecurity ? connectionsBesideTenants : connections
  const how = (size: number) => ({ pooled, types: { getTypeParser }, connections: size })
  // Prisma's adapter writes times without a zone and reads them as UTC, whatever the server's zone is.
  const ordinary = { ...lookingUp, timezone: 'UTC' }
  const strict = openPool(connectionString, ordinary, how(sizes.strict))
  const relaxed = openPool(
    connectionString,
    { ...lookingUp, plan_cache_mode: 'force_generic_plan', synchronous_commit: 'off' },
    how(sizes.relaxed),
  )
  const tenants = rowSecurity ? openTenantPool(connectionString, ordinary, how(connectionsBesideTenants.tenants)) : null
  let prisma: Promise<ExtendedPrismaClient> | undefined
  return {
    pool: strict.pool,
    prisma() {
      prisma ??= import('./prisma-client.ts').then(({ createPrismaClient }) => createPrismaClient(strict.pool))
      return prisma
    },
    connections: () => [
      useOf('strict', strict.pool),
      useOf('relaxed', relaxed.pool),
      ...(tenants ? [useOf('tenants', tenants.pool)] : []),
    ],
    ...sqlOn(narrowed(strict.pool, tenants), strict),
    relaxed: sqlOn(narrowed(relaxed.pool, tenants), relaxed),
    transaction(work, last) {
      const tenantId = currentRequest()?.tenantId ?? null
      return transaction(tenants && tenantId !== null ? tenants.transactions(tenantId) : strict, work, last)
    },
    async close() {
      await (await prisma)?.$disconnect()
      await Promise.all([strict.pool.end(), relaxed.pool.end(), tenants?.end()])
    },
  }
}

function useOf(pool: PoolUse['pool'], { totalCount, idleCount, waitingCount }: pg.Pool): PoolUse {
  return { pool, idle: idleCount, used: totalCount - idleCount, waiting: waitingCount }
}

/** What takes statements: a pool, or a connection with a transaction. */
interface Takes {
  query(query: pg.QueryConfig): Promise<pg.QueryResult>
}

/** Statements of a tenant's request go to its own pool, all others to this one. */
function narrowed(pool: Takes, tenants: TenantPool | null): Takes {
  if (tenants === null) return pool
  return {
    query(query) {
      const tenantId = currentRequest()?.tenantId ?? null
      return tenantId === null ? pool.query(query) : tenants.query(tenantId, query)
    },
  }
}

function sqlOn(client: Takes, { keepsStatements }: StatementPool): Sql {
  const query = (text: string, params: readonly unknown[]) =>
    client
      .query({
        text,
        values: [...params],
        rowMode: 'array',
        ...(keepsStatements ? prepared(text) : {}),
      } as pg.QueryConfig)
      .catch(throwDatabaseError)
  const many: Sql['many'] = async <Row>(sql: string, params: readonly unknown[] = []) => {
    const { rows, fields } = await query(sql, params)
    const names = fields.map((field) => camelCase(field.name))
    return rows.map((values) => {
      const row: Record<string, unknown> = {}
      for (let n = 0; n < names.length; n++) row[names[n]!] = values[n]
      return row as Row
    })
  }
  return {
    many,
    first: async <Row>(sql: string, params?: readonly unknown[]) => (await many<Row>(sql, params))[0] ?? null,
    run: async (sql, params = []) => (await query(sql, params)).rowCount ?? 0,
  }
}

const statementNames = new Map<string, { name: string }>()
/** More than there are statements. Further ones are not prepared, so that no mistake can fill the server's memory. */
const maxStatements = 2_000

/**
 * Its name as a prepared statement: planning most statements costs more than running them. A text with several
 * statements has none.
 */
function prepared(text: string): { name?: string } {
  const known = statementNames.get(text)
  if (known) return known
  if (text.includes(';') || statementNames.size >= maxStatements) return {}
  const made = { name: `s${statementNames.size}` }
  statementNames.set(text, made)
  return made
}

type Last = (() => string | null) | undefined

async function transaction<T>(pool: StatementPool, work: (tx: Sql) => Promise<T>, last: Last): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptTransaction(pool, work, last)
    } catch (error) {
      if (!isConflict(error) || attempt === maxAttempts) throw error
      await sleep(Math.random() * 10 * 2 ** attempt)
    }
  }
}

async function attemptTransaction<T>(on: StatementPool, work: (tx: Sql) => Promise<T>, last: Last): Promise<T> {
  const client = await on.pool.connect().catch(throwDatabaseError)
  let broken = false
  try {
    await client.query(on.begin)
    const result = await work(sqlOn(client, on))
    const statements = last?.() ?? null
    await client.query(statements === null ? 'COMMIT' : `${statements}; COMMIT`)
    return result
  } catch (error) {
    broken = isDatabaseAway(error)
    // A connection that cannot even roll back is closed, which rolls back.
    if (!broken) await client.query('ROLLBACK').catch(() => (broken = true))
    throw mapDatabaseError(error)
  } finally {
    client.release(broken)
  }
}

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === int8) return BigInt
  if (oid === int8Array) return (text: string) => parseTextArray(text).map(toBigInt)
  return pg.types.getTypeParser(oid, format as 'text')
}

function toBigInt(text: string | null): bigint | null {
  return text === null ? null : BigInt(text)
}

const camelNames = new Map<string, string>()
function camelCase(name: string): string {
  const known = camelNames.get(name)
  if (known !== undefined) return known
  const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  camelNames.set(name, camel)
  return camel
}
