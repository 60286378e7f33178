import { describe, expect, it } from 'vitest'
import type { EventFilter } from '#core/events/feed-store.ts'
import type { Envelope } from '#core/events/rules/event.ts'
import { appendTenantEvent } from '#core/ledger/append-tenant-event.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { type BuiltSession, failure } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

/** Reads page after page until `done` and nothing more comes. */
async function readAll(
  tenantId: string,
  { filter = {}, limit = 7, done = () => true }: { filter?: EventFilter; limit?: number; done?: () => boolean } = {},
): Promise<Envelope[]> {
  const read: Envelope[] = []
  let after: string | undefined
  for (;;) {
    const last = done()
    const { data, nextCursor } = await builder.stores.events.listEvents(tenantId, filter, { limit, after })
    read.push(...data)
    after = nextCursor!
    if (last && data.length === 0) return read
  }
}

async function withTasks(session: BuiltSession, count: number): Promise<string[]> {
  return (await builder.tasks(session, ...Array(count).fill({}))).map(({ id }) => id)
}

const idsOf = (events: Envelope[]) => events.map(({ id }) => id)

describe('the feed', () => {
  it('never skips an event for a reader who pages while several sessions write, and numbers have no gaps', async () => {
    const tenantId = await builder.tenant()
    const sessions = await Promise.all(
      Array.from({ length: 5 }, () => builder.session(tenantId, { wakeMaximumLatency: 0.01 })),
    )
    let writing = sessions.length + 1
    const writers = sessions.map(async (session) => {
      const stores = builder.otherProcess()
      const ids = await withTasks(session, 30)
      await Promise.all(
        ids.map(async (id, n) => {
          if (n % 3 === 0) await stores.tasks.cancelTask(tenantId, id)
          else {
            // Some of the writes are rolled back after they had their numbers.
            const broken = builder.storesWith({ mint: { id: breakAfter(1) } })
            await broken.tasks.cancelTask(tenantId, id).catch(() => undefined)
            await stores.tasks.cancelTask(tenantId, id)
          }
        }),
      )
      writing -= 1
    })
    const waking = (async () => {
      for (let round = 0; round < 20; round++) {
        await builder.stores.wakes.openWakes()
        await Promise.all(sessions.map((session) => builder.deliver(session)))
      }
      writing -= 1
    })()
    const reader = readAll(tenantId, { done: () => writing === 0 })
    await Promise.all([...writers, waking])
    const read = await reader
    const stored = await builder.database.many<{ id: string; tenantSequence: bigint }>(
      'select id, tenant_sequence from event where tenant_id = $1 order by tenant_sequence',
      [tenantId],
    )
    expect(idsOf(read)).toEqual(stored.map(({ id }) => id))
    expect(stored.length).toBeGreaterThan(150)
    expect(stored.map(({ tenantSequence }) => Number(tenantSequence))).toEqual(stored.map((_, n) => n + 1))
    for (const { identifier } of sessions) {
      const numbers = read.filter(({ sessionIdentifier }) => sessionIdentifier === identifier)
      expect(numbers.map(({ sequence }) => sequence)).toEqual(numbers.map((_, n) => n + 1))
    }
  })

  it('shows no event before every one with a smaller number, also while a writer has not committed', async () => {
    const session = await builder.session()
    const { tenantId } = session
    const [slow, quick] = await withTasks(session, 2)
    const other = await builder.session(tenantId)
    const [elsewhere] = await withTasks(other, 1)
    await builder.stores.tasks.cancelTask(tenantId, quick!)
    const first = await readAll(tenantId)
    expect(first).toHaveLength(1)
    // A transaction that has its number and has not committed.
    const writer = await builder.database.pool.connect()
    await writer.query('begin')
    await writer.query('update feed set last_sequence = last_sequence + 1 where tenant_id = $1', [tenantId])
    const waiting = builder.stores.tasks.cancelTask(tenantId, elsewhere!)
    expect(idsOf(await readAll(tenantId))).toEqual(idsOf(first))
    await writer.query('rollback')
    writer.release()
    await waiting
    await builder.stores.tasks.cancelTask(tenantId, slow!)
    expect((await readAll(tenantId)).slice(0, 1)).toEqual(first)
    expect(await readAll(tenantId)).toHaveLength(3)
  })

  it('does not skip an event that commits late, of the tenant or of a session, for a reader who goes on from its cursor', async () => {
    const session = await builder.session()
    const { tenantId } = session
    const [canceled] = await withTasks(session, 1)
    const event = (name: string) => ({ type: 'endpoint.test', data: { name } }) as const
    const written = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    // It has its number, and commits when the others have long wanted theirs.
    const late = builder.database.transaction(async (tx) => {
      const { eventId } = await appendTenantEvent(tx, tenantId, event('late'), [])
      written.resolve()
      await release.promise
      return eventId
    })
    await written.promise
    const others = [
      builder.database.transaction((tx) => appendTenantEvent(tx, tenantId, event('waiting'), [])),
      builder.otherProcess().tasks.cancelTask(tenantId, canceled!),
    ]
    await eventually('both wait for the number', async () => {
      const row = await builder.database.first<{ waiting: number }>(
        `select count(*)::int as waiting from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like '%update feed set%'`,
      )
      return row!.waiting === 2
    })
    const before = await builder.stores.events.listEvents(tenantId, {}, { limit: 10 })
    expect(before.data).toEqual([])
    release.resolve()
    await Promise.all(others)
    const { data } = await builder.stores.events.listEvents(tenantId, {}, { limit: 10, after: before.nextCursor! })
    expect(data).toHaveLength(3)
    expect(data[0]!.id).toBe(await late)
    expect(new Set(data.map(({ type }) => type))).toEqual(new Set(['endpoint.test', 'task.completed']))
  })

  it('is filtered by session and by type, and goes on after an event’s id too', async () => {
    const session = await builder.session()
    const { tenantId } = session
    const other = await builder.session(tenantId)
    for (const each of [session, other]) for (const id of await withTasks(each, 2)) await builder.complete(id)
    const all = await readAll(tenantId)
    expect(all).toHaveLength(8)
    const inSession = await readAll(tenantId, { filter: { sessionIdentifier: other.identifier }, limit: 3 })
    expect(idsOf(inSession)).toEqual(idsOf(all.slice(4)))
    const type = 'task.completed'
    const ofType = await readAll(tenantId, { filter: { type }, limit: 1 })
    expect(idsOf(ofType)).toEqual(idsOf(all.filter((event) => event.type === type)))
    const after = await builder.stores.events.listEvents(tenantId, {}, { limit: 3, after: all[2]!.id })
    expect(idsOf(after.data)).toEqual(idsOf(all.slice(3, 6)))
    expect((await builder.stores.events.listEvents(await builder.tenant(), {}, { limit: 10 })).data).toEqual([])
  })

  it('is continued by a cursor even from an empty page, and refuses one that it never gave', async () => {
    const session = await builder.session()
    const { tenantId } = session
    const { nextCursor } = await builder.stores.events.listEvents(tenantId, {}, { limit: 10 })
    const [id] = await withTasks(session, 1)
    await builder.stores.tasks.cancelTask(tenantId, id!)
    const page = await builder.stores.events.listEvents(tenantId, {}, { limit: 10, after: nextCursor! })
    expect(page.data).toHaveLength(1)
    const stranger = await builder.tenant()
    for (const after of ['???', page.data[0]!.id]) {
      const listed = builder.stores.events.listEvents(stranger, {}, { limit: 10, after })
      await expect(listed).rejects.toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/query/after' }] })
    }
  })
})

