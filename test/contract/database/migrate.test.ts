import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, expect, it } from 'vitest'
import { DatabaseUnavailable } from '#core/database/database.ts'
import { migrate, migrationsFolder } from '#core/database/migrate.ts'
import { migrationNames } from '#core/database/migration-engine.ts'
import { createDatabaseWait } from '#core/database/wait-for-database.ts'
import { testDatabase } from '#support/servers/postgres.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup()
})

async function emptyDatabase() {
  const database = await testDatabase({ empty: true })
  cleanups.push(database.drop)
  const query = async (sql: string) => {
    const client = new pg.Client({ connectionString: database.connectionString })
    await client.connect()
    return (await client.query(sql).finally(() => client.end())).rows
  }
  return { ...database, query }
}

/** The repository's migrations and one more, called `later`. */
async function folderWith(sql: string) {
  const migrationsDir = await mkdtemp(join(tmpdir(), 'backhaul-migrations-'))
  cleanups.push(() => rm(migrationsDir, { recursive: true }))
  await cp(migrationsFolder, migrationsDir, { recursive: true })
  await mkdir(join(migrationsDir, '29990101000000_later'))
  await writeFile(join(migrationsDir, '29990101000000_later', 'migration.sql'), sql)
  return { migrationsDir }
}

it('builds the schema in an empty database, once', async () => {
  const { connectionString, query } = await emptyDatabase()
  expect(await migrate(connectionString)).toEqual({ applied: await migrationNames(migrationsFolder) })
  expect(await query('select count(*)::int as n from task')).toEqual([{ n: 0 }])
  expect(await migrate(connectionString)).toEqual({ applied: [] })
})

it('may be run by several processes at once: one applies, the others find it done', async () => {
  const { connectionString } = await emptyDatabase()
  const waitForDatabase = createDatabaseWait()
  const runs = await Promise.all([1, 2, 3].map(() => waitForDatabase(() => migrate(connectionString))))
  expect(runs.flatMap(({ applied }) => applied)).toEqual(await migrationNames(migrationsFolder))
})

it('applies only what is missing', async () => {
  const { connectionString } = await emptyDatabase()
  await migrate(connectionString)
  const later = await folderWith('CREATE TABLE later (id int);')
  expect(await migrate(connectionString, later)).toEqual({ applied: ['29990101000000_later'] })
  expect(await migrate(connectionString, later)).toEqual({ applied: [] })
})

it('leaves nothing of a migration that fails, and applies it once it is mended', async () => {
  const { connectionString, query } = await emptyDatabase()
  await expect(migrate(connectionString, await folderWith('CREATE TABLE later (id int); SELECT 1/0;'))).rejects.toThrow(
    /division by zero/,
  )
  expect(await query("select to_regclass('later') as later, to_regclass('task') as task")).toEqual([
    { later: null, task: null },
  ])
  const mended = await migrate(connectionString, await folderWith("CREATE TABLE later (word text default ';');"))
  expect(mended.applied).toContain('29990101000000_later')
})

it('an identifier is free again only when its session is invalidated', async () => {
  const { connectionString, query } = await emptyDatabase()
  await migrate(connectionString)
  const insert = (id: string, state: string) =>
    query(
      `insert into session (id, tenant_id, identifier, state, configuration) values ('${id}', 't', 'i', '${state}', '{}')`,
    )
  await insert('1', 'invalidated')
  await insert('2', 'finishing')
  await expect(insert('3', 'active')).rejects.toMatchObject({ constraint: 'session_identifier_live' })
})

it('does not wait for a process that migrates already', async () => {
  const { connectionString } = await emptyDatabase()
  const other = new pg.Client({ connectionString })
  await other.connect()
  await other.query('begin; select pg_advisory_xact_lock(7245361804)')
  await expect(migrate(connectionString)).rejects.toThrow(DatabaseUnavailable)
  await other.end()
  expect((await migrate(connectionString)).applied.length).toBeGreaterThan(0)
})
