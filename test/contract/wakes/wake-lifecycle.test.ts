import { describe, expect, it } from 'vitest'
import { wakeDeadlineSeconds } from '#core/wakes/rules/wake.ts'
import { recordAttempt, takeNextDelivery } from '#support/builders/next-deliveries.ts'
import { aResponse, eventOf, typesOf } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { createWakes } from '#support/builders/wakes.ts'

const builder = useStore()

const { wakesOf, owedWakes, feedOf, limiterOf, withOneCompleted } = createWakes(builder)

describe('what a wake brings', () => {
  it('session.wake, then the held events in order, then session.events_finished when all of it was acknowledged', async () => {
    const session = await builder.session(undefined, { wakeCompletion: 'explicit' })
    const tasks = await builder.tasks(session, {}, {})
    for (const { id } of tasks) await builder.complete(id)
    await builder.stores.wakes.openWakes()
    const lane = { sessionId: session.id, endpointId: session.endpointId! }
    const seen: string[] = []
    for (;;) {
      const next = await takeNextDelivery(builder.stores, lane)
      if (!next) break
      seen.push(eventOf(next).type)
      const finished = (await feedOf(session)).some(({ type }) => type === 'session.events_finished')
      expect(finished).toBe(seen.length > 5)
      await recordAttempt(builder.stores, next, aResponse(200), 0.5, false)
    }
    const taskEvents = ['task.finished_downloading', 'task.completed']
    expect(seen).toEqual(['session.wake', ...taskEvents, ...taskEvents, 'session.events_finished'])
  })

  it('how many events follow, the endpoint’s filter applied, but never to what frames the wake', async () => {
    const session = await builder.session(undefined, { eventTypes: ['task.completed'] })
    await withOneCompleted(session)
    await builder.stores.wakes.openWakes()
    const sent = await builder.deliver(session)
    expect(typesOf(sent)).toEqual(['session.wake', 'task.completed', 'session.events_finished'])
    expect(eventOf(sent[0]!).data).toMatchObject({ eventCount: 1, delayAfterSeconds: 60 })
    const wakeId = eventOf(sent[0]!).data.wakeId
    expect(wakeId).not.toBeNull()
    expect((await feedOf(session)).map(({ data }) => data.wakeId)).toEqual(Array(4).fill(wakeId))
    expect(await wakesOf(session)).toMatchObject([{ id: wakeId, state: 'completed', eventCount: 1 }])
  })

  it('what happens while it is open goes out in it, in one wake', async () => {
    const session = await builder.session(undefined, { wakeCompletion: 'explicit' })
    await withOneCompleted(session)
    await builder.stores.wakes.openWakes()
    await withOneCompleted(session)
    expect(await owedWakes(session)).toHaveLength(1)
    const sent = await builder.deliver(session)
    const taskEvents = ['task.finished_downloading', 'task.completed']
    expect(typesOf(sent)).toEqual(['session.wake', ...taskEvents, ...taskEvents, 'session.events_finished'])
    expect(new Set(sent.map((delivery) => eventOf(delivery).data.wakeId)).size).toBe(1)
    expect(await limiterOf(session)).toMatchObject({ delaySeconds: 60 })
  })
})

