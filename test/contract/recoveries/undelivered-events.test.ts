import { describe, expect, it } from 'vitest'
import { pendingAtOnce } from '#core/ledger/pending-events.ts'
import { waitForLock } from '#support/assertions/lock-waits.ts'
import { createDecisions } from '#support/builders/decisions.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { aResponse, type BuiltSession, eventOf, typesOf } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { createWakes } from '#support/builders/wakes.ts'

const builder = useStore()
const decisions = createDecisions(builder)

const { wakesOf, limiterOf } = createWakes(builder)
const { woken, makeDue, take, respond } = createLanes(builder)
const finished = 'session.events_finished'
const taskEvents = ['task.finished_downloading', 'task.completed']
const shown = async ({ tenantId, identifier }: BuiltSession) =>
  (await builder.stores.sessions.findSession(tenantId, identifier))!
const undelivered = async (session: BuiltSession) => (await shown(session)).undeliveredEvents
const completeOne = async (session: BuiltSession) => builder.complete((await builder.task(session)).id)
const enable = ({ tenantId, endpointId }: BuiltSession) =>
  builder.stores.endpoints.enableEndpoint(tenantId, endpointId!)
const send = async (session: BuiltSession) => {
  await builder.stores.wakes.openWakes()
  await makeDue(session)
  return builder.deliver(session)
}
/** Its receiver says that it is gone, when it is to take an event of that type. */
const goAway = (session: BuiltSession, type: string) =>
  builder.deliver(session, (each) => (eventOf(each).type === type ? 410 : 204))
const disable = (session: BuiltSession) =>
  builder.database.run("update endpoint set state = 'disabled' where id = $1", [session.endpointId])

describe('after a 410', () => {
  const back: Record<string, (session: BuiltSession) => Promise<unknown>> = {
    'enabling the endpoint': enable,
    'the same PUT': ({ id }) => builder.stores.sessions.resumeDeliveries(id),
    'enabling and recovering': async (session) => {
      await enable(session)
      const since = new Date(Date.now() - 3_600_000)
      await builder.stores.recoveries.startRecovery(session.tenantId, session.endpointId!, { since, until: null })
      while (await builder.stores.recoveries.recoverEvents());
    },
  }
  it.each(Object.keys(back))('%s brings all that was not acknowledged in one new wake, framed', async (how) => {
    const session = await woken()
    await completeOne(session)
    const before = await goAway(session, 'task.completed')
    expect(typesOf(before)).toEqual(['session.wake', ...taskEvents])
    await completeOne(session)
    expect(await undelivered(session)).toBe(5)
    expect(await send(session)).toEqual([])
    await back[how]!(session)
    const after = await send(session)
    expect(typesOf(after)).toEqual(['session.wake', 'task.completed', ...taskEvents, ...taskEvents, finished])
    expect(after.slice(1, -1).map((each) => eventOf(each).sequence)).toEqual([2, 4, 5, 6, 7])
    expect(after[1]!.eventId).toBe(before[2]!.eventId)
    expect(await wakesOf(session)).toMatchObject([{ state: 'expired' }, { state: 'completed', eventCount: 5 }])
    expect(new Set(after.map((each) => eventOf(each).data.wakeId))).toEqual(new Set([(await wakesOf(session))[1]!.id]))
    expect(await undelivered(session)).toBe(0)
    expect(await limiterOf(session)).toMatchObject({ delaySeconds: 120 })
    await back[how]!(session)
    expect(await send(session)).toEqual([])
  })

  it('other sessions of the endpoint are told in new wakes too, also those whose wake was open', async () => {
    const gone = await woken()
    const other = await builder.session(gone.tenantId, { delegate: { endpointId: gone.endpointId! } })
    other.endpointId = gone.endpointId
    await woken(other)
    const idle = await builder.session(gone.tenantId, { delegate: { endpointId: gone.endpointId! } })
    idle.endpointId = gone.endpointId
    await goAway(gone, 'session.wake')
    // The worker that takes its lane cancels the pending deliveries there.
    expect(await take(other)).toBeNull()
    await completeOne(other)
    await completeOne(idle)
    expect(await Promise.all([gone, other, idle].map(undelivered))).toEqual([2, 4, 2])
    await enable(gone)
    expect(typesOf(await send(gone))).toEqual(['session.wake', ...taskEvents, finished])
    expect(typesOf(await send(other))).toEqual(['session.wake', ...taskEvents, ...taskEvents, finished])
    expect(typesOf(await send(idle))).toEqual(['session.wake', ...taskEvents, finished])
    expect(await wakesOf(other)).toMatchObject([{ state: 'expired' }, { state: 'completed' }])
  })

  it('a wake that was open goes on where nothing of it was canceled', async () => {
    const session = await woken()
    await disable(session)
    await enable(session)
    expect(typesOf(await send(session))).toEqual(['session.wake', ...taskEvents, finished])
    expect(await wakesOf(session)).toMatchObject([{ state: 'completed' }])
  })

  it('nothing is left behind by who cancels while the endpoint is being enabled', async () => {
    for (let round = 0; round < 8; round++) {
      const session = await woken()
      await disable(session)
      await Promise.all([
        builder.otherProcess().deliveries.leaseNextBatch({ sessionId: session.id, endpointId: session.endpointId! }, 1),
        enable(session),
        builder.otherProcess().wakes.openWakes(),
      ])
      await builder.database.run('update delivery_lane set lease_until = null where session_id = $1', [session.id])
      const sent = typesOf(await send(session))
      expect(sent.slice(-4)).toEqual(['session.wake', ...taskEvents, finished])
      expect(await undelivered(session)).toBe(0)
    }
  })

  it.each([
    ['tells of its end', [], ['session.wake', 'session.invalidated', finished]],
    ['is not woken where nobody asks for that', ['task.completed'], []],
  ])('a session that is invalidated while the endpoint is being enabled %s', async (_, eventTypes, told) => {
    const session = await builder.session(undefined, { eventTypes })
    await disable(session)
    const { invalidating, enabling } = await builder.database.transaction(async (tx) => {
      // The end has the session and waits for the feed; enabling has read what is to be told, and waits for the session.
      await tx.run('select 1 from feed where tenant_id = $1 for update', [session.tenantId])
      const invalidating = builder.stores.sessions.invalidateSession(session.tenantId, session.identifier, 'finish')
      await waitForLock(builder.database)
      const enabling = enable(session)
      await waitForLock(builder.database, 2)
      return { invalidating, enabling }
    })
    expect(await invalidating).toMatchObject({ state: 'invalidated' })
    await enabling
    expect(typesOf(await send(session))).toEqual(told)
    expect(await undelivered(session)).toBe(0)
  })

  it('a session that ended meanwhile tells of its end, at last', async () => {
    const session = await builder.session()
    await disable(session)
    await completeOne(session)
    const ended = await builder.stores.sessions.invalidateSession(session.tenantId, session.identifier, 'finish')
    expect(ended).toMatchObject({ state: 'invalidated', undeliveredEvents: 3 })
    await enable(session)
    expect(typesOf(await send(session))).toEqual(['session.wake', ...taskEvents, 'session.invalidated', finished])
  })
})

