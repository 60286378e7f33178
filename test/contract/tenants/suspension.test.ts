import { describe, expect, it } from 'vitest'
import { openAnnouncer } from '#core/database/listen.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { claim } from '#support/builders/claim.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { type BuiltSession, facts, part, transfer } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'
import { createWakes } from '#support/builders/wakes.ts'

const builder = useStorePerTest()
const { woken, take, laneOf, makeDue, respond } = createLanes(builder)
const { owedWakes, withOneCompleted } = createWakes(builder)

const pull = { delegate: { kind: 'pull' } } as const
const past = "clock_timestamp() - interval '1 ms'"

const put = (state: 'active' | 'suspended', ...sessions: BuiltSession[]) =>
  Promise.all(
    sessions.map(async ({ tenantId }) => {
      const changed = await builder.stores.tenants.changeTenant(tenantId, { limiterPolicy: {}, state })
      expect(changed).toMatchObject({ id: tenantId, state })
    }),
  )
const inFlight = async ({ tenantId }: BuiltSession) => {
  const row = await builder.database.first<{ count: number }>(
    `select count(*)::int as count from task where tenant_id = $1 and state in ('dispatched', 'running', 'completing')`,
    [tenantId],
  )
  return row!.count
}
const dueLanes = async () => (await builder.stores.deliveries.listDueDeliveryLanes(100)).map((lane) => lane.sessionId)

