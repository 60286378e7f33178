import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '#core/database/migrate.ts'
import { secureRows } from '#core/database/row-security.ts'
import { tenantRows } from '#core/ledger/tenant-rows.ts'
import { lockDirectory } from '#embedded-postgres/directory-lock.ts'
import { startEmbeddedPostgres } from '#embedded-postgres/index.ts'
import { stopLeftServer } from '#embedded-postgres/server.ts'
import { memoryFolder } from './memory-folder.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with the address of the run's PostgreSQL, started when first asked (see postgres.ts). */
    postgresDesk: string
  }
}

/** The migrated template of all test databases. No session may be connected to it. */
export const templateDatabase = 'template_backhaul'

/** One PostgreSQL for the whole run, the given one (`TEST_DATABASE_URL`) or an embedded one, started by whichever test file asks first: a run of unit tests waits for none. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let server: ReturnType<typeof startServer> | undefined
  const desk = createServer(async (_request, response) => {
    // A kept connection would be closed some time, perhaps just when a test asks again over it.
    response.setHeader('connection', 'close')
    try {
      server ??= startServer()
      response.end((await server).connectionString)
    } catch (error) {
      response.writeHead(500).end((error as Error).message)
    }
  }).listen(0, '127.0.0.1')
  await once(desk, 'listening')
  project.provide('postgresDesk', `http://127.0.0.1:${(desk.address() as AddressInfo).port}`)
  return async () => {
    desk.close()
    desk.closeAllConnections()
    await (await server?.catch(() => undefined))?.stop()
  }
}

const prefix = 'backhaul-test-postgres-'

async function startServer(): Promise<{ connectionString: string; stop(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL
  if (given) return useServer(given)
  const folder = await memoryFolder()
  await removeLeftovers(folder)
  const dataDir = await mkdtemp(join(folder, prefix))
  const log = { info: () => {}, error: console.error }
  // The data does not outlive the run, so it need not reach the disk.
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' }
  const server = await startEmbeddedPostgres({ dataDir, log, settings })
  const stop = async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    await makeTemplate(server.connectionString)
    return { connectionString: server.connectionString, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Its role must be allowed to create databases and roles. */
async function useServer(connectionString: string) {
  await makeTemplate(connectionString)
  return { connectionString, stop: () => statement(connectionString, `DROP DATABASE ${templateDatabase}`) }
}

async function statement(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

async function makeTemplate(connectionString: string): Promise<void> {
  await statement(connectionString, `DROP DATABASE IF EXISTS ${templateDatabase}`)
  await statement(connectionString, `CREATE DATABASE ${templateDatabase}`)
  const template = new URL(connectionString)
  template.pathname = templateDatabase
  await migrate(template.href)
  const refusal = await secureRows(template.href, tenantRows)
  if (refusal !== null) throw new Error(refusal)
}

/** A run that was killed leaves its server behind; a run that still goes on holds the lock on its folder. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue
    const dataDir = join(folder, name)
    const made = await stat(dataDir).catch(() => null)
    // Another run may have created it a moment ago and not locked it yet.
    if (made === null || Date.now() - made.birthtimeMs < 60_000) continue
    const lock = await lockDirectory(dataDir).catch(() => null)
    if (lock === null) continue
    await stopLeftServer({ directory: join(dataDir, 'postgres') })
    await rm(dataDir, { recursive: true, force: true })
    await lock.release()
  }
}