describe('what has failed for good', () => {
  it('counts until the same PUT has brought it, which disturbs nobody without cause', async () => {
    const session = await woken()
    const sent = await builder.deliver(session, (each) => (eventOf(each).type === 'task.completed' ? 500 : 204))
    await builder.database.run("update delivery set state = 'failed' where id = $1", [sent.at(-1)!.deliveryId])
    expect(typesOf(await send(session))).toEqual([])
    await builder.database.run("update wake set state = 'completed' where session_id = $1", [session.id])
    expect(await undelivered(session)).toBe(1)
    await builder.stores.sessions.resumeDeliveries(session.id)
    expect(typesOf(await send(session))).toEqual(['session.wake', 'task.completed', finished])
    expect(await undelivered(session)).toBe(0)
    await builder.stores.sessions.resumeDeliveries(session.id)
    expect(await send(session)).toEqual([])
    expect(await wakesOf(session)).toHaveLength(2)
  })

  it('goes out in the wake that is open, and is followed by session.events_finished', async () => {
    const session = await woken(await builder.session(undefined, { wakeCompletion: 'explicit' }))
    const sent = await builder.deliver(session)
    await builder.database.run("update delivery set state = 'failed' where id = $1", [sent[1]!.deliveryId])
    await builder.stores.sessions.resumeDeliveries(session.id)
    await completeOne(session)
    expect(typesOf(await send(session))).toEqual(['task.finished_downloading', ...taskEvents, finished])
    expect(await wakesOf(session)).toHaveLength(1)
  })

  it('goes out without a wake in the foreground', async () => {
    const session = await woken()
    const sent = await builder.deliver(session)
    await builder.database.run("update delivery set state = 'failed' where id = $1", [sent[1]!.deliveryId])
    await builder.database.run(
      "update limiter set foreground_until = clock_timestamp() + interval '1 minute' where tenant_id = $1",
      [session.tenantId],
    )
    await builder.stores.sessions.resumeDeliveries(session.id)
    expect(typesOf(await send(session))).toEqual(['task.finished_downloading'])
  })

  it('and is retried by hand does not come again', async () => {
    const session = await woken()
    await goAway(session, 'task.completed')
    const { data } = await builder.stores.deliveries.listDeliveries(
      session.tenantId,
      { state: 'failed' },
      { limit: 10 },
    )
    await enable(session)
    await builder.stores.deliveries.retryDelivery(session.tenantId, data[0]!.id)
    expect(typesOf(await send(session))).toEqual(['task.completed'])
    expect(await undelivered(session)).toBe(0)
  })
})

