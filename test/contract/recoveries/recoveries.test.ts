import { describe, expect, it } from 'vitest'
import { clockNow } from '#core/database/database.ts'
import { appendTenantEvent } from '#core/ledger/append-tenant-event.ts'
import type { Recovery } from '#core/recoveries/recovery-store.ts'
import type { Stores } from '#core/runtime/stores.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { waitForLock } from '#support/assertions/lock-waits.ts'
import { createDecisions } from '#support/builders/decisions.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { type BuiltSession, eventOf, made, typesOf } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { createWakes } from '#support/builders/wakes.ts'

const builder = useStore()
const decisions = createDecisions(builder)

const { woken, makeDue } = createLanes(builder)
const { wakesOf } = createWakes(builder)
const hourAgo = () => new Date(Date.now() - 3_600_000)
const setEndpoint = ({ endpointId }: BuiltSession, state: 'enabled' | 'disabled') =>
  builder.database.run('update endpoint set state = $2 where id = $1', [endpointId, state])

async function start(session: BuiltSession, range: { since?: Date; until?: Date } = {}): Promise<Recovery> {
  const { since = hourAgo(), until = null } = range
  const started = made(
    await builder.stores.recoveries.startRecovery(session.tenantId, session.endpointId!, { since, until }),
  )
  if (typeof started === 'string') throw new Error(started)
  return started
}
const find = async (recovery: Recovery, { tenantId }: BuiltSession) =>
  (await builder.stores.recoveries.findRecovery(tenantId, recovery.endpointId, recovery.id))!
async function workOff(stores: Stores = builder.stores): Promise<void> {
  while (await stores.recoveries.recoverEvents());
}
/** Until the wake that it leads to is open. */
async function recover(session: BuiltSession, range = {}): Promise<Recovery> {
  const recovery = await start(session, range)
  await workOff()
  await builder.stores.wakes.openWakes()
  return find(recovery, session)
}
const deliveriesOf = async ({ tenantId }: BuiltSession, filter = {}) =>
  (await builder.stores.deliveries.listDeliveries(tenantId, filter, { limit: 200 })).data
const countDeliveries = async ({ id }: BuiltSession) =>
  (await builder.database.first<{ count: number; events: number; positions: number }>(
    `select count(*)::int as count, count(distinct event_id)::int as events, count(distinct position)::int as positions
     from delivery where session_id = $1`,
    [id],
  ))!
const countHeld = async ({ id }: BuiltSession) =>
  (await builder.database.many('select 1 from event where session_id = $1 and held', [id])).length

/** Inserts undelivered events of the session by SQL, as if its endpoint had been disabled when they occurred. */
async function missed(session: BuiltSession, count: number): Promise<void> {
  await builder.database.run(
    `with feed as (
       update feed set last_sequence = last_sequence + $3 where tenant_id = $1 returning last_sequence - $3 as before
     ), numbered as (
       update session set last_sequence = last_sequence + $3 where id = $2 returning last_sequence - $3 as before
     )
     insert into event (id, tenant_id, session_id, type, sequence, tenant_sequence, data, created_at)
     select 'evt_' || lpad(to_hex((feed.before + n)::bigint), 26, '0') || $2, $1, $2, 'task.completed',
       numbered.before + n, feed.before + n, '{}', ${clockNow}
     from feed, numbered, generate_series(1, $3::int) as n`,
    [session.tenantId, session.id, count],
  )
}

