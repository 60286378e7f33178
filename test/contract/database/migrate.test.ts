import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { DatabaseUnavailable } from '#core/database/database.ts'
import { migrate, migrationsFolder } from '#core/database/migrate.ts'
import { migrationNames } from '#core/database/migration-folder.ts'
import { defaultLockPatience } from '#core/database/migration-locks.ts'
import { createDatabaseWait } from '#core/database/wait-for-database.ts'
import { eventually } from '#support/assertions/eventually.ts'
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
  expect(await migrate(connectionString)).toEqual({ applied: await migrationNames(migrationsFolder), isAhead: false })
  expect(await query('select count(*)::int as n from task')).toEqual([{ n: 0 }])
  expect(await migrate(connectionString)).toEqual({ applied: [], isAhead: false })
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
  expect(await migrate(connectionString, later)).toEqual({ applied: ['29990101000000_later'], isAhead: false })
  expect(await migrate(connectionString, later)).toEqual({ applied: [], isAhead: false })
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

/** Another transaction of a service that goes on, by its statements. */
async function transactionOn(connectionString: string, ...statements: string[]) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  client.on('error', () => {})
  for (const statement of ['BEGIN', ...statements]) await client.query(statement)
  return client
}

describe('while older workers of a rolling upgrade go on', () => {
  const addColumns =
    'ALTER TABLE host_state ADD COLUMN later int; ALTER TABLE task ADD COLUMN later int; CREATE TABLE later (id int);'
  const waitsFor = `select 1 from pg_locks where not granted and relation = 'task'::regclass and mode = 'AccessExclusiveLock'`

  async function migrated() {
    const database = await emptyDatabase()
    await migrate(database.connectionString)
    return database
  }

  it('lets others through to a table that it waits for, and applies once the table is free', async () => {
    const { connectionString, query } = await migrated()
    const other = await transactionOn(connectionString, 'select * from task')
    const said: unknown[] = []
    const locks = { ...defaultLockPatience, lockTimeoutMs: 500 }
    const migrating = migrate(connectionString, {
      ...(await folderWith(addColumns)),
      locks,
      say: (waiting) => said.push(waiting),
    })
    await eventually('it waits for the table', async () => (await query(waitsFor)).length > 0)
    // Behind the one that waits, and yet before the other transaction ends.
    expect(await query('select count(*)::int as n from task')).toEqual([{ n: 0 }])
    await eventually('it says so', () => said.length > 0)
    await other.query('COMMIT')
    await other.end()
    expect(await migrating).toEqual({ applied: ['29990101000000_later'], isAhead: false })
    expect(said[0]).toEqual({ tries: 1, pauseMs: 500, reason: 'canceling statement due to lock timeout' })
  })

  it('begins anew after a deadlock that it loses', async () => {
    const { connectionString, query } = await migrated()
    const other = await transactionOn(connectionString, 'select * from task')
    const said: { reason: string }[] = []
    const migrating = migrate(connectionString, {
      ...(await folderWith(addColumns)),
      locks: { ...defaultLockPatience, lockTimeoutMs: 60_000 },
      say: (waiting) => said.push(waiting),
    })
    await eventually('it waits for the second table', async () => (await query(waitsFor)).length > 0)
    // The server ends the one that has waited for a second first: on a very busy machine it may be the other one.
    const loses = await other.query('select * from host_state').then(
      () => true,
      () => false,
    )
    await other.end()
    expect(await migrating).toEqual({ applied: ['29990101000000_later'], isAhead: false })
    expect(said.map(({ reason }) => reason)).toEqual(loses ? ['deadlock detected'] : [])
  })

  it('ends in words when a lock is never given up: it applies nothing, and says how to find who has it', async () => {
    const { connectionString, query } = await migrated()
    const other = await transactionOn(connectionString, 'select * from task')
    const said: { pauseMs: number }[] = []
    const error: Error = await migrate(connectionString, {
      ...(await folderWith(addColumns)),
      locks: { lockTimeoutMs: 50, tries: 4, firstPauseMs: 10, maxPauseMs: 15 },
      say: (waiting) => said.push(waiting),
    }).then(
      () => expect.unreachable(),
      (thrown) => thrown,
    )
    expect(said.map(({ pauseMs }) => pauseMs)).toEqual([10, 15, 15])
    expect(error).not.toBeInstanceOf(DatabaseUnavailable)
    expect(error.message).toMatch(
      /^The migrations were tried 4 times and not applied, none of them: .* \(canceling statement due to lock timeout\)\. .*\nSELECT /,
    )
    const statement = error.message.slice(error.message.indexOf('SELECT '))
    const { rows } = await other.query('select pg_backend_pid() as pid')
    expect((await query(statement)).filter(({ tables }) => tables.includes('task'))).toMatchObject(rows)
    expect(await query("select to_regclass('later') as later")).toEqual([{ later: null }])
    await other.end()
  })

  it('stops between two tries when it is told to', async () => {
    const { connectionString } = await migrated()
    const other = await transactionOn(connectionString, 'select * from task')
    const stopping = new AbortController()
    const migrating = migrate(connectionString, {
      ...(await folderWith(addColumns)),
      locks: { lockTimeoutMs: 50, tries: 2, firstPauseMs: 600_000, maxPauseMs: 600_000 },
      say: () => stopping.abort(),
      signal: stopping.signal,
    })
    await expect(migrating).rejects.toThrow(/abort/i)
    await other.end()
  })
})