describe('of a suspended tenant', () => {
  it('nothing begins, others take its place, and everything goes on when it is active again', async () => {
    const suspended = await builder.session(undefined, pull)
    const other = await builder.session(undefined, pull)
    const ids = (await builder.tasks(suspended, {}, {}, {})).map(({ id }) => id)
    const others = (await builder.tasks(other, {}, {})).map(({ id }) => id)
    await put('suspended', suspended)
    const claimed = async () => (await claim(builder.stores, 10, { reserve: 2 })).map(({ taskId }) => taskId).toSorted()
    expect(await claimed()).toEqual(others.toSorted())
    expect(await claimed()).toEqual([])
    await put('active', suspended)
    expect(await claimed()).toEqual(ids.toSorted())
  })

  it.each(['dispatched', 'running', 'completing'])(
    'a task that is %s is given back uncharged, announced to its worker, and keeps its parts',
    async (state) => {
      const session = await builder.session(undefined, pull)
      const { id, tenantId } = await builder.task(session)
      const lease = await builder.claim(id)
      const { transfers } = builder.stores
      if (state !== 'dispatched') {
        await transfers.beginTransfer(lease, 'wrk_1')
        await transfers.startGeneration(lease, transfer(1), facts)
        await transfers.recordPart(lease, 1, part(1))
      }
      if (state === 'completing') await transfers.finalizeTransfer(lease, transfer(1), facts)
      const heard: string[] = []
      const announcer = await openAnnouncer(builder.connectionString, { info() {}, warn() {}, error() {} })
      announcer.on('interrupted', ({ taskId }) => heard.push(taskId))
      await put('suspended', session)
      await eventually('its worker has heard', () => heard.includes(id))
      await announcer.close()

      expect(await builder.find({ tenantId, id })).toMatchObject({
        state: 'waiting',
        epoch: lease.epoch + 1,
        attempts: 0,
      })
      expect(await transfers.beginTransfer(lease, 'wrk_1')).toBeNull()
      const progress = { bytesReceived: 1, bytesExpected: null, bytesPerSecond: null }
      expect(await transfers.renewLease(lease, progress)).toBeNull()
      await put('active', session)
      const { job } = await builder.begin(id)
      expect(job.parts).toEqual(state === 'dispatched' ? [] : [part(1)])
    },
  )

  it('no task is in flight, whatever dispatchers of eight processes claim while it is suspended', async () => {
    const session = await builder.session(undefined, pull)
    for (let n = 0; n < 3; n++) await builder.tasks(session, ...Array.from({ length: 500 }, () => ({})))
    let stop = false
    const dispatcher = async (stores: typeof builder.stores) => {
      while (!stop) await claim(stores, 5)
    }
    const dispatchers = Array.from({ length: 8 }, () => dispatcher(builder.otherProcess()))
    const found: number[] = []
    for (let round = 0; round < 10; round++) {
      await eventually('some are claimed', async () => (await inFlight(session)) > 0, { everyMs: 1 })
      await put('suspended', session)
      // More than one transaction takes are left for the chore.
      await builder.stores.tenants.giveBackResting()
      for (let look = 0; look < 5; look++) found.push(await inFlight(session))
      await put('active', session)
    }
    stop = true
    await Promise.all(dispatchers)
    expect(new Set(found)).toEqual(new Set([0]))
  })

  it('what a process of an older version has claimed is given back, and nothing of others', async () => {
    const session = await builder.session(undefined, pull)
    const other = await builder.session(undefined, pull)
    const old = await builder.task(session)
    const running = await builder.task(other)
    await builder.begin(old.id)
    await builder.begin(running.id)
    await builder.database.run('update lane set resting = true where tenant_id = $1', [session.tenantId])
    await builder.stores.tenants.giveBackResting()
    expect(await builder.find(old)).toMatchObject({ state: 'waiting', attempts: 0 })
    expect(await builder.find(running)).toMatchObject({ state: 'running' })
  })

  it('deliveries rest: what is on its way is recorded, and nothing follows until it is active again', async () => {
    const session = await woken()
    const other = await woken()
    const sent = (await take(session))!
    await put('suspended', session)
    const record = {
      sent: [
        {
          delivery: sent,
          answer: { status: 204, error: null, body: '', retryAfterSeconds: null },
          durationMs: 1,
          agoMs: 0,
        },
      ],
      unsent: [],
    }
    expect(await builder.stores.deliveries.recordBatch(record, 0.5, 5)).toEqual([])
    await makeDue(session)
    expect(await dueLanes()).toEqual([other.id])
    expect(await take(session)).toBeNull()
    expect(await builder.stores.deliveries.leaseNextBatch(laneOf(session), 5)).toEqual([])
    await put('active', session)
    expect((await dueLanes()).toSorted()).toEqual([session.id, other.id].toSorted())
    const next = (await take(session))!
    expect(next.attempts).toBe(1)
    await respond(next, 204)
  })

  it('no wake is opened, and the one that is owed is opened when it is active again', async () => {
    const session = await builder.session()
    await withOneCompleted(session)
    const other = await builder.session()
    await withOneCompleted(other)
    await put('suspended', session)
    expect(await owedWakes(other)).toHaveLength(1)
    expect(await owedWakes(session)).toEqual([])
    await builder.stores.wakes.bringWakesForward()
    expect(await owedWakes(session)).toEqual([])
    await put('active', session)
    await builder.stores.wakes.bringWakesForward()
    expect(await owedWakes(session)).toHaveLength(1)
  })

  it('time goes on: a task whose deadline passes fails', async () => {
    const session = await builder.session(undefined, pull)
    const task = await builder.task(session)
    await put('suspended', session)
    await builder.database.run(`update task set deadline = ${past} where id = $1`, [task.id])
    await builder.stores.transfers.reap()
    expect(await builder.find(task)).toMatchObject({ state: 'failed', error: { name: 'timedOut' } })
  })

  it('nothing is deleted: files and resume data that would expire stay', async () => {
    const session = await builder.session(undefined, pull)
    const [done, failed] = await builder.tasks(session, {}, {})
    await builder.complete(done!.id)
    await builder.database.run(`update task set file_lease_expires_at = ${past} where id = $1`, [done!.id])
    await builder.database.run(
      `update task set state = 'failed', ended_at = ${past}, transfer = '{"key": "a"}', resume_until = ${past} where id = $1`,
      [failed!.id],
    )
    await put('suspended', session)
    const sweep = async () => [await builder.stores.files.expireFiles(), await builder.stores.tasks.expireResumeData()]
    expect(await sweep()).toEqual([0, 0])
    expect(await builder.find(done!)).toMatchObject({ file: { state: 'temporary' } })
    await put('active', session)
    expect(await sweep()).toEqual([1, 1])
  })
})