describe('a wake ends', () => {
  it('implied, when session.events_finished was acknowledged, and the next one raises the limiter', async () => {
    const session = await builder.session()
    for (const [wakes, delaySeconds] of [
      [1, 60],
      [2, 120],
    ] as const) {
      await withOneCompleted(session)
      await builder.stores.wakes.openWakes()
      const sent = await builder.deliver(session, (delivery) =>
        eventOf(delivery).type === 'session.events_finished' ? 500 : 204,
      )
      expect(sent).toHaveLength(4)
      expect((await wakesOf(session)).at(-1)).toMatchObject({ state: 'open' })
      await builder.database.run("update delivery_lane set due_at = clock_timestamp() - interval '1 ms'")
      expect(typesOf(await builder.deliver(session))).toEqual(['session.events_finished'])
      const all = await wakesOf(session)
      expect(all).toHaveLength(wakes)
      expect(all.at(-1)).toMatchObject({ state: 'completed', delayAfterSeconds: delaySeconds })
    }
  })

  it('explicit, when the client says so and not before; repeating it is harmless', async () => {
    const session = await builder.session(undefined, { wakeCompletion: 'explicit' })
    await withOneCompleted(session)
    await builder.stores.wakes.openWakes()
    await builder.deliver(session)
    const [wake] = await wakesOf(session)
    expect(wake).toMatchObject({ state: 'open' })
    const { tenantId } = session
    expect(await builder.stores.wakes.completeWake(await builder.tenant(), wake!.id)).toBeNull()
    expect(await builder.stores.wakes.completeWake(tenantId, wake!.id)).toMatchObject({ state: 'completed' })
    expect(await builder.stores.wakes.completeWake(tenantId, wake!.id)).toMatchObject({ state: 'completed' })
    await withOneCompleted(session)
    expect(await owedWakes(session)).toHaveLength(2)
  })

  it('at its deadline, which is told; what was not acknowledged is still sent, and the next wake can open', async () => {
    const session = await builder.session()
    await withOneCompleted(session)
    await builder.stores.wakes.openWakes()
    const [wake] = await wakesOf(session)
    expect(wake!.deadline.getTime() - wake!.openedAt.getTime()).toBe(wakeDeadlineSeconds * 1000)
    const expire = "update wake set deadline = clock_timestamp() - interval '1 ms' where id = $1"
    await builder.database.run(expire, [wake!.id])
    await Promise.all(Array.from({ length: 5 }, () => builder.otherProcess().wakes.openWakes()))
    expect(await wakesOf(session)).toMatchObject([{ state: 'expired' }])
    await withOneCompleted(session)
    expect(await owedWakes(session)).toMatchObject([{ state: 'expired' }, { state: 'open' }])
    const taskEvents = ['task.finished_downloading', 'task.completed']
    expect(typesOf(await builder.deliver(session))).toEqual([
      'session.wake',
      ...taskEvents,
      'wake.expired',
      'session.wake',
      ...taskEvents,
      'session.events_finished',
    ])
  })
})

describe('no wake', () => {
  it.each([
    ['for a session that is pulled', { delegate: { kind: 'pull' } }],
    ['when sessionSendsLaunchEvents is false', { sessionSendsLaunchEvents: false }],
  ] as const)('%s, and the limiter stays low', async (_name, changes) => {
    const session = await builder.session(undefined, changes)
    await withOneCompleted(session)
    expect(await owedWakes(session)).toEqual([])
    expect(await limiterOf(session)).toMatchObject({ delaySeconds: 0, lastWakeAt: null })
    expect((await feedOf(session)).map(({ type }) => type)).toEqual(['task.finished_downloading', 'task.completed'])
    const deliveries = await builder.stores.deliveries.listDeliveries(session.tenantId, {}, { limit: 10 })
    expect(deliveries.data).toEqual([])
  })

  it('for a file that expired: its event goes out with the next one', async () => {
    const session = await builder.session()
    await withOneCompleted(session)
    await builder.stores.wakes.openWakes()
    await builder.deliver(session)
    const expire = "update task set file_lease_expires_at = clock_timestamp() - interval '1 ms' where session_id = $1"
    await builder.database.run(expire, [session.id])
    await builder.stores.files.expireFiles()
    const suspended = await builder.task(session)
    await builder.stores.tasks.suspendTask(session.tenantId, suspended.id)
    expect(await owedWakes(session)).toHaveLength(1)
    await builder.stores.tasks.cancelTask(session.tenantId, suspended.id)
    expect(await owedWakes(session)).toHaveLength(2)
    expect(typesOf(await builder.deliver(session))).toEqual([
      'session.wake',
      'file.expired',
      'task.completed',
      'session.events_finished',
    ])
  })

  it.each(["state = 'disabled'", 'deleted_at = clock_timestamp()'])(
    'while the endpoint has %s; the events are in the feed',
    async (change) => {
      const session = await builder.session()
      const [other] = await withOneCompleted(session, 1)
      await builder.database.run(`update endpoint set ${change} where id = $1`, [session.endpointId])
      await builder.complete(other!)
      await builder.database.run("update session set wake_due_at = clock_timestamp() - interval '1 ms' where id = $1", [
        session.id,
      ])
      expect(await owedWakes(session)).toEqual([])
      expect(await limiterOf(session)).toMatchObject({ delaySeconds: 0 })
      expect(await feedOf(session)).toHaveLength(4)
    },
  )

  it('is left open by an endpoint that was switched off meanwhile: it expires', async () => {
    const session = await builder.session()
    await withOneCompleted(session)
    const [wake] = await owedWakes(session)
    await builder.database.run("update endpoint set state = 'disabled' where id = $1", [session.endpointId])
    expect(await builder.deliver(session)).toEqual([])
    await builder.database.run("update wake set deadline = clock_timestamp() - interval '1 ms' where id = $1", [
      wake!.id,
    ])
    expect(await owedWakes(session)).toMatchObject([{ state: 'expired' }])
    expect((await feedOf(session)).at(-1)).toMatchObject({ type: 'wake.expired' })
  })
})
