import { describe, expect, it } from 'vitest'
import { mint } from '#core/runtime/crypto.ts'
import { createStores } from '#core/runtime/postgres-stores.ts'
import type { Stores } from '#core/runtime/stores.ts'
import { defaultLimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { createDecisions } from '#support/builders/decisions.ts'
import { createLanes } from '#support/builders/lanes.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
const decisions = createDecisions(builder)

const { woken, take } = createLanes(builder)
/** All that there is has happened so many days earlier. */
async function age({ tenantId }: BuiltSession, days: number): Promise<void> {
  const earlier = (column: string) => `${column} = ${column} - make_interval(days => $2)`
  await builder.database.run(`update event set ${earlier('created_at')} where tenant_id = $1`, [tenantId, days])
  await builder.database.run(
    `update delivery set ${earlier('created_at')}, ${earlier('ended_at')} where tenant_id = $1`,
    [tenantId, days],
  )
}
const feedOf = async ({ tenantId }: BuiltSession, after?: string) =>
  (await builder.stores.events.listEvents(tenantId, {}, { limit: 100, after })).data
const typesIn = async (session: BuiltSession) => (await feedOf(session)).map(({ type }) => type)
const rowsOf = async ({ tenantId }: BuiltSession) =>
  (await builder.database.first<{ events: number; deliveries: number; attempts: number }>(
    `select (select count(*) from event where tenant_id = $1)::int as events,
       (select count(*) from delivery where tenant_id = $1)::int as deliveries,
       (select count(*) from delivery_attempt a join delivery d on d.id = a.delivery_id where d.tenant_id = $1)::int as attempts`,
    [tenantId],
  ))!
const orphans = () =>
  builder.database.many(
    'select 1 from delivery_attempt a where not exists (select 1 from delivery where id = a.delivery_id)',
  )
async function delivered(): Promise<BuiltSession> {
  const session = await woken()
  await builder.deliver(session)
  return session
}
async function fail(session: BuiltSession): Promise<void> {
  await builder.database.run(
    `update delivery set state = 'failed' where tenant_id = $1
       and event_id = (select id from event where tenant_id = $1 and type = 'task.completed')`,
    [session.tenantId],
  )
}

describe('events', () => {
  it('are kept for thirty days, and then forgotten with their deliveries and attempts', async () => {
    const session = await delivered()
    await age(session, 29)
    await builder.stores.recoveries.sweepEvents()
    expect(await rowsOf(session)).toEqual({ events: 4, deliveries: 4, attempts: 4 })
    await age(session, 1)
    await builder.stores.recoveries.sweepEvents()
    expect(await rowsOf(session)).toEqual({ events: 0, deliveries: 0, attempts: 0 })
    expect(await orphans()).toEqual([])
  })

  it.each([1, 365])('are kept for %d days when the operator says so', async (eventRetentionDays) => {
    const session = await delivered()
    const stores = createStores(builder.database, mint, builder.encryptor, defaultLimiterPolicy, { eventRetentionDays })
    await age(session, eventRetentionDays - 1)
    await stores.recoveries.sweepEvents()
    expect(await feedOf(session)).toHaveLength(4)
    await age(session, 1)
    await stores.recoveries.sweepEvents()
    expect(await feedOf(session)).toEqual([])
  })

  it('that were read before go on with the oldest that is kept, from any cursor', async () => {
    const session = await delivered()
    const { nextCursor } = await builder.stores.events.listEvents(session.tenantId, {}, { limit: 1 })
    await age(session, 31)
    const gone = (await feedOf(session))[1]!.id
    await builder.complete((await builder.task(session)).id)
    await builder.stores.recoveries.sweepEvents()
    expect((await feedOf(session, nextCursor!)).map(({ sequence }) => sequence)).toEqual([5, 6])
    await expect(feedOf(session, gone)).rejects.toMatchObject({ errors: [{ pointer: '/query/after' }] })
  })

  it('stay while they are pending, held, in an open wake, or of a task that has not ended', async () => {
    const pending = await woken()
    const open = await builder.session(undefined, { wakeCompletion: 'explicit' })
    await builder.deliver(await woken(open))
    const held = await builder.session()
    await builder.complete((await builder.task(held)).id)
    const asking = await decisions.session()
    await decisions.delayed(asking)
    await builder.stores.decisions.decide()
    await decisions.question(asking)
    await builder.database.run("update delivery set state = 'canceled' where tenant_id = $1", [asking.tenantId])
    const all = [pending, open, held, asking]
    for (const session of all) await age(session, 40)
    const before = await Promise.all(all.map(typesIn))
    expect(before.map(({ length }) => length)).toEqual([3, 4, 2, 1])
    await builder.stores.recoveries.sweepEvents()
    expect(await Promise.all(all.map(typesIn))).toEqual(before)
    await builder.deliver(pending)
    await age(pending, 40)
    await builder.stores.recoveries.sweepEvents()
    expect(await typesIn(pending)).toEqual([])
  })
})

describe('a dead letter', () => {
  it('can be retried for thirty days, however short events are kept, and is forgotten then', async () => {
    const session = await delivered()
    const short: Stores = createStores(builder.database, mint, builder.encryptor, defaultLimiterPolicy, {
      eventRetentionDays: 1,
    })
    await fail(session)
    await age(session, 29)
    await short.recoveries.sweepEvents()
    expect(await typesIn(session)).toEqual(['task.completed'])
    const [dead] = (await builder.stores.deliveries.listDeliveries(session.tenantId, {}, { limit: 10 })).data
    expect(await builder.stores.deliveries.listAttempts(session.tenantId, dead!.id)).toHaveLength(1)
    await age(session, 1)
    await short.recoveries.sweepEvents()
    expect(await rowsOf(session)).toEqual({ events: 0, deliveries: 0, attempts: 0 })
    expect(await orphans()).toEqual([])
  })

  it('is kept as long as events are, where that is longer: it counts as undelivered', async () => {
    const session = await delivered()
    const long = createStores(builder.database, mint, builder.encryptor, defaultLimiterPolicy, {
      eventRetentionDays: 365,
    })
    await fail(session)
    await age(session, 364)
    await long.recoveries.sweepEvents()
    expect(await rowsOf(session)).toEqual({ events: 4, deliveries: 4, attempts: 4 })
    await age(session, 1)
    await long.recoveries.sweepEvents()
    expect(await rowsOf(session)).toEqual({ events: 0, deliveries: 0, attempts: 0 })
  })

  it('that is retried while the sweep runs is either, never half of it', async () => {
    const sweepers = [builder.otherProcess(), builder.otherProcess()]
    for (let round = 0; round < 12; round++) {
      const session = await delivered()
      const succeeded = (await builder.stores.deliveries.listDeliveries(session.tenantId, {}, { limit: 10 })).data[2]!
      await age(session, 31)
      const swept = sweepers.map((stores) => stores.recoveries.sweepEvents())
      const retried = await builder.stores.deliveries.retryDelivery(session.tenantId, succeeded.id)
      await Promise.all(swept)
      const there = retried === 'not_found' ? { events: 0, deliveries: 0, attempts: 0 } : { deliveries: 1, attempts: 1 }
      expect(await rowsOf(session)).toMatchObject(there)
      if (retried !== 'not_found') expect(await take(session)).toMatchObject({ deliveryId: succeeded.id })
    }
    expect(await orphans()).toEqual([])
  })

  it('whose retry has begun is left by the sweep, and one that the sweep has is not retried', async () => {
    const session = await delivered()
    const [first] = (await builder.stores.deliveries.listDeliveries(session.tenantId, {}, { limit: 10 })).data
    await age(session, 31)
    const holder = await builder.database.pool.connect()
    await holder.query('begin')
    await holder.query('select 1 from event where id = $1 for key share', [first!.eventId])
    await builder.stores.recoveries.sweepEvents()
    expect(await feedOf(session)).toMatchObject([{ id: first!.eventId }])
    await holder.query('commit; begin')
    await holder.query('delete from event where id = $1', [first!.eventId])
    const retried = builder.stores.deliveries.retryDelivery(session.tenantId, first!.id)
    await eventually('the retry waits', () =>
      builder.database
        .first(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
           and query like '%for key share%'`,
        )
        .then((found) => found !== null),
    )
    await holder.query('commit')
    holder.release()
    expect(await retried).toBe('not_found')
  })
})

describe('the sweep', () => {
  it('goes through more than one batch, past what has to stay, with several at it', async () => {
    const session = await builder.session()
    await builder.complete((await builder.task(session)).id)
    await age(session, 60)
    await builder.database.run(
      `with feed as (
         update feed set last_sequence = last_sequence + 2500 where tenant_id = $1 returning last_sequence - 2500 as before
       )
       insert into event (id, tenant_id, type, sequence, tenant_sequence, data, created_at)
       select 'evt_' || n || $1, $1, 'endpoint.test', before + n, before + n, '{}', now() - interval '31 days'
       from feed, generate_series(1, 2500) as n`,
      [session.tenantId],
    )
    await Promise.all(
      [builder.stores, builder.otherProcess(), builder.otherProcess()].map((each) => each.recoveries.sweepEvents()),
    )
    await builder.stores.recoveries.sweepEvents()
    expect(await typesIn(session)).toEqual(['task.finished_downloading', 'task.completed'])
  })
})
