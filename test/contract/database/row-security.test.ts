import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '#core/database/database.ts'
import { migrate } from '#core/database/migrate.ts'
import { refusesTenantRole, secureRows, type TableAccess } from '#core/database/row-security.ts'
import { tenantRows } from '#core/ledger/tenant-rows.ts'
import { readConfig } from '#core/runtime/config.ts'
import { createLogger } from '#core/runtime/log.ts'
import { openRuntime } from '#core/runtime/runtime.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { asTenant } from '#support/builders/as-tenant.ts'
import { newApiKey } from '#support/builders/store-builder.ts'
import { type DebianPostgres, startDebianPostgres } from '#support/servers/debian-postgres.ts'
import { testDatabase } from '#support/servers/postgres.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

it('a process with all three pools holds at most 40 connections, as the documents say', async () => {
  const { connectionString, drop } = await testDatabase()
  const database = openDatabase(connectionString, { rowSecurity: true })
  const blocker = new pg.Client({ connectionString })
  await blocker.connect()
  await blocker.query('select pg_advisory_lock(1)')
  const wait = 'select pg_advisory_xact_lock_shared(1)'
  const waiting = Array.from({ length: 40 }, () => [
    database.run(wait),
    database.relaxed.run(wait),
    asTenant('ten_1', () => database.run(wait)),
    asTenant('ten_1', () => database.transaction((tx) => tx.run(wait))),
  ]).flat()
  await eventually('all connections are in use', async () => {
    const { rows } = await blocker.query(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event = 'advisory'",
    )
    expect(rows[0].n).toBeLessThanOrEqual(40)
    return rows[0].n === 40
  })
  await blocker.query('select pg_advisory_unlock(1)')
  await Promise.all(waiting)
  await blocker.end()
  await database.close()
  await drop()
})

describe.skipIf(embeddedOnly)('on a PostgreSQL 15 whose users have few rights', () => {
  let postgres: DebianPostgres
  beforeAll(async () => {
    postgres = await startDebianPostgres()
  })
  afterAll(() => postgres?.dispose())

  const urlOf = (user: string, database = user) => `postgresql://${user}@127.0.0.1:${postgres.port}/${database}`
  /** A user with a database of its own, migrated. */
  async function owner(name: string, rights = ''): Promise<string> {
    await postgres.query(`create role ${name} login ${rights}`)
    await postgres.query(`create database ${name} owner ${name}`)
    await migrate(urlOf(name))
    return urlOf(name)
  }
  const commentOn = async (database: string, table: string) =>
    (
      await postgres.query<{ text: string }>(
        `select obj_description(oid, 'pg_policy') as text from pg_policy
         where polname = 'tenant_rows' and polrelid = '${table}'::regclass`,
        database,
      )
    )[0]?.text

  it('it is off, which is logged, where the user may not make the role; and the service runs', async () => {
    const url = await owner('plain')
    const dataDir = await mkdtemp(join(tmpdir(), 'backhaul-row-security-'))
    const env = { DATABASE_URL: url, DATA_DIR: dataDir, ADMIN_TOKEN: 'operator-token', LOG_LEVEL: 'warn' }
    const words: object[] = []
    const log = await createLogger('silent')
    log.warn = ((fields: object) => void words.push(fields)) as never
    const config = readConfig({ ...env, ENCRYPTION_KEY: randomBytes(32).toString('base64') }, 'api')
    const runtime = await openRuntime(config, log)
    const reason = 'this database user may not make the role backhaul_tenant or take it on'
    expect(words).toEqual([{ event: 'row_security.off', reason }])
    await runtime.stores.tenants.createTenant('a tenant', newApiKey())
    const made = await runtime.stores.tenants.listTenants({ limit: 10 })
    await asTenant(made.data[0]!.id, async () =>
      expect(await runtime.stores.limits.readLimits(made.data[0]!.id)).toMatchObject({ used: { maximumSessions: 0 } }),
    )
    await runtime.close()
    await rm(dataDir, { recursive: true })
  })

  it('it is on where the user may make roles, and where it has been given the role', async () => {
    expect(await secureRows(await owner('maker', 'createrole'), tenantRows)).toBe(null)
    expect(await refusesTenantRole(urlOf('maker'), tenantRows)).toBe(null)
    // The role belongs to the whole server.
    const url = await owner('given')
    expect(await secureRows(url, tenantRows)).toMatch(/^this database user may not make the role/)
    await postgres.query('grant backhaul_tenant to given')
    expect(await secureRows(url, tenantRows)).toBe(null)
    expect(await refusesTenantRole(url, tenantRows)).toBe(null)
    const database = openDatabase(url, { rowSecurity: true })
    await database.run("insert into feed (tenant_id) values ('ten_1'), ('ten_2')")
    const all = 'select tenant_id from feed order by 1'
    expect(await asTenant('ten_2', () => database.many(all))).toEqual([{ tenantId: 'ten_2' }])
    expect(await database.many(all)).toEqual([{ tenantId: 'ten_1' }, { tenantId: 'ten_2' }])
    await database.close()
  })

  it('a user who does not own the tables takes the role on, unless its own view would become as narrow', async () => {
    const url = urlOf('app', 'given')
    await postgres.query('create role app login')
    await postgres.query('grant all on all tables in schema public to app', 'given')
    expect(await secureRows(url, [{ table: 'feed', rows: 'false' }])).toMatch(/may not/)
    expect(await refusesTenantRole(url, tenantRows)).toBe(
      'the user of DATABASE_URL may not take on the role backhaul_tenant',
    )
    await postgres.query('grant backhaul_tenant to app')
    await expect(refusesTenantRole(url, tenantRows)).rejects.toThrow(/inherits the role backhaul_tenant .* NOINHERIT/)
    expect(await secureRows(url, [{ table: 'feed', rows: 'false' }])).toBe(
      'this database user may not make policies (must be owner of table feed)',
    )
    await postgres.query('alter role app noinherit')
    expect(await secureRows(url, tenantRows)).toBe(null)
    expect(await refusesTenantRole(url, tenantRows)).toBe(null)
    const database = openDatabase(url, { rowSecurity: true })
    const count = () => database.first('select count(*)::int as n from feed')
    expect([await asTenant('ten_1', count), await count()]).toEqual([{ n: 1 }, { n: 2 }])
    await database.close()
  })

  it('a changed policy is made anew, but not by a process that is older than the database', async () => {
    const changed: TableAccess[] = [{ table: 'feed', rows: 'false' }]
    const before = await commentOn('maker', 'feed')
    expect(await secureRows(urlOf('maker'), changed, { isAhead: true })).toBe(null)
    expect(await commentOn('maker', 'feed')).toBe(before)
    expect(await secureRows(urlOf('maker'), changed)).toBe(null)
    expect(await commentOn('maker', 'feed')).not.toBe(before)
    expect(await secureRows(urlOf('maker'), tenantRows)).toBe(null)
    expect(await commentOn('maker', 'feed')).toBe(before)
  })
})
