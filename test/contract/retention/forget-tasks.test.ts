import { describe, expect, it } from 'vitest'
import type { Database, Sql } from '#core/database/database.ts'
import { mint } from '#core/runtime/crypto.ts'
import { createStores } from '#core/runtime/postgres-stores.ts'
import { defaultLimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import { createDecisions } from '#support/builders/decisions.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { type BuiltSession, facts, failure, part, transfer } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()
const decisions = () => createDecisions(builder)

const pull = () => builder.session(undefined, { delegate: { kind: 'pull' } })
const run = (sql: string, ...params: unknown[]) => builder.database.run(sql, params)

/** All that there is has happened so many days earlier. */
async function age(days: number): Promise<void> {
  const columns = { task: ['ended_at'], event: ['created_at'], delivery: ['created_at', 'ended_at'] }
  for (const [table, names] of Object.entries(columns)) {
    const set = names.map((name) => `${name} = ${name} - make_interval(days => $1)`)
    await run(`update ${table} set ${set.join(', ')}`, days)
  }
}

const tables = ['task', 'task_step', 'transfer_part', 'decision', 'event', 'delivery', 'delivery_attempt', 'gone_task']
async function rows(): Promise<Record<string, number>> {
  const counts = tables.map((table) => `(select count(*)::int from ${table}) as ${table}`)
  return (await builder.database.first(`select ${counts.join(', ')}`))!
}
const nothing = { task: 0, taskStep: 0, transferPart: 0, decision: 0, event: 0, delivery: 0, deliveryAttempt: 0 }

/** A task that has completed and whose file has gone. */
async function released(session: BuiltSession): Promise<string> {
  const { id } = await builder.task(session)
  await builder.complete(id)
  await builder.stores.files.changeFile(session.tenantId, id, { kind: 'release' })
  await clearGarbage()
  return id
}
/** As the sweeper does when it has removed the objects. */
async function clearGarbage(): Promise<void> {
  for (const { taskId, orphans } of await builder.stores.files.leaseOrphans())
    await builder.stores.files.clearOrphans(taskId, orphans)
}
async function canceled(session: BuiltSession): Promise<string> {
  const { id, tenantId } = await builder.task(session)
  await builder.stores.tasks.cancelTask(tenantId, id)
  return id
}
async function failed(session: BuiltSession): Promise<string> {
  const { id } = await builder.task(session)
  const { lease } = await builder.begin(id)
  const begun = transfer(lease.epoch)
  await builder.stores.transfers.startGeneration(lease, begun, facts)
  await builder.stores.transfers.recordPart(lease, begun.generation, part(1))
  await builder.stores.transfers.failAttempt(lease, failure(null))
  return id
}

describe('a task that ended thirty days ago', () => {
  const going: [string, () => Promise<unknown>][] = [
    ['is canceled', async () => canceled(await pull())],
    ['is completed, its file released', async () => released(await pull())],
    [
      'is completed, its file expired',
      async () => {
        const { id } = await builder.task(await pull())
        await builder.complete(id)
        await run('update task set file_lease_expires_at = clock_timestamp() where id = $1', id)
        await builder.stores.files.expireFiles()
        await clearGarbage()
      },
    ],
    [
      'was delivered',
      async () => {
        const session = await createLanes(builder).woken()
        await builder.deliver(session)
        await run("update task set file_state = 'released'")
      },
    ],
    [
      'is held for an endpoint that was deleted',
      async () => {
        const session = await builder.session()
        await canceled(session)
        await run("update endpoint set state = 'disabled', deleted_at = clock_timestamp()")
      },
    ],
    [
      'was canceled while a question was open',
      async () => {
        const session = await decisions().session()
        const { id } = await decisions().delayed(session)
        await builder.stores.decisions.decide()
        await builder.stores.tasks.cancelTask(session.tenantId, id)
        await run('update event set held = false')
        await run("update delivery set state = 'canceled', ended_at = created_at")
        await run("update wake set state = 'expired', closed_at = opened_at")
      },
    ],
  ]
  it.each(going)('goes with all that is about it when it %s', async (_, make) => {
    await make()
    await age(29)
    expect(await builder.stores.retention.forgetTasks()).toBe(0)
    await age(1)
    expect(await builder.stores.retention.forgetTasks()).toBe(1)
    expect(await builder.database.many('select type from event where task_id is not null')).toEqual([])
    // The wake's own events are as old, and go by themselves.
    await builder.stores.recoveries.sweepEvents()
    expect(await rows()).toEqual({ ...nothing, goneTask: 1 })
  })

  const staying: [string, () => Promise<unknown>][] = [
    ['has not been told, as its wake is still owed', async () => canceled(await builder.session())],
    [
      'has a delivery that is pending',
      async () => {
        await createLanes(builder).woken()
        await run("update task set file_state = 'released'")
      },
    ],
    [
      'has a dead letter that can still be retried',
      async () => {
        await builder.deliver(await createLanes(builder).woken())
        await run("update task set file_state = 'released'")
        await run(
          `update delivery set state = 'failed', ended_at = ended_at + interval '10 days'
           where event_id in (select id from event where task_id is not null)`,
        )
      },
    ],
    [
      'is told in a wake that is still open',
      async () => {
        const session = await builder.session(undefined, { wakeCompletion: 'explicit' })
        await builder.deliver(await createLanes(builder).woken(session))
        await run("update task set file_state = 'released'")
      },
    ],
    ['has a temporary file', async () => builder.complete((await builder.task(await pull())).id)],
    [
      'has a permanent file',
      async () => {
        const { id, tenantId } = await builder.task(await pull())
        await builder.complete(id)
        await builder.stores.files.changeFile(tenantId, id, { kind: 'keep' })
      },
    ],
    [
      'has an object that the sweeper has not removed yet',
      async () => {
        const { id, tenantId } = await builder.task(await pull())
        await builder.complete(id)
        await builder.stores.files.changeFile(tenantId, id, { kind: 'release' })
      },
    ],
    ['keeps what resume data needs', async () => failed(await pull())],
    ['has a claim on a key', async () => builder.stores.files.claimFileKey(await canceled(await pull()), 'tenant/key')],
  ]
  it.each(staying)('stays as long as it %s', async (_, make) => {
    await make()
    const before = await rows()
    await age(40)
    expect(await builder.stores.retention.forgetTasks()).toBe(0)
    expect(await rows()).toEqual(before)
  })

  it('goes once its resume data has expired and its parts are removed', async () => {
    await failed(await pull())
    await age(40)
    await run("update task set resume_until = clock_timestamp() - interval '1 second'")
    await builder.stores.tasks.expireResumeData()
    await clearGarbage()
    expect(await builder.stores.retention.forgetTasks()).toBe(1)
    expect(await rows()).toMatchObject({ task: 0, transferPart: 0, taskStep: 0 })
  })
})

it('leaves tasks alone that have not ended, however old they are', async () => {
  await builder.tasks(await pull(), {}, { suspended: true })
  await run("update task set created_at = created_at - interval '1 year'")
  expect(await builder.stores.retention.forgetTasks()).toBe(0)
})

it('leaves a young event that was told in the feed when its task goes', async () => {
  const session = await pull()
  await canceled(session)
  await age(40)
  await run("update event set created_at = clock_timestamp() - interval '10 days'")
  expect(await builder.stores.retention.forgetTasks()).toBe(1)
  const { data } = await builder.stores.events.listEvents(session.tenantId, {}, { limit: 10 })
  expect(data.map(({ type }) => type)).toEqual(['task.completed'])
})

it.each([1, 365])('keeps tasks for %d days when the operator says so', async (taskRetentionDays) => {
  await canceled(await pull())
  const { retention } = createStores(builder.database, mint, builder.encryptor, defaultLimiterPolicy, {
    taskRetentionDays,
  })
  await age(taskRetentionDays - 1)
  expect(await retention.forgetTasks()).toBe(0)
  await age(1)
  expect(await retention.forgetTasks()).toBe(1)
})

it('changes nothing of what the tenant has in stock', async () => {
  const session = await pull()
  await released(session)
  await builder.complete((await builder.task(session)).id)
  await builder.task(session)
  const totals = () => builder.database.many('select * from tenant_total')
  const before = await totals()
  await age(40)
  expect(await builder.stores.retention.forgetTasks()).toBe(1)
  expect(await totals()).toEqual(before)
})

/** So many tasks that were canceled long ago. */
async function manyCanceled(count: number): Promise<void> {
  const session = await pull()
  await builder.tasks(session, ...Array.from({ length: count }, () => ({})))
  await builder.stores.sessions.invalidateSession(session.tenantId, session.identifier, 'cancel')
  while ((await builder.stores.sessions.cancelTasks()) > 0);
  await age(40)
}

describe('several sweepers', () => {
  it('share what there is, and each task goes once', async () => {
    await manyCanceled(900)
    const sweepers = [builder.stores, builder.otherProcess(), builder.otherProcess()]
    let forgotten = 0
    for (let sweep = 0; sweep < 10 && forgotten < 900; sweep++) {
      const each = await Promise.all(sweepers.map((stores) => stores.retention.forgetTasks()))
      forgotten += each.reduce((sum, one) => sum + one, 0)
    }
    expect(forgotten).toBe(900)
    expect(await rows()).toMatchObject({ task: 0, taskStep: 0, goneTask: 900 })
  })

  it('at work on the first ones do not keep another from those behind', async () => {
    await manyCanceled(900)
    await builder.database.transaction(async (tx) => {
      const first = 'select 1 from task order by ended_at, id limit 450 for update'
      expect(await tx.run(first)).toBe(450)
      const { retention } = builder.otherProcess()
      expect([await retention.forgetTasks(), await retention.forgetTasks()]).toEqual([400, 50])
    })
    expect([await builder.stores.retention.forgetTasks(), (await rows()).task]).toEqual([400, 50])
  })

  it('come to a task behind any number of those that stay', async () => {
    const untold = await builder.session()
    const { id } = await builder.task(untold)
    await builder.stores.tasks.cancelTask(untold.tenantId, id)
    await run(
      `with more as (
         insert into task select (jsonb_populate_record(t, jsonb_build_object('id', t.id || n, 'task_identifier', 1 + n))).*
         from task t, generate_series(1, 4_500) n returning id, task_identifier as n
       )
       insert into event select (jsonb_populate_record(e, jsonb_build_object('id', e.id || n, 'task_id', more.id,
         'sequence', 100 + n, 'tenant_sequence', 100 + n))).*
       from event e, more where e.task_id = $1`,
      id,
    )
    await age(40)
    await canceled(await pull())
    await age(31)
    const sweeps: number[] = []
    for (let sweep = 0; sweep < 4; sweep++) sweeps.push(await builder.stores.retention.forgetTasks())
    // Each looks at a bounded number of them.
    expect(sweeps).toEqual([0, 0, 1, 0])
    expect(await rows()).toMatchObject({ task: 4_501, goneTask: 1 })
  })

  it('pass over a task that somebody has locked, or whose event is being retried', async () => {
    const session = await pull()
    const ids = [await canceled(session), await canceled(session), await canceled(session)]
    await age(40)
    await builder.database.transaction(async (tx) => {
      await tx.run('select 1 from task where id = $1 for update', [ids[0]])
      await tx.run('select 1 from event where task_id = $1 for key share', [ids[1]])
      expect(await builder.otherProcess().retention.forgetTasks()).toBe(1)
    })
    expect(await builder.stores.retention.forgetTasks()).toBe(2)
  })
})

it('loses nothing when it is killed at any statement, and goes on the next time', async () => {
  await builder.deliver(await createLanes(builder).woken())
  await run("update task set file_state = 'released'")
  await age(40)
  const before = await rows()
  for (let at = 1; ; at++) {
    const { retention } = createStores(dyingAt(at), mint, builder.encryptor, defaultLimiterPolicy)
    const swept = await retention.forgetTasks().catch(() => null)
    if (swept === 1) break
    expect(at).toBeLessThan(10)
    expect(await rows()).toEqual(before)
  }
  // Those of the wake's own events are left.
  expect(await rows()).toMatchObject({ task: 0, event: 2, delivery: 2, deliveryAttempt: 2, goneTask: 1 })
  expect(await builder.stores.retention.forgetTasks()).toBe(0)
})

/** The database of a process that dies right behind the n-th statement of a transaction. */
function dyingAt(n: number): Database {
  const { database } = builder
  let statements = 0
  const counted = async <T>(result: Promise<T>): Promise<T> => {
    const value = await result
    statements += 1
    if (statements === n) throw new Error('killed')
    return value
  }
  const dying = (tx: Sql): Sql => ({
    many: (sql, params) => counted(tx.many(sql, params)),
    first: (sql, params) => counted(tx.first(sql, params)),
    run: (sql, params) => counted(tx.run(sql, params)),
  })
  return { ...database, transaction: (work) => database.transaction((tx) => work(dying(tx))) }
}
