import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findPostgres } from '#core/database/connection-urls.ts'
import { type Database, DatabaseUnavailable, openDatabase } from '#core/database/database.ts'
import { asTenant } from '#support/builders/as-tenant.ts'
import { tellShortStory } from '#support/client/short-story.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { openProcessPair } from '#support/processes/process-pair.ts'
import { newTenant } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'
import { type PgBouncer, startPgBouncer } from '#support/servers/pgbouncer.ts'
import { type TestDatabase, testDatabase } from '#support/servers/postgres.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

describe.skipIf(embeddedOnly)('PgBouncer in transaction mode', () => {
  let home: TestDatabase
  let bouncer: PgBouncer
  /** It lets options pass, and forgets them. */
  let lenient: PgBouncer
  let origin: Origin
  let receiver: Receiver
  beforeAll(async () => {
    home = await testDatabase()
    ;[bouncer, lenient, origin, receiver] = await Promise.all([
      startPgBouncer(home.connectionString),
      startPgBouncer(home.connectionString, {
        ignore: ['options', 'statement_timeout', 'idle_in_transaction_session_timeout'],
      }),
      startOrigin(),
      startReceiver(),
    ])
  })
  afterAll(async () => {
    await Promise.all([bouncer?.stop(), lenient?.stop(), origin?.close(), receiver?.close()])
    await home?.drop()
  })

  test('alone is refused with a sentence that says what to set', async () => {
    const sentence = /^DATABASE_URL leads through a connection pooler: set DATABASE_DIRECT_URL to the PostgreSQL server/
    await expect(findPostgres(bouncer.connectionString, null)).rejects.toThrow(sentence)
    await expect(findPostgres(lenient.connectionString, null)).rejects.toThrow(sentence)
    const env = { DATABASE_URL: bouncer.connectionString }
    const pair = (await openProcessPair('PostgreSQL', { database: { ...home, drop: async () => {} }, env }))!
    await expect(pair.startApi()).rejects.toThrow(
      /\nBackhaul cannot start: DATABASE_URL leads through a connection pooler/,
    )
    await pair.dispose()
  })

  test('is refused as a direct address, and so is another database', async () => {
    await expect(findPostgres(bouncer.connectionString, lenient.connectionString)).rejects.toThrow(
      /^DATABASE_DIRECT_URL leads through a connection pooler/,
    )
    const other = await testDatabase({ empty: true })
    await expect(findPostgres(bouncer.connectionString, other.connectionString)).rejects.toThrow(
      /^DATABASE_DIRECT_URL does not lead to the database that DATABASE_URL leads to$/,
    )
    await other.drop()
  })

  test('is found out, and only where it is', async () => {
    const direct = home.connectionString
    expect(await findPostgres(direct, null)).toEqual({ url: direct, directUrl: direct, pooled: false })
    expect(await findPostgres(direct, direct)).toMatchObject({ pooled: false })
    for (const { connectionString: url } of [bouncer, lenient])
      expect(await findPostgres(url, direct)).toEqual({ url, directUrl: direct, pooled: true })
    await expect(findPostgres('postgresql://somebody@127.0.0.1:9/none', null)).rejects.toThrow(DatabaseUnavailable)
  })

  describe('behind it', () => {
    let database: Database
    beforeAll(() => {
      database = openDatabase(bouncer.connectionString, { pooled: true })
    })
    afterAll(() => database.close())

    test('every statement has its settings, and leaves none to others', async () => {
      const settings = (names: string[]) =>
        `select ${names.map((name) => `current_setting('${name}') as ${name}`).join(', ')}`
      const names = ['jit', 'enable_seqscan', 'statement_timeout', 'idle_in_transaction_session_timeout']
      const usual = { jit: 'off', enableSeqscan: 'off', statementTimeout: '20s', idleInTransactionSessionTimeout: '8s' }
      const more = [...names, 'timezone', 'synchronous_commit', 'plan_cache_mode']
      // The run's server does not wait for the disk.
      const committed = { synchronousCommit: 'off' }
      const auto = { ...usual, timezone: 'UTC', ...committed, planCacheMode: 'auto' }
      for (let n = 0; n < 20; n++) {
        expect(await database.first(settings(more))).toEqual(auto)
        expect(await database.relaxed.first(settings(names))).toEqual(usual)
        expect(await database.transaction((tx) => tx.first(settings(more)))).toEqual({
          ...auto,
          planCacheMode: 'force_generic_plan',
        })
      }
      const stranger = new pg.Client({ connectionString: bouncer.connectionString })
      await stranger.connect()
      expect((await stranger.query('show enable_seqscan')).rows).toEqual([{ enable_seqscan: 'on' }])
      await stranger.end()
    })

    test('more work at once than it has connections gets done, prepared by nobody', async () => {
      const rows = await Promise.all(
        Array.from({ length: 200 }, (_, n) =>
          n % 2
            ? database.first<{ n: number }>('select $1::int as n', [n])
            : database.transaction((tx) => tx.first<{ n: number }>('select $1::int as n', [n])),
        ),
      )
      expect(rows.map((row) => row!.n)).toEqual(rows.map((_, n) => n))
      expect(await database.many('select name from pg_prepared_statements')).toEqual([])
    })

    test('a refused statement stays a refusal, and the next one works', async () => {
      for (let n = 0; n < 10; n++) {
        await expect(database.run('select nonsense')).rejects.toMatchObject({ code: '42703' })
        await expect(database.transaction((tx) => tx.run('select nonsense'))).rejects.toMatchObject({ code: '42703' })
        expect(await database.first('select 1 as one')).toEqual({ one: 1 })
      }
      const createdAt = new Date('2026-01-02T03:04:05.678Z')
      await (await database.prisma()).tenant.create({ data: { id: 'ten_pooled', name: 'one', createdAt } })
      expect(await database.first('select created_at from tenant')).toEqual({ createdAt })
      const twice = { data: { id: 'ten_pooled', name: '' } }
      await expect((await database.prisma()).tenant.create(twice)).rejects.toMatchObject({ code: 'P2002' })
    })

    test('requests of tenants see their own rows, and nothing of it stays on a connection', async () => {
      const narrow = openDatabase(bouncer.connectionString, { pooled: true, rowSecurity: true })
      await narrow.run("insert into feed (tenant_id) values ('ten_0'), ('ten_1')")
      const look = "select tenant_id, current_user as role, current_setting('enable_seqscan') as seq from feed"
      const seen = (tenantId: string) => [{ tenantId, role: 'backhaul_tenant', seq: 'off' }]
      await Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          asTenant(`ten_${n % 2}`, async () => {
            expect(await narrow.many(look)).toEqual(seen(`ten_${n % 2}`))
            expect(await narrow.relaxed.many(look)).toEqual(seen(`ten_${n % 2}`))
            expect(await narrow.transaction((tx) => tx.many(look))).toEqual(seen(`ten_${n % 2}`))
          }),
        ),
      )
      for (let n = 0; n < 20; n++) {
        expect(await narrow.many(look)).toHaveLength(2)
        expect(await narrow.transaction((tx) => tx.many(look))).toHaveLength(2)
      }
      await narrow.close()
    })

    test('a connection that is cut is a database that is away, and the next one works', async () => {
      const cut = database.run('select pg_terminate_backend(pg_backend_pid())')
      await expect(cut).rejects.toThrow(DatabaseUnavailable)
      expect(await database.first('select 1 as one')).toEqual({ one: 1 })
    })
  })

  test('with a direct address beside it, tasks go from their creation to their delivery', async ({
    onTestFinished,
  }) => {
    const env = { DATABASE_URL: bouncer.connectionString, DATABASE_DIRECT_URL: home.connectionString }
    const pair = (await openProcessPair('PostgreSQL', { database: { ...home, drop: async () => {} }, env }))!
    onTestFinished(pair.dispose)
    const before = await bouncer.transactions()
    const api = await pair.startApi()
    await pair.startWorker()
    const { client } = await newTenant(api.url)
    await tellShortStory({ client, origin, receiver }, { tasks: 20 })
    expect((await bouncer.transactions()) - before).toBeGreaterThan(100)
    expect(api.output()).not.toContain('row_security.off')
  })
})