describe('the lists beside it', () => {
  it('page through wakes and deliveries, filtered, and show a tenant only its own', async () => {
    const tenantId = await builder.tenant()
    const sessions = [await builder.session(tenantId), await builder.session(tenantId)]
    for (const session of sessions) {
      const [id] = await withTasks(session, 1)
      const { lease } = await builder.begin(id!)
      await builder.stores.transfers.failAttempt(lease, failure(null))
      await builder.stores.wakes.openWakes()
      await builder.deliver(session)
    }
    const [one, other] = sessions as [BuiltSession, BuiltSession]
    const first = await builder.stores.wakes.listWakes(tenantId, {}, { limit: 1 })
    const second = await builder.stores.wakes.listWakes(tenantId, {}, { limit: 1, cursor: first.nextCursor! })
    expect([...first.data, ...second.data].map(({ sessionIdentifier }) => sessionIdentifier)).toEqual([
      one.identifier,
      other.identifier,
    ])
    expect(second.nextCursor).toBeNull()
    const filter = { sessionIdentifier: other.identifier }
    expect((await builder.stores.wakes.listWakes(tenantId, filter, { limit: 5 })).data).toEqual(second.data)
    expect(await builder.stores.wakes.findWake(tenantId, first.data[0]!.id)).toEqual(first.data[0])

    const list = async (by: object, who = tenantId) =>
      (await builder.stores.deliveries.listDeliveries(who, by, { limit: 4 })).data
    expect(await list({ endpointId: one.endpointId! })).toHaveLength(3)
    expect(await list({ state: 'pending' })).toEqual([])
    const [delivery] = await list({ endpointId: other.endpointId!, state: 'succeeded' })
    expect(await list({ eventId: delivery!.eventId })).toEqual([delivery])
    expect(delivery).toMatchObject({ eventType: 'session.wake', sessionIdentifier: other.identifier, attempts: 1 })

    const stranger = await builder.tenant()
    expect(await list({}, stranger)).toEqual([])
    expect(await builder.stores.wakes.findWake(stranger, first.data[0]!.id)).toBeNull()
    expect(await builder.stores.deliveries.listAttempts(stranger, delivery!.id)).toBeNull()
    expect(await builder.stores.deliveries.listAttempts(tenantId, delivery!.id)).toHaveLength(1)
  })
})

/** Names that run out. */
function breakAfter(count: number): () => string {
  let left = count
  return () => {
    if (left-- > 0) return `evt_${crypto.randomUUID()}`
    throw new Error('the process died here')
  }
}