describe('undelivered is not', () => {
  it('what nobody is told: of a session that is pulled, without launch events, or filtered out', async () => {
    for (const changes of [{ delegate: { kind: 'pull' } }, { sessionSendsLaunchEvents: false }] as const) {
      const session = await builder.session(undefined, changes)
      await completeOne(session)
      await builder.stores.sessions.resumeDeliveries(session.id)
      expect(await shown(session)).toMatchObject({ undeliveredEvents: 0, heldEvents: 0, nextWake: null })
    }
    const narrow = await builder.session(undefined, { eventTypes: ['session.invalidated'] })
    await completeOne(narrow)
    expect(await shown(narrow)).toMatchObject({ undeliveredEvents: 0, heldEvents: 0, nextWake: null })
  })

  it('a question that was called off', async () => {
    const session = await decisions.session()
    await decisions.delayed(session)
    await builder.stores.decisions.decide()
    await decisions.question(session)
    await decisions.expire(session)
    await builder.stores.decisions.decide()
    expect(await undelivered(session)).toBe(0)
    await builder.stores.sessions.resumeDeliveries(session.id)
    expect(await send(session)).toEqual([])
  })

  it('brought forward by a PUT while it is held for a wake that is owed', async () => {
    const session = await builder.session()
    const first = await builder.task(session)
    await builder.begin((await builder.task(session)).id)
    await builder.complete(first.id)
    await builder.stores.sessions.resumeDeliveries(session.id)
    expect(await send(session)).toEqual([])
    expect(await shown(session)).toMatchObject({ heldEvents: 2, nextWake: { when: 'drained', outstanding: 1 } })
  })
})

describe('more held events than one transaction takes', () => {
  it('come in one wake, in their order and behind them what is written meanwhile', async () => {
    const session = await builder.session()
    await completeOne(session)
    const many = pendingAtOnce + 500
    await builder.database.run(
      `with feed as (
         update feed set last_sequence = last_sequence + $3 where tenant_id = $1 returning last_sequence - $3 as before
       ), numbered as (
         update session set last_sequence = last_sequence + $3 where id = $2 returning last_sequence - $3 as before
       )
       insert into event (id, tenant_id, session_id, type, sequence, tenant_sequence, data, held, created_at)
       select 'evt_' || lpad(to_hex((feed.before + n)::bigint), 26, '0') || $2, $1, $2, 'task.completed',
         numbered.before + n, feed.before + n, '{}', true, clock_timestamp()
       from feed, numbered, generate_series(1, $3::int) as n`,
      [session.tenantId, session.id, many],
    )
    await builder.stores.wakes.openWakes()
    await completeOne(session)
    expect(await wakesOf(session)).toMatchObject([{ state: 'open', eventCount: pendingAtOnce }])
    const first = (await take(session))!
    expect(eventOf(first)).toMatchObject({ type: 'session.wake', data: { eventCount: many + 2 } })
    await respond(first, 204)
    await builder.stores.wakes.openWakes()
    expect(await wakesOf(session)).toMatchObject([{ state: 'open', eventCount: many + 4 }])
    const numbers = await builder.database.many<{ sequence: number }>(
      `select e.sequence::int as sequence from delivery d join event e on e.id = d.event_id
       where d.session_id = $1 and e.type <> 'session.wake' order by d.position`,
      [session.id],
    )
    expect(numbers.map(({ sequence }) => sequence)).toEqual(
      numbers.map(({ sequence }) => sequence).toSorted((a, b) => a - b),
    )
    let run = await builder.stores.deliveries.leaseNextBatch(
      { sessionId: session.id, endpointId: session.endpointId! },
      128,
    )
    let last = ''
    while (run.length > 0) {
      last = eventOf(run.at(-1)!).type
      const sent = run.map((delivery) => ({ delivery, answer: aResponse(204), durationMs: 0, agoMs: 0 }))
      run = await builder.stores.deliveries.recordBatch({ sent, unsent: [] }, 0.5, 128)
    }
    expect(last).toBe(finished)
    expect(await wakesOf(session)).toMatchObject([{ state: 'completed' }])
  })
})
