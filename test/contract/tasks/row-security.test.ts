import { beforeAll, expect, it } from 'vitest'
import { type Database, openDatabase } from '#core/database/database.ts'
import { createLedger, type Ledger } from '#core/ledger/ledger.ts'
import { mint } from '#core/runtime/crypto.ts'
import { readSessions } from '#core/sessions/postgres/read-sessions.ts'
import { listTasks } from '#core/tasks/postgres/list-tasks.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { pagesRead } from '#support/assertions/pages-read.ts'
import { asTenant } from '#support/builders/as-tenant.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
const tasksOfEach = 10_000
let session: BuiltSession
let narrow: Ledger

beforeAll(async () => {
  const sessions = [await builder.session(), await builder.session()]
  session = sessions[0]!
  for (const { tenantId, id } of sessions)
    await builder.database.run(
      `insert into task (id, tenant_id, session_id, task_identifier, state, ready_at, host, request_sealed, metadata,
         is_discretionary, effective_discretionary, created_in, resumed_at)
       select $1 || n, $1, $2, n, 'waiting', clock_timestamp(), 'origin.example.com', '',
         json_build_object('order', n::text), false, false, 'foreground', clock_timestamp()
       from generate_series(1, $3::int) n`,
      [tenantId, id, tasksOfEach],
    )
  // Until nobody is left who might not see all rows: then the index alone tells.
  await eventually('all pages are known to be visible', async () => {
    await builder.database.run('vacuum analyze task')
    const seen = "select relallvisible >= relpages - 1 as all from pg_class where relname = 'task'"
    return (await builder.database.first<{ all: boolean }>(seen))!.all
  })
  narrow = createLedger(openDatabase(builder.connectionString, { rowSecurity: true }), mint, builder.encryptor)
  return () => narrow.close()
})

/** As a request of the tenant. */
const pages = (look: (database: Ledger) => Promise<unknown>) =>
  asTenant(session.tenantId, () =>
    pagesRead(narrow, (explaining: Database) => look({ ...narrow, ...explaining } as Ledger)),
  )

it('a request finds tasks by their metadata in the index, whatever policies there are', async () => {
  const read = await pages((sql) => listTasks(sql, session.tenantId, { metadata: { order: '7' } }, { limit: 50 }))
  expect(read).toBeLessThan(60)
})

it('a request has the tasks of a session counted in the index, without reading them', async () => {
  const read = await pages((sql) => readSessions(sql, 's.tenant_id = $1 and s.id = $2', [session.tenantId, session.id]))
  expect(read).toBeLessThan(200)
})
