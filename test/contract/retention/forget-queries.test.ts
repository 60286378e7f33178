import { beforeAll, describe, expect, it } from 'vitest'
import { mint } from '#core/runtime/crypto.ts'
import { createStores } from '#core/runtime/postgres-stores.ts'
import type { Stores } from '#core/runtime/stores.ts'
import { defaultLimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import { pagesRead } from '#support/assertions/pages-read.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
const old = 100
const many = 3_000

/** Old tasks, a half of them untold, when statistics are collected; then much begins that these do not know of. */
beforeAll(async () => {
  const { database } = builder
  const owed = await builder.session()
  const told = await builder.session(undefined, { delegate: { kind: 'pull' } })
  for (const session of [owed, told]) {
    await builder.tasks(session, ...Array.from({ length: old / 2 }, () => ({})))
    await builder.stores.sessions.invalidateSession(session.tenantId, session.identifier, 'cancel')
  }
  while ((await builder.stores.sessions.cancelTasks()) > 0);
  await database.run("update task set ended_at = ended_at - interval '40 days'")
  await database.run("update event set created_at = created_at - interval '40 days', wake_id = 'wak_gone'")
  await database.run('vacuum analyze')
  await database.run(
    `insert into task select (jsonb_populate_record(t, jsonb_build_object('id', t.id || n, 'task_identifier', 1000 + n,
       'state', 'waiting', 'ended_at', null))).*
     from task t, generate_series(1, ${many}) n where t.session_id = $1 and t.task_identifier = 1`,
    [told.id],
  )
  await database.run(
    `insert into session select (jsonb_populate_record(s, jsonb_build_object('id', s.id || n, 'identifier', n))).*
     from session s, generate_series(1, ${many}) n where s.id = $1`,
    [owed.id],
  )
  await database.run(
    `insert into wake (id, tenant_id, session_id, state, opened_at, deadline, delay_after_seconds)
     select 'wak_' || id, tenant_id, id, 'open', clock_timestamp(), clock_timestamp(), 60 from session`,
  )
})

describe('of each old task a few pages are read, however much has begun since statistics were collected, to find', () => {
  const looks: [string, (stores: Stores) => Promise<unknown>][] = [
    ['whether it is kept', (stores) => stores.retention.forgetTasks()],
    ['whether its events are', (stores) => stores.recoveries.sweepEvents()],
  ]
  it.each(looks)('%s', async (_, look) => {
    const pages = await pagesRead(builder.database, (explaining) =>
      look(createStores(explaining, mint, builder.encryptor, defaultLimiterPolicy)),
    )
    expect(pages / old).toBeLessThan(25)
  })
})
