import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { eventually } from '../assertions/eventually.ts'
import { templateDatabase } from './postgres-setup.ts'

export interface TestDatabase {
  connectionString: string
  drop(): Promise<void>
}

/** A fresh database on the run's PostgreSQL, migrated unless `empty`. Takes tens of milliseconds. */
export async function testDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const response = await fetch(inject('postgresDesk'))
  const server = await response.text()
  if (!response.ok) throw new Error(server)
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const statement = async (sql: string) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(sql).finally(() => client.end())
  }
  await statement(`CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : templateDatabase} STRATEGY file_copy`)
  const url = new URL(server)
  url.pathname = name
  const dropped = async () => {
    await statement(`DROP DATABASE ${name} WITH (FORCE)`)
    return true
  }
  return {
    connectionString: url.href,
    // The database cannot be dropped while autovacuum, which may not be ended, works on it.
    drop: async () => void (await eventually('the database is dropped', dropped)),
  }
}
