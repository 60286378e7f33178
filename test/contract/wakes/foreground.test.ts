import { describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { claim } from '#support/builders/claim.ts'
import { type BuiltSession, failure } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const enter = ({ tenantId }: { tenantId: string }, ttlSeconds = 60) =>
  builder.stores.wakes.enterForeground(tenantId, 'key_test', ttlSeconds)
const leave = ({ tenantId }: { tenantId: string }) => builder.stores.wakes.leaveForeground(tenantId, 'key_test')
const limiterOf = ({ tenantId }: { tenantId: string }) => builder.stores.wakes.readLimiter(tenantId)

/** A session whose tenant was woken just now: what is created next is gated. */
async function woken(): Promise<BuiltSession> {
  const session = await builder.session()
  await builder.complete((await builder.task(session)).id)
  await builder.stores.wakes.openWakes()
  await builder.deliver(session)
  return session
}

describe('going to the foreground', () => {
  it('ends the delay and releases every gated task, wherever it is', async () => {
    const session = await woken()
    const later = new Date(Date.now() + 30_000)
    const [plain, planned, suspended, running, canceled] = await builder.tasks(
      session,
      {},
      { earliestBeginDate: later },
      { suspended: true },
      {},
      {},
    )
    await builder.begin(running!.id)
    await builder.stores.tasks.cancelTask(session.tenantId, canceled!.id)
    expect((await limiterOf(session)).state).toMatchObject({ delaySeconds: 60, gatedLive: 3 })
    const before = await builder.find(running!)
    const entered = await enter(session)
    expect(entered).toMatchObject({ kind: 'foreground', limiter: { state: { delaySeconds: 0, gatedLive: 0 } } })
    const { at } = await limiterOf(session)
    for (const task of [plain!, planned!, suspended!, running!])
      expect(await builder.find(task)).toMatchObject({ gatedUntil: null })
    expect((await builder.find(plain!)).readyAt.getTime()).toBeLessThanOrEqual(at)
    expect((await builder.find(planned!)).readyAt).toEqual(later)
    expect((await builder.find(running!)).readyAt).toEqual(before.readyAt)
    expect((await builder.find(canceled!)).gatedUntil).not.toBeNull()
    const { tenantId } = session
    expect(await builder.stores.tasks.resumeTask(tenantId, suspended!.id)).toMatchObject({ gatedUntil: null })
    await builder.database.run('select pg_sleep(0.001)')
    const claimed = (await claim(builder.stores, 100)).map(({ taskId }) => taskId)
    expect(claimed.toSorted()).toEqual([plain!.id, suspended!.id].toSorted())
    // Their ends are no gated ends any more.
    await builder.complete(running!.id)
    expect((await limiterOf(session)).state).toMatchObject({ delaySeconds: 0, gatedLive: 0 })
  })

  it('keeps a retry to its time', async () => {
    const session = await woken()
    const task = await builder.task(session)
    await builder.stores.transfers.failAttempt((await builder.begin(task.id)).lease, failure(60_000))
    const { readyAt } = await builder.find(task)
    await enter(session)
    expect(await builder.find(task)).toMatchObject({ readyAt, retryAt: readyAt, gatedUntil: null })
  })

  it('touches no other tenant', async () => {
    const other = await woken()
    const gated = await builder.task(other)
    await enter(await woken())
    expect((await builder.find(gated)).gatedUntil).toEqual(gated.gatedUntil)
    expect((await limiterOf(other)).foregroundUntil).toBeNull()
    expect((await limiterOf(other)).state.delaySeconds).toBe(60)
  })

  it('lasts until its time or until it is ended, and is renewed from now on', async () => {
    const session = await builder.session()
    await enter(session, 300)
    expect((await builder.task(session)).createdIn).toBe('foreground')
    const entered = await enter(session, 0.2)
    if (entered.kind !== 'foreground') throw new Error(entered.kind)
    const { foregroundUntil, at } = entered.limiter
    expect(foregroundUntil! - at).toBeLessThanOrEqual(200)
    await eventually('the lease ends', async () => (await builder.task(session)).createdIn === 'background')
    expect((await limiterOf(session)).at).toBeGreaterThanOrEqual(foregroundUntil!)
    await enter(session, 300)
    expect((await builder.task(session)).createdIn).toBe('foreground')
    expect((await leave(session)).foregroundUntil).toBeNull()
    expect((await builder.task(session)).createdIn).toBe('background')
    expect((await leave(session)).foregroundUntil).toBeNull()
  })

  it('is written down, ends only when there was something to end', async () => {
    const session = await builder.session()
    await enter(session, 10)
    await leave(session)
    await leave(session)
    const rows = await builder.database.many<{ keyId: string; action: string; at: Date; until: Date | null }>(
      'select * from presence where tenant_id = $1 order by id',
      [session.tenantId],
    )
    expect(rows).toMatchObject([
      { keyId: 'key_test', action: 'acquired' },
      { keyId: 'key_test', action: 'ended', until: null },
    ])
    expect(rows[0]!.until!.getTime() - rows[0]!.at.getTime()).toBe(10_000)
  })

  it('is possible 30 times an hour, exactly, however many ask at once', async () => {
    const session = await builder.session()
    const processes = Array.from({ length: 4 }, () => builder.otherProcess())
    const asked = await Promise.all(
      Array.from({ length: 60 }, (_, n) => processes[n % 4]!.wakes.enterForeground(session.tenantId, 'key_test', 1)),
    )
    expect(asked.filter(({ kind }) => kind === 'foreground')).toHaveLength(30)
    const { foregroundUntil } = await limiterOf(session)
    const refused = await enter(session, 300)
    expect(refused).toMatchObject({ kind: 'limited', rateLimit: { left: 0, moreInSeconds: expect.any(Number) } })
    expect((await limiterOf(session)).foregroundUntil).toBe(foregroundUntil)
    await builder.database.run(
      `update presence set at = at - interval '1 hour' where id = (select min(id) from presence where tenant_id = $1)`,
      [session.tenantId],
    )
    expect(await enter(session)).toMatchObject({ kind: 'foreground' })
    expect(await enter(session)).toMatchObject({ kind: 'limited' })
  })
})

describe('a task that is created in the foreground', () => {
  it('is not gated, and discretionary only when it or its session says so', async () => {
    const session = await woken()
    await enter(session)
    const [plain, willing] = await builder.tasks(session, {}, { isDiscretionary: true })
    expect(plain).toMatchObject({ createdIn: 'foreground', effectiveDiscretionary: false, gatedUntil: null })
    expect(willing).toMatchObject({ createdIn: 'foreground', effectiveDiscretionary: true })
    const patient = await builder.session(session.tenantId, { isDiscretionary: true })
    expect(await builder.task(patient)).toMatchObject({ isDiscretionary: true, effectiveDiscretionary: true })
    expect(await builder.task(patient, { isDiscretionary: false })).toMatchObject({ effectiveDiscretionary: false })
  })
})

describe('the reading of the limiter', () => {
  it('counts the wakes of the last hour, and those that told of one task', async () => {
    const session = await builder.session()
    for (const count of [1, 2, 1]) {
      for (const { id } of await builder.tasks(session, ...Array(count).fill({}))) await builder.complete(id)
      await builder.stores.wakes.openWakes()
      await builder.deliver(session)
    }
    expect(await limiterOf(session)).toMatchObject({ wakesLastHour: 3, singleTaskWakesLastHour: 2 })
    await builder.database.run(
      "update wake set opened_at = opened_at - interval '1 hour' where id = (select min(id) from wake where tenant_id = $1)",
      [session.tenantId],
    )
    expect(await limiterOf(session)).toMatchObject({ wakesLastHour: 2, singleTaskWakesLastHour: 1 })
  })
})
