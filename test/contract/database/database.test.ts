import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, DatabaseUnavailable, openDatabase } from '#core/database/database.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { type TestDatabase, testDatabase } from '#support/servers/postgres.ts'

let home: TestDatabase
let database: Database
beforeAll(async () => {
  home = await testDatabase()
  database = openDatabase(home.connectionString)
})
afterAll(async () => {
  await database.close()
  await home.drop()
})

describe('plain SQL', () => {
  it('names columns in camelCase and types values as Prisma does', async () => {
    const sql = `select 9007199254740993::int8 as last_sequence, array[1, null]::int8[] as many_numbers,
      timestamptz '2026-11-22 12:00:00.123+02' as created_at, '\\x0102'::bytea as sealed_part, '{"a": [1]}'::json as data`
    expect(await database.first(sql)).toEqual({
      lastSequence: 9007199254740993n,
      manyNumbers: [1n, null],
      createdAt: new Date('2026-11-22T10:00:00.123Z'),
      sealedPart: Buffer.from([1, 2]),
      data: { a: [1] },
    })
  })

  it('reads the same row as Prisma, times included, whatever zone the server lives in', async () => {
    const other = new pg.Client({ connectionString: home.connectionString })
    await other.connect()
    await other.query(
      `ALTER DATABASE ${new URL(home.connectionString).pathname.slice(1)} SET timezone = 'Asia/Kolkata'`,
    )
    await other.end()
    const elsewhere = openDatabase(home.connectionString)
    const createdAt = new Date('2026-01-02T03:04:05.678Z')
    await (await elsewhere.prisma()).tenant.create({ data: { id: 'ten_1', name: 'one', createdAt } })
    const rows = await elsewhere.many('select * from tenant')
    const others = { limits: {}, leaseUntil: null, preferredHours: null, state: 'active', stateSince: expect.any(Date) }
    expect(rows).toEqual([{ id: 'ten_1', name: 'one', createdAt, ...others }])
    expect(await (await elsewhere.prisma()).tenant.findMany()).toEqual(rows)
    await elsewhere.close()
  })

  it('counts the rows it touched', async () => {
    const sql = 'update tenant set name = $1'
    expect(await database.run(sql, ['two'])).toBe(await database.run(sql, ['two']))
    expect(await database.first('select 1 as one where $1', [false])).toBeNull()
  })
})

describe('a session', () => {
  it('never compiles plans, whatever the server, the database and the URL say', async () => {
    const name = new URL(home.connectionString).pathname.slice(1)
    await database.run(`alter database ${name} set jit = on`)
    const url = new URL(home.connectionString)
    url.searchParams.set('options', '-c jit=on -c work_mem=5MB')
    const insisting = openDatabase(url.href)
    for (const sql of [insisting, insisting.relaxed]) {
      expect(await sql.first('show jit')).toEqual({ jit: 'off' })
      expect(await sql.first('show enable_seqscan')).toEqual({ enableSeqscan: 'off' })
      // What else the URL asks for is granted.
      expect(await sql.first('show work_mem')).toEqual({ workMem: '5MB' })
    }
    expect(await (await insisting.prisma()).$queryRaw`show jit`).toEqual([{ jit: 'off' }])
    await insisting.close()
  })
})

describe('a lock', () => {
  const lockTenants = 'lock table tenant in access exclusive mode'

  it('that is held too long is a database that is away, for whoever waits for it', async () => {
    const withShortTimeout = openDatabase(`${home.connectionString}?statement_timeout=200`)
    await database.transaction(async (tx) => {
      await tx.run(lockTenants)
      await expect(withShortTimeout.many('select * from tenant')).rejects.toThrow(DatabaseUnavailable)
      await expect((await withShortTimeout.prisma()).tenant.findMany()).rejects.toThrow(DatabaseUnavailable)
    })
    expect(await withShortTimeout.many('select 1 as one')).toEqual([{ one: 1 }])
    await withShortTimeout.close()
  })

  it('of a process that was stopped in the middle is taken away before those who wait for it give up', async () => {
    const setting = async (name: string) =>
      (await database.first<{ ms: number }>('select setting::int as ms from pg_settings where name = $1', [name]))!.ms
    const [held, waited] = await Promise.all([
      setting('idle_in_transaction_session_timeout'),
      setting('statement_timeout'),
    ])
    expect(held).toBeGreaterThan(0)
    expect(held * 1.5).toBeLessThan(waited)
  })
})