/** Works a recovery off with another process, which dies in the middle of its first batch. */
async function dieInTheMiddle(session: BuiltSession): Promise<void> {
  const holder = await builder.database.pool.connect()
  try {
    await holder.query('begin')
    await holder.query('select 1 from event where session_id = $1 for no key update', [session.id])
    const dying = builder.otherProcess().recoveries.recoverEvents()
    const died = expect(dying).rejects.toThrow()
    const { pid } = await eventually('the batch waits for an event', async () => {
      const waiting = await builder.database.first<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
           and query like 'update event set held%'`,
      )
      return waiting ?? undefined
    })
    await holder.query('select pg_terminate_backend($1)', [pid])
    await died
  } finally {
    await holder.query('rollback')
    holder.release()
  }
}

describe('a recovery', () => {
  it('brings what failed or was canceled, and what the endpoint never got, in a new wake and in the order of the events', async () => {
    const session = await builder.session()
    for (const { id } of await builder.tasks(session, {}, {})) await builder.complete(id)
    await builder.stores.wakes.openWakes()
    const before = await builder.deliver(session, (delivery) =>
      eventOf(delivery).type === 'task.completed' ? 410 : 204,
    )
    expect(typesOf(before)).toEqual(['session.wake', 'task.finished_downloading', 'task.completed'])
    const unseen = await builder.task(session)
    await builder.complete(unseen.id)
    await setEndpoint(session, 'enabled')

    const recovered = await recover(session)
    expect(recovered).toMatchObject({ state: 'completed', queued: 5, endedAt: expect.any(Date) })
    expect(recovered.examined).toBe(recovered.total)
    const after = await builder.deliver(session)
    const types = ['task.finished_downloading', 'task.completed']
    expect(typesOf(after)).toEqual(['session.wake', 'task.completed', ...types, ...types, 'session.events_finished'])
    const numbers = after.slice(1).map((delivery) => eventOf(delivery).sequence)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    expect(new Set(after.map((delivery) => eventOf(delivery).data.wakeId)).size).toBe(1)
    expect(after[1]).toMatchObject({ eventId: before[2]!.eventId, attempts: 2, attemptsBefore: 1 })
    expect(await deliveriesOf(session)).toMatchObject(Array(9).fill({ state: 'succeeded' }))
    expect(await recover(session)).toMatchObject({ queued: 0 })
  })

  it('is worked off in batches, by any number of processes, and queues every event once and in order', async () => {
    const session = await builder.session()
    await missed(session, 1_000)
    const recovery = await start(session)
    expect(await find(recovery, session)).toMatchObject({ state: 'running', total: 1_000, examined: 0, queued: 0 })
    expect(await builder.stores.recoveries.recoverEvents()).toBe(true)
    const partly = await find(recovery, session)
    expect(partly.examined).toBeGreaterThan(0)
    expect(partly.examined).toBeLessThan(1_000)
    expect(partly.queued).toBe(partly.examined)
    await Promise.all([builder.stores, builder.otherProcess(), builder.otherProcess()].map(workOff))
    await workOff()
    expect(await find(recovery, session)).toMatchObject({ state: 'completed', examined: 1_000, queued: 1_000 })
    await Promise.all([builder.stores.wakes.openWakes(), builder.otherProcess().wakes.openWakes()])
    expect(await countDeliveries(session)).toEqual({ count: 1_001, events: 1_001, positions: 1_001 })
    const sequences = await builder.database.many<{ sequence: bigint }>(
      `select e.sequence from delivery d join event e on e.id = d.event_id
       where d.session_id = $1 and e.type <> 'session.wake' order by d.position`,
      [session.id],
    )
    expect(sequences.map(({ sequence }) => Number(sequence))).toEqual(sequences.map((_, n) => n + 1))
  })

  it('whose process dies in the middle of a batch repeats nothing and leaves nothing out', async () => {
    const session = await woken()
    await builder.deliver(session)
    await missed(session, 700)
    const recovery = await start(session)
    await dieInTheMiddle(session)
    expect(await find(recovery, session)).toMatchObject({ examined: 0, queued: 0 })
    expect(await countHeld(session)).toBe(0)
    await builder.stores.recoveries.recoverEvents()
    const partly = await find(recovery, session)
    await dieInTheMiddle(session)
    expect(await find(recovery, session)).toEqual(partly)
    await workOff()
    expect(await find(recovery, session)).toMatchObject({ state: 'completed', queued: 700 })
    expect(await countHeld(session)).toBe(700)
    await builder.stores.wakes.openWakes()
    expect(await countDeliveries(session)).toEqual({ count: 705, events: 705, positions: 705 })
  })

  it('leaves alone what is pending, held for a wake, outside its range, filtered out or not this endpoint’s', async () => {
    const session = await builder.session(undefined, { eventTypes: ['task.completed'] })
    const others = [
      await builder.session(session.tenantId),
      await builder.session(session.tenantId, { delegate: { kind: 'pull' } }),
    ]
    const silent = { delegate: { endpointId: session.endpointId! }, sessionSendsLaunchEvents: false }
    others.push(await builder.session(session.tenantId, silent))
    for (const other of others) await builder.complete((await builder.task(other)).id)
    await missed(session, 2)
    await builder.database.run(
      "update event set created_at = created_at - interval '2 hours' where session_id = $1 and sequence = 1",
      [session.id],
    )
    await builder.database.run("update event set type = 'file.expired' where session_id = $1 and sequence = 2", [
      session.id,
    ])
    await builder.complete((await builder.task(session)).id)
    expect(await recover(session)).toMatchObject({ state: 'completed', queued: 0 })
    await woken(session)
    const pending = await deliveriesOf(session, { endpointId: session.endpointId })
    expect(pending.length).toBeGreaterThan(0)
    expect(await recover(session)).toMatchObject({ queued: 0 })
    expect(await deliveriesOf(session, { endpointId: session.endpointId })).toEqual(pending)
    const early = { since: new Date(Date.now() - 3 * 3_600_000), until: hourAgo() }
    expect(await recover(session, early)).toMatchObject({ total: 1, examined: 1, queued: 1 })
  })

  it('opens no wake that is owed when its session has drained, and no second one where one is open', async () => {
    const busy = await builder.session()
    const [first, second] = await builder.tasks(busy, {}, {})
    await builder.begin(second!.id)
    await builder.complete(first!.id)
    expect(await recover(busy)).toMatchObject({ state: 'completed', queued: 0 })
    expect(await wakesOf(busy)).toEqual([])
    expect(await builder.deliver(busy)).toEqual([])
    await builder.complete(second!.id)

    const waking = await builder.session()
    await missed(waking, 1)
    await woken(waking)
    expect(await wakesOf(busy)).toMatchObject([{ state: 'open', eventCount: 4 }])
    expect(await recover(waking)).toMatchObject({ queued: 1 })
    expect(await wakesOf(waking)).toMatchObject([{ state: 'open', eventCount: 3 }])
  })

  it('does not ask a question again whose time is over', async () => {
    const session = await decisions.session()
    await decisions.delayed(session)
    await builder.stores.decisions.decide()
    await decisions.question(session)
    await decisions.expire(session)
    await builder.stores.decisions.decide()
    expect(await deliveriesOf(session, { state: 'canceled' })).toHaveLength(1)
    expect(await recover(session)).toMatchObject({ queued: 0 })
  })

  it('sends what the tenant was told while the endpoint was disabled, but no test of another, and nothing of itself', async () => {
    const session = await builder.session()
    const tell = (type: 'endpoint.disabled' | 'endpoint.test', endpointId: string) =>
      builder.database.transaction((tx) => appendTenantEvent(tx, session.tenantId, { type, data: { endpointId } }, []))
    const wanted = await tell('endpoint.disabled', 'whe_another')
    await tell('endpoint.disabled', session.endpointId!)
    await tell('endpoint.test', 'whe_another')
    expect(await recover(session)).toMatchObject({ total: 3, queued: 1 })
    const lane = { sessionId: '', endpointId: session.endpointId! }
    expect(await builder.stores.deliveries.leaseNextBatch(lane, 10)).toMatchObject([{ eventId: wanted.eventId }])
  })

  it('locks no lane before a session, so that it meets nobody in a circle', async () => {
    const first = await builder.session()
    const { tenantId, endpointId } = first
    const other = await builder.session(tenantId, { delegate: { endpointId: endpointId! } })
    await missed(first, 1)
    await missed(other, 400)
    const tell = (to: string[]) =>
      builder.database.transaction((tx) =>
        appendTenantEvent(tx, tenantId, { type: 'endpoint.disabled', data: { endpointId: 'whe_another' } }, to),
      )
    await tell([endpointId!])
    await tell([])
    const recovery = await start(first)
    // Those of the session whose lock is had below.
    await builder.stores.recoveries.recoverEvents()
    const { working } = await builder.database.transaction(async (tx) => {
      // Take the lock of a writer of events of that session.
      await tx.run('select 1 from session where id = $1 for update', [first.id])
      const working = workOff()
      await waitForLock(builder.database)
      const lane = "select 1 from delivery_lane where session_id = '' and endpoint_id = $1 for update nowait"
      expect(await tx.run(lane, [endpointId])).toBe(1)
      return { working }
    })
    await working
    expect(await find(recovery, first)).toMatchObject({ state: 'completed', queued: 402 })
  })

  it('does not bring a lane that rests forward, and goes behind what waits there', async () => {
    const session = await woken()
    await missed(session, 1)
    await builder.deliver(session, () => 500)
    expect(await recover(session)).toMatchObject({ queued: 1 })
    expect(await builder.deliver(session)).toEqual([])
    await makeDue(session)
    const sent = typesOf(await builder.deliver(session))
    expect(sent.slice(0, 4)).toEqual(['session.wake', 'task.finished_downloading', 'task.completed', 'task.completed'])
  })

  it('is the only one of its endpoint while it runs, and is canceled when that is disabled', async () => {
    const session = await builder.session()
    await missed(session, 400)
    const { tenantId, endpointId } = session
    const range = { since: hourAgo(), until: null }
    const processes = [builder.stores, builder.otherProcess()]
    const started = await Promise.all(
      Array.from({ length: 6 }, (_, n) => processes[n % 2]!.recoveries.startRecovery(tenantId, endpointId!, range)),
    )
    expect(started.filter((each) => each === 'running')).toHaveLength(5)
    const recovery = started.find((each): each is Recovery => typeof each === 'object' && 'id' in each)!
    expect(await builder.stores.recoveries.recoverEvents()).toBe(true)
    await setEndpoint(session, 'disabled')
    await workOff()
    expect(await find(recovery, session)).toMatchObject({ state: 'canceled', examined: 300, endedAt: expect.any(Date) })
    expect(await builder.stores.recoveries.startRecovery(tenantId, endpointId!, range)).toBe('endpoint_disabled')
    await builder.database.run('update endpoint set deleted_at = now() where id = $1', [endpointId])
    expect(await builder.stores.recoveries.startRecovery(tenantId, endpointId!, range)).toBe('not_found')
    const stranger = await builder.tenant()
    expect(await builder.stores.recoveries.startRecovery(stranger, endpointId!, range)).toBe('not_found')
    expect(await builder.stores.recoveries.findRecovery(stranger, endpointId!, recovery.id)).toBeNull()
  })
})
