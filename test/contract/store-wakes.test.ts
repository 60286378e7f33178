import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { failure, openStoreBuilder, type StoreBuilder } from '../support/store-builder.ts'

import { createWakes } from '../support/wakes.ts'

let builder: StoreBuilder
beforeAll(async () => {
  builder = await openStoreBuilder()
})
afterAll(() => builder.close())

const { wakesOf, owedWakes, feedOf, limiterOf, withOneCompleted } = createWakes(() => builder)

describe('a wake is owed', () => {
  it('at once when the session has drained', async () => {
    const session = await builder.session()
    const [other] = await withOneCompleted(session, 1)
    expect(await owedWakes(session)).toEqual([])
    await builder.complete(other!)
    expect(await owedWakes(session)).toMatchObject([{ state: 'open', delayAfterSeconds: 60 }])
    expect(await limiterOf(session)).toMatchObject({ delaySeconds: 60 })
  })

  it('when the oldest held event is wakeMaximumLatency old, whatever still runs', async () => {
    const session = await builder.session(undefined, { wakeMaximumLatency: 0.3 })
    const [other] = await withOneCompleted(session, 1)
    await builder.begin(other!)
    const [first] = await feedOf(session)
    await eventually('a wake opens', async () => (await owedWakes(session)).length > 0, { everyMs: 10 })
    const [wake] = await wakesOf(session)
    const waitedMs = wake!.openedAt.getTime() - Date.parse(first!.timestamp)
    expect(waitedMs).toBeGreaterThanOrEqual(300)
    expect(waitedMs).toBeLessThan(1500)
  })

  it('from the first event on: later ones do not put it off', async () => {
    const session = await builder.session(undefined, { wakeMaximumLatency: 60 })
    const others = await withOneCompleted(session, 2)
    const dueAt = () => builder.database.first('select wake_due_at from session where id = $1', [session.id])
    const before = await dueAt()
    await builder.complete(others[0]!)
    expect(await dueAt()).toEqual(before)
  })

  it('whatever waits for a later begin date, for its gate or to be resumed', async () => {
    const session = await builder.session()
    const later = new Date(Date.now() + 60_000)
    const [, gated] = await builder.tasks(session, { earliestBeginDate: later }, {}, { suspended: true })
    await builder.database.run('update task set gated_until = $2, ready_at = $2, due = false where id = $1', [
      gated!.id,
      later,
    ])
    await withOneCompleted(session)
    expect(await owedWakes(session)).toHaveLength(1)
  })

  const busy: Record<string, (id: string) => Promise<unknown>> = {
    'is due': async () => undefined,
    'is claimed': (id) => builder.claim(id),
    'is running': (id) => builder.begin(id),
    'will be retried': async (id) => builder.store.failAttempt((await builder.begin(id)).lease, failure(60_000)),
    'rests after a fault of our own': async (id) => builder.store.giveBack((await builder.begin(id)).lease, 5_000),
    'was returned by the reaper': async (id) => {
      await builder.begin(id)
      await builder.database.run("update task set lease_until = clock_timestamp() - interval '1 ms' where id = $1", [
        id,
      ])
      await builder.store.reap()
    },
  }
  it.each(Object.keys(busy))('not while another task %s', async (state) => {
    const session = await builder.session()
    const [first, other] = await builder.tasks(session, {}, {})
    const { lease } = await builder.begin(first!.id)
    await busy[state]!(other!.id)
    await builder.store.failAttempt(lease, failure(null))
    expect(await owedWakes(session)).toEqual([])
    await builder.store.cancelTask(session.tenantId, other!.id)
    expect(await owedWakes(session)).toHaveLength(1)
  })

  it.each(['suspendTask', 'cancelTask'] as const)('when the last running task is gone by %s', async (verb) => {
    const session = await builder.session()
    const [other] = await withOneCompleted(session, 1)
    await builder.begin(other!)
    await builder.store[verb](session.tenantId, other!)
    expect(await owedWakes(session)).toHaveLength(1)
  })

  it('when two processes end the last two tasks at the same time', async () => {
    const sessions = await Promise.all(Array.from({ length: 10 }, () => builder.session()))
    for (const session of sessions) {
      const [one, two] = await builder.tasks(session, {}, {})
      const leases = [(await builder.begin(one!.id)).lease, (await builder.begin(two!.id)).lease]
      await Promise.all(leases.map((lease) => builder.store.failAttempt(lease, failure(null))))
      expect(await owedWakes(session)).toMatchObject([{ eventCount: 2 }])
    }
  })

  it('but is opened once, and raises the limiter once, by five processes at once', async () => {
    const processes = Array.from({ length: 5 }, () => builder.otherProcess())
    const tenantId = await builder.tenant()
    for (const delaySeconds of [60, 120, 240]) {
      const session = await builder.session(tenantId)
      await withOneCompleted(session)
      await Promise.all(processes.map((store) => store.openWakes()))
      expect(await owedWakes(session)).toMatchObject([{ delayAfterSeconds: delaySeconds }])
      expect(await limiterOf(session)).toMatchObject({ delaySeconds })
      const wakes = (await feedOf(session)).filter(({ type }) => type === 'session.wake')
      expect(wakes).toHaveLength(1)
    }
  })
})
