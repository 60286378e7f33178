import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate, migrationsFolder } from '#core/database/migrate.ts'
import { type TestDatabase, testDatabase } from '#support/servers/postgres.ts'

export const releasedMigration = '20261122000000_init'

/** What goes with the rows of released-0.1.0.sql. Its origins were at 18080 and 18083, its receivers at 18081 and 18082. */
export const released = {
  encryptionKey: 'cmVsZWFzZWQgMC4xLjByZWxlYXNlZCAwLjEuMHJlbGU=',
  wakeDelayBaseSeconds: '8',
  apiKey: 'bh_JqlhRALK87IgqD1H7581pIUDP1szVUTADnJI2UG6hxE',
  otherApiKey: 'bh_A9-DSOzt1vz4JHLZVH11W2ay_fOg1_j0lmcRkMHE_jc',
  wake: { id: 'wak_01m8jb156we00ad71k37n2b43t', completionToken: 'y2Q0QPaD5ju8NtCWbMEbjcBgUEYjkgaDUhneFg6rPr4' },
  tasks: {
    completed: 'tsk_01m8jb14axextve3d65193wnmm',
    undelivered: 'tsk_01m8jb15sdextve3e7ae38tzdm',
    waiting: 'tsk_01m8jb164sextve3epkh3whf1d',
    suspended: 'tsk_01m8jb16b5extve3ewt5e8x14v',
    hostAskedForTime: 'tsk_01m8jb16ewextve3f1e78h02qn',
    halfDone: 'tsk_01m8jb16j8extve3fdk7vkmzqr',
    asking: 'tsk_01m8jb16thextve3ft7ycj0kaj',
  },
} as const
/** The rows were read then. */
const madeAt = '2026-11-29T00:24:53.437Z'

/**
 * A database as version 0.1.0 has left it `ago` seconds ago: its schema and its rows, all of whose times are moved. Ask
 * `query` for what is in it.
 */
export async function releasedDatabase({
  agoSeconds = 0,
} = {}): Promise<
  TestDatabase & { query<Row extends pg.QueryResultRow>(sql: string, params?: unknown[]): Promise<Row[]> }
> {
  const database = await testDatabase({ empty: true })
  const migrationsDir = await mkdtemp(join(tmpdir(), 'backhaul-released-'))
  try {
    await mkdir(join(migrationsDir, releasedMigration))
    for (const file of ['migration_lock.toml', `${releasedMigration}/migration.sql`])
      await cp(join(migrationsFolder, file), join(migrationsDir, file))
    await migrate(database.connectionString, { migrationsDir })
  } finally {
    await rm(migrationsDir, { recursive: true })
  }
  const query = async <Row extends pg.QueryResultRow>(sql: string, params?: unknown[]) => {
    const client = new pg.Client({ connectionString: database.connectionString })
    await client.connect()
    return (await client.query<Row>(sql, params).finally(() => client.end())).rows
  }
  await query(await readFile(new URL('released-0.1.0.sql', import.meta.url), 'utf8'))
  const columns = await query<{ table: string; sets: string }>(
    `select table_name as table, string_agg(format('%1$I = %1$I + moved.by', column_name), ', ') as sets
       from information_schema.columns
      where table_schema = 'public' and data_type = 'timestamp with time zone' and table_name <> '_prisma_migrations'
      group by table_name`,
  )
  const moved = `(select now() - timestamptz '${madeAt}' - interval '${agoSeconds} s' as by) as moved`
  for (const { table, sets } of columns) await query(`update "${table}" set ${sets} from ${moved}`)
  return { ...database, query }
}
