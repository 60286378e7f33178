import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '#core/database/database.ts'
import { mint } from '#core/runtime/crypto.ts'
import { createStores } from '#core/runtime/postgres-stores.ts'
import type { Stores } from '#core/runtime/stores.ts'
import { defaultLimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import { pagesRead } from '#support/assertions/pages-read.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { createWakes } from '#support/builders/wakes.ts'

const builder = useStore()
let session: BuiltSession
beforeAll(async () => {
  session = await builder.session()
  await fill(session)
})

const { addOwed } = createWakes(builder)
const many = 3_000
const tomorrow = "clock_timestamp() + interval '1 day'"

/** Thousands of everything whose time will come, but has not. */
async function fill(given: BuiltSession): Promise<void> {
  const { database } = builder
  const { id, tenantId, endpointId } = given
  const [completed, waiting] = await builder.tasks(given, {}, { suspended: true })
  await builder.complete(completed!.id)
  await addOwed(given, many)
  await database.run("update session set wake_due_at = '9999-01-01' where wake_due_at is not null")
  await database.run(
    `insert into wake (id, tenant_id, session_id, state, opened_at, deadline, delay_after_seconds)
     select 'wak_' || id, tenant_id, id, 'open', clock_timestamp(), ${tomorrow}, 60 from session where id <> $1`,
    [id],
  )
  await database.run(
    `insert into delivery_lane (session_id, endpoint_id, due_at, last_position)
     select id, endpoint_id, ${tomorrow}, 1 from session where id <> $1`,
    [id],
  )
  await database.run(
    `insert into delivery (id, tenant_id, session_id, endpoint_id, event_id, position, state, ended_at)
     select 'dlv_' || id, $1, session_id, $2, id, 1, 'failed', clock_timestamp() from event where session_id <> $3`,
    [tenantId, endpointId, id],
  )
  await database.run(
    `insert into idempotency_key (scope, key, fingerprint, status, body)
     select $1, n, '', 200, '' from generate_series(1, $2::int) n`,
    [tenantId, many],
  )
  await database.run(`update task set file_lease_expires_at = ${tomorrow}, resume_until = ${tomorrow} where id = $1`, [
    completed!.id,
  ])
  await database.run(
    `update task set state = 'waiting', asks_before_begin = true, deadline = ${tomorrow}, ready_at = ${tomorrow} where id = $1`,
    [waiting!.id],
  )
  await database.run(
    `insert into task select (jsonb_populate_record(t, jsonb_build_object(
       'id', t.id || n, 'task_identifier', t.task_identifier * 10000 + n))).* from task t, generate_series(1, $1::int) n`,
    [many],
  )
  await endSome()
  await database.run('vacuum analyze')
}

/** What has ended, thousands of each, and is kept for a while. */
async function endSome(): Promise<void> {
  const { database } = builder
  const ended = await builder.session(undefined, { delegate: { kind: 'pull' } })
  const { id, tenantId } = await builder.task(ended)
  await builder.stores.tasks.cancelTask(tenantId, id)
  await builder.stores.sessions.invalidateSession(tenantId, ended.identifier, 'finish')
  await builder.stores.sessions.invalidateSessions()
  await database.run(
    `insert into task select (jsonb_populate_record(t, jsonb_build_object('id', t.id || n, 'task_identifier', 1 + n))).*
     from task t, generate_series(1, ${many}) n where t.id = $1`,
    [id],
  )
  await database.run(
    `insert into session select (jsonb_populate_record(s, jsonb_build_object('id', s.id || n))).*
     from session s, generate_series(1, ${many}) n where s.id = $1`,
    [ended.id],
  )
  const now = 'clock_timestamp()'
  await database.run(
    `insert into wake (id, tenant_id, session_id, state, opened_at, deadline, closed_at, delay_after_seconds)
     select 'wak_' || n, $1, $2, 'completed', ${now}, ${now}, ${now}, 60 from generate_series(1, ${many}) n`,
    [tenantId, ended.id],
  )
  await database.run(`insert into gone_task select $1, 'tsk_' || n, ${now} from generate_series(1, ${many}) n`, [
    tenantId,
  ])
  await database.run(
    `insert into presence (tenant_id, key_id, action, at) select $1, 'key', 'ended', ${now} from generate_series(1, ${many}) n`,
    [tenantId],
  )
  await database.run(
    `insert into endpoint (id, tenant_id, state, deleted_at) select 'whe_' || n, $1, 'disabled', ${now}
     from generate_series(1, ${many}) n`,
    [tenantId],
  )
  await database.run(
    `insert into usage_hour (tenant_id, hour, part) select $1, ${now} - make_interval(hours => n), 0
     from generate_series(1, ${many}) n`,
    [tenantId],
  )
}

describe('what dispatchers look for again and again', () => {
  const looks: [string, (stores: Stores) => Promise<unknown>][] = [
    ['questions to be asked or settled', (stores) => stores.decisions.decide()],
    ['lanes that are due', (stores) => stores.deliveries.listDueDeliveryLanes(100)],
    ['lanes of streams that are due', (stores) => stores.listen.listDueStreamDeliveryLanes([session.endpointId!])],
    ['wakes that are owed or late', (stores) => stores.wakes.openWakes()],
    ['the next time at which something is due', (stores) => stores.dispatch.nextDueInMs()],
    ['hours that have closed', (stores) => stores.sessions.holdClosedSessions()],
    ['sessions to be canceled', (stores) => stores.sessions.cancelTasks()],
    ['sessions that could have ended', (stores) => stores.sessions.invalidateSessions()],
    ['files whose lease has ended', (stores) => stores.files.expireFiles()],
    ['resume data that is kept no longer', (stores) => stores.tasks.expireResumeData()],
    ['responses that are replayed no longer', (stores) => stores.idempotency.forgetResponses()],
    ['events and dead letters that are kept no longer', (stores) => stores.recoveries.sweepEvents()],
    ['tasks that are kept no longer', (stores) => stores.retention.forgetTasks()],
    ['sessions that are kept no longer', (stores) => stores.retention.forgetSessions()],
    ['wakes, endpoints and other traces that are kept no longer', (stores) => stores.retention.forgetTraces()],
    ['usage that is kept no longer', (stores) => stores.retention.forgetUsage()],
    ['tenants of which something has changed', (stores) => stores.usage.sampleTenants()],
    ['tenants that are to be removed', (stores) => stores.tenants.leaseRemoval()],
    ['garbage', (stores) => stores.files.leaseOrphans()],
  ]
  it.each(looks)('%s are found by reading a few pages, however much waits for its time', async (_, look) => {
    const pages = await pagesRead(builder.database, (explaining) =>
      look(createStores(explaining, mint, builder.encryptor, defaultLimiterPolicy)),
    )
    expect(pages).toBeLessThan(30)
  })
})

it('finds when something is due next by reading a few pages, however much is due', async () => {
  const past = "clock_timestamp() - interval '1 minute'"
  await builder.database.run(`update delivery_lane set due_at = ${past} where due_at > clock_timestamp()`)
  await builder.database.run(`update session set wake_due_at = ${past} where wake_due_at > clock_timestamp()`)
  await builder.database.run('vacuum analyze')
  const look = (explaining: Database) =>
    createStores(explaining, mint, builder.encryptor, defaultLimiterPolicy).dispatch.nextDueInMs()
  expect(await pagesRead(builder.database, look)).toBeLessThan(30)
})

it('comes to a file whose lease has ended behind any number of those whose completion is undelivered, some in each sweep', async () => {
  const undelivered = await builder.session()
  const first = await builder.task(undelivered)
  await builder.complete(first.id)
  await builder.database.run(
    "update task set file_lease_expires_at = clock_timestamp() - interval '1 minute' where id = $1",
    [first.id],
  )
  await builder.database.run(
    `with more as (
       select id || n as id, n from task, generate_series(1, 2500) n where task.id = $1
     ), tasks as (
       insert into task select (jsonb_populate_record(t, jsonb_build_object('id', t.id || n, 'task_identifier', 1 + n))).*
       from task t, more where t.id = $1
     )
     insert into event select (jsonb_populate_record(e, jsonb_build_object('id', e.id || n, 'task_id', more.id,
       'sequence', 100 + n, 'tenant_sequence', 100 + n))).*
     from event e, more where e.task_id = $1 and e.type = 'task.completed'`,
    [first.id],
  )
  const { id, tenantId } = await builder.task(await builder.session(undefined, { delegate: { kind: 'pull' } }))
  await builder.complete(id)
  await builder.database.run(
    "update task set file_lease_expires_at = clock_timestamp() - interval '1 second' where id = $1",
    [id],
  )
  const states: (string | undefined)[] = []
  for (let sweep = 0; sweep < 3; sweep++) {
    await builder.stores.files.expireFiles()
    states.push((await builder.stores.tasks.findTask(tenantId, id))!.file?.state)
  }
  expect(states).toEqual(['temporary', 'temporary', 'expired'])
  expect((await builder.find(first)).file?.state).toBe('temporary')
})
