import { describe, expect, it } from 'vitest'
import type { Database } from '#core/database/database.ts'
import { createLedger } from '#core/ledger/ledger.ts'
import { mint } from '#core/runtime/crypto.ts'
import { openOwedWakes } from '#core/wakes/postgres/owed-wakes.ts'
import { wakesAtOnce } from '#core/wakes/rules/wake.ts'
import { defaultLimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { pagesRead } from '#support/assertions/pages-read.ts'
import { type BuiltSession, failure } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { createWakes } from '#support/builders/wakes.ts'

const builder = useStore()

const { wakesOf, owedWakes, addOwed, feedOf, limiterOf, withOneCompleted } = createWakes(builder)

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
    'will be retried': async (id) =>
      builder.stores.transfers.failAttempt((await builder.begin(id)).lease, failure(60_000)),
    'rests after an internal error': async (id) =>
      builder.stores.transfers.giveBack((await builder.begin(id)).lease, 5_000),
    'was returned by the reaper': async (id) => {
      await builder.begin(id)
      await builder.database.run("update task set lease_until = clock_timestamp() - interval '1 ms' where id = $1", [
        id,
      ])
      await builder.stores.transfers.reap()
    },
  }
  it.each(Object.keys(busy))('not while another task %s', async (state) => {
    const session = await builder.session()
    const [first, other] = await builder.tasks(session, {}, {})
    const { lease } = await builder.begin(first!.id)
    await busy[state]!(other!.id)
    await builder.stores.transfers.failAttempt(lease, failure(null))
    expect(await owedWakes(session)).toEqual([])
    await builder.stores.tasks.cancelTask(session.tenantId, other!.id)
    expect(await owedWakes(session)).toHaveLength(1)
  })

  it.each(['suspendTask', 'cancelTask'] as const)('when the last running task is gone by %s', async (verb) => {
    const session = await builder.session()
    const [other] = await withOneCompleted(session, 1)
    await builder.begin(other!)
    await builder.stores.tasks[verb](session.tenantId, other!)
    expect(await owedWakes(session)).toHaveLength(1)
  })

  it('when two processes end the last two tasks at the same time', async () => {
    const sessions = await Promise.all(Array.from({ length: 10 }, () => builder.session()))
    for (const session of sessions) {
      const [one, two] = await builder.tasks(session, {}, {})
      const leases = [(await builder.begin(one!.id)).lease, (await builder.begin(two!.id)).lease]
      await Promise.all(leases.map((lease) => builder.stores.transfers.failAttempt(lease, failure(null))))
      expect(await owedWakes(session)).toMatchObject([{ eventCount: 2 }])
    }
  })

  it('but is opened once, and raises the limiter once, by five processes at once', async () => {
    const processes = Array.from({ length: 5 }, () => builder.otherProcess())
    const tenantId = await builder.tenant()
    for (const delaySeconds of [60, 120, 240]) {
      const session = await builder.session(tenantId)
      await withOneCompleted(session)
      await Promise.all(processes.map((stores) => stores.wakes.openWakes()))
      expect(await owedWakes(session)).toMatchObject([{ delayAfterSeconds: delaySeconds }])
      expect(await limiterOf(session)).toMatchObject({ delaySeconds })
      const wakes = (await feedOf(session)).filter(({ type }) => type === 'session.wake')
      expect(wakes).toHaveLength(1)
    }
  })
})

describe('more wakes that are owed than are opened in one go', () => {
  const countOpen = async ({ tenantId }: BuiltSession) =>
    (await builder.database.many("select 1 from wake where tenant_id = $1 and state = 'open'", [tenantId])).length
  const openAll = async () => {
    while ((await builder.stores.wakes.openWakes()) >= wakesAtOnce);
  }

  it('are all opened by looking again', async () => {
    const session = await builder.session()
    await addOwed(session, 2 * wakesAtOnce + 20)
    await builder.stores.wakes.openWakes()
    expect(await countOpen(session)).toBe(wakesAtOnce)
    await openAll()
    expect(await countOpen(session)).toBe(2 * wakesAtOnce + 20)
  })

  it.each([
    ['can be opened', "state = 'enabled'"],
    ['cannot, because the endpoint is disabled', "state = 'disabled'"],
  ])(
    'and %s keep no other tenant waiting, whether its client is in the background or the foreground',
    async (_, what) => {
      const flood = await builder.session()
      await addOwed(flood, 3 * wakesAtOnce)
      await builder.database.run(`update endpoint set ${what} where id = $1`, [flood.endpointId])
      const background = await builder.session()
      await withOneCompleted(background)
      const foreground = await builder.session()
      const [other] = await withOneCompleted(foreground, 1)
      await builder.begin(other!)
      await builder.database.run(
        "update limiter set foreground_until = clock_timestamp() + interval '1 minute' where tenant_id = $1",
        [foreground.tenantId],
      )
      await builder.stores.wakes.openWakes()
      expect(await wakesOf(background)).toMatchObject([{ state: 'open' }])
      expect(await builder.deliver(foreground)).toHaveLength(2)
      await openAll()
    },
  )

  it('and fail keep no other waiting', async () => {
    const broken = await builder.session()
    await addOwed(broken, 2)
    // The number of its next event is taken.
    await builder.database.run('update session set last_sequence = 0 where tenant_id = $1', [broken.tenantId])
    const session = await builder.session()
    await withOneCompleted(session)
    await expect(builder.stores.wakes.openWakes()).rejects.toThrow('duplicate key')
    expect(await wakesOf(session)).toMatchObject([{ state: 'open' }])
    await builder.database.run('update session set wake_due_at = null where tenant_id = $1', [broken.tenantId])
  })

  it('are found by reading a few pages, however many sessions will be owed one', async () => {
    const session = await builder.session()
    await addOwed(session, 3_000)
    await builder.database.run(
      "update session set wake_due_at = 'infinity' where id in (select id from session where tenant_id = $1 limit 2900)",
      [session.tenantId],
    )
    await builder.database.run('vacuum analyze session')
    const look = (database: Database) =>
      openOwedWakes(createLedger(database, mint, builder.encryptor), defaultLimiterPolicy)
    expect(await pagesRead(builder.database, look)).toBeLessThan(200)
  })
})