describe('a connection', () => {
  it('that all others use is waited for as long as a lock, not only as long as one may take to open', async () => {
    const watcher = openDatabase(home.connectionString)
    const results = await watcher.transaction(async (tx) => {
      await tx.run('lock table tenant in access exclusive mode')
      const all = Array.from({ length: 100 }, () => database.transaction((each) => each.run('select from tenant')))
      const settled = Promise.allSettled(all)
      await eventually('those who have a connection have waited for four seconds', async () => {
        const sql = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
          and clock_timestamp() - query_start > '4 s'`
        await tx.run('select') // Otherwise the lock would be taken away for idling.
        return (await watcher.run(sql)) > 0
      })
      return { settled }
    })
    expect((await results.settled).filter(({ status }) => status === 'rejected')).toEqual([])
    await watcher.close()
  })

  it('to a server that says nothing is given up by itself, before anybody who waits for another gives up', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}))
    await once(silent.listen(0, '127.0.0.1'), 'listening')
    const away = openDatabase(`postgres://127.0.0.1:${(silent.address() as AddressInfo).port}/none`)
    const failure = await away.many('select 1').then(
      () => new Error('it answered'),
      (error: Error) => error,
    )
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure.cause).toMatchObject({ message: 'timeout expired' })
    await away.close()
    silent.close()
  })
})

describe('a statement', () => {
  const prepared = (sql: Pick<Database, 'many'>) =>
    sql.many<{ statement: string }>(
      "select statement from pg_prepared_statements where statement like '%once planned%'",
    )

  it('is planned once for a connection, however often it is asked', async () => {
    await database.transaction(async (tx) => {
      for (const n of [1, 2, 3]) await tx.first(`select $1::int as n -- once planned`, [n])
      expect((await prepared(tx)).filter(({ statement }) => statement.startsWith('select $1'))).toHaveLength(1)
    })
  })

  it('whose table was migrated meanwhile fails as if the database were away, and then works', async () => {
    const busy = openDatabase(home.connectionString)
    const [table, wider] = ['create table migrated (id int)', 'alter table migrated add column more int']
    await busy.run(table)
    const read = () => busy.transaction((tx) => tx.many('select * from migrated'))
    expect(await read()).toEqual([])
    await busy.run(wider)
    await expect(read()).rejects.toThrow(DatabaseUnavailable)
    expect(await read()).toEqual([])
    await busy.close()
  })

  it('looks rows up though its plan was made while the table was small', async () => {
    await database.run('create table grown (id int primary key)')
    await database.run('insert into grown values (0)')
    await database.run('analyze grown')
    await database.transaction(async (tx) => {
      const find = () => tx.first<{ id: number }>('select id from grown where id = $1', [7])
      for (let n = 0; n < 7; n++) await find()
      await tx.run('insert into grown select generate_series(1, 50000)')
      const before = await scans(tx)
      expect(await find()).toEqual({ id: 7 })
      expect(await scans(tx)).toBe(before)
    })
    function scans(tx: Pick<Database, 'first'>) {
      return tx
        .first<{ count: bigint }>("select pg_stat_get_xact_numscans('grown'::regclass) as count")
        .then((row) => row!.count)
    }
  })
})

describe('a transaction', () => {
  const names = () => database.many<{ id: string }>("select id from tenant where id like 'tx%' order by id")

  it('keeps everything or nothing', async () => {
    const insert = "insert into tenant (id, name) values ($1, 'x')"
    await expect(
      database.transaction(async (tx) => {
        await tx.run(insert, ['tx_lost'])
        throw new Error('changed my mind')
      }),
    ).rejects.toThrow('changed my mind')
    expect(await database.transaction((tx) => tx.run(insert, ['tx_kept']))).toBe(1)
    expect(await names()).toEqual([{ id: 'tx_kept' }])
  })

  it('is tried again when another one was in its way', async () => {
    await database.run("insert into tenant (id, name) values ('tx_a', ''), ('tx_b', '')")
    let attempts = 0
    let arrived = 0
    const bothHoldOne = Promise.withResolvers<void>()
    const crossing = (first: string, second: string) =>
      database.transaction(async (tx) => {
        attempts++
        await tx.run("update tenant set name = name || 'x' where id = $1", [first])
        if (++arrived === 2) bothHoldOne.resolve()
        await bothHoldOne.promise
        await tx.run("update tenant set name = name || 'x' where id = $1", [second])
      })
    await Promise.all([crossing('tx_a', 'tx_b'), crossing('tx_b', 'tx_a')])
    // More than once, if it was in the way again.
    expect(attempts).toBeGreaterThanOrEqual(3)
    expect(await database.many("select name from tenant where id in ('tx_a', 'tx_b')")).toEqual([
      { name: 'xx' },
      { name: 'xx' },
    ])
  })

  it('gives up a conflict that does not end after five attempts', async () => {
    let attempts = 0
    const conflict = database.transaction((tx) => {
      attempts++
      return tx.run("do $$ begin raise sqlstate '40001'; end $$")
    })
    await expect(conflict).rejects.toMatchObject({ code: '40001' })
    expect(attempts).toBe(5)
  })

  it('says that the database is away when its connection is cut, and the next one works', async () => {
    const cut = database.transaction(async (tx) => {
      const me = await tx.first<{ pid: number }>('select pg_backend_pid() as pid')
      await database.many('select pg_terminate_backend($1)', [me!.pid])
      await tx.many('select 1')
    })
    await expect(cut).rejects.toThrow(DatabaseUnavailable)
    expect(await database.transaction((tx) => tx.first('select 1 as one'))).toEqual({ one: 1 })
  })
})

describe('a server that cannot do it now', () => {
  it.each([
    ['53100', 'its disk is full'],
    ['53200', 'it is out of memory'],
    ['53300', 'it has too many connections'],
    ['53400', 'a limit of its configuration is reached'],
    ['58030', 'its disk fails'],
    ['25006', 'it is a standby, or read-only'],
    ['55P03', 'a lock is not to be had in time'],
    ['25P03', 'the transaction has idled for too long'],
    ['25P04', 'the transaction takes too long'],
    ['57014', 'the statement takes too long'],
    ['57P01', 'it is being shut down'],
    ['57P02', 'it has crashed'],
    ['57P03', 'it is starting'],
    ['08006', 'the connection broke'],
    ['28P01', 'our password is no longer the right one'],
    ['28000', 'our role may no longer come in'],
    ['3D000', 'the database has been removed'],
  ])('counts as away: %s, %s', async (state) => {
    const raise = `do $$ begin raise sqlstate '${state}' using message = 'secret-word'; end $$`
    const ways = {
      plain: () => database.run(raise),
      relaxed: () => database.relaxed.run(raise),
      transaction: () => database.transaction((tx) => tx.run(raise)),
      prisma: async () => (await database.prisma()).$executeRawUnsafe(raise),
    }
    for (const [way, ask] of Object.entries(ways)) {
      const error = await ask().then(
        () => null,
        (reason: Error) => reason,
      )
      expect(error, way).toBeInstanceOf(DatabaseUnavailable)
      expect(error?.message).not.toContain('secret')
    }
    expect(await database.first('select 1 as one')).toEqual({ one: 1 })
  })
})

describe('a database that is not there', () => {
  const nowhere = openDatabase('postgresql://somebody:secret-word@127.0.0.1:9/none')
  afterAll(() => nowhere.close())

  it.each([
    ['plain SQL', () => nowhere.many('select 1')],
    ['a transaction', () => nowhere.transaction((tx) => tx.many('select 1'))],
    ['Prisma', async () => (await nowhere.prisma()).tenant.findMany()],
  ])('is DatabaseUnavailable for %s, without its address', async (_, ask) => {
    const error = await ask().then(
      () => null,
      (reason: Error) => reason,
    )
    expect(error).toBeInstanceOf(DatabaseUnavailable)
    expect(error?.message).not.toMatch(/127|secret/)
  })
})

it('a refusal of what was asked stays what it is', async () => {
  await expect(database.many('select nonsense')).rejects.toMatchObject({ code: '42703' })
  const twice = { data: { id: 'ten_twice', name: '' } }
  await (await database.prisma()).tenant.create(twice)
  await expect((await database.prisma()).tenant.create(twice)).rejects.toMatchObject({ code: 'P2002' })
})
