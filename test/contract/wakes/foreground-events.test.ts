import { describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { type BuiltSession, eventOf, typesOf } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const enter = ({ tenantId }: { tenantId: string }) => builder.stores.wakes.enterForeground(tenantId, 'key_test', 60)
const leave = ({ tenantId }: { tenantId: string }) => builder.stores.wakes.leaveForeground(tenantId, 'key_test')
const endLease = ({ tenantId }: { tenantId: string }) =>
  builder.database.run(
    "update limiter set foreground_until = clock_timestamp() - interval '1 ms' where tenant_id = $1",
    [tenantId],
  )
const endFileLeases = ({ id }: BuiltSession) =>
  builder.database.run(
    "update task set file_lease_expires_at = clock_timestamp() - interval '1 ms' where session_id = $1",
    [id],
  )
const limiterOf = ({ tenantId }: { tenantId: string }) => builder.stores.wakes.readLimiter(tenantId)
const wakesOf = async ({ tenantId, identifier }: BuiltSession) =>
  (await builder.stores.wakes.listWakes(tenantId, { sessionIdentifier: identifier }, { limit: 100 })).data
const wakeIdsOf = (sent: Parameters<typeof eventOf>[0][]) => sent.map((delivery) => eventOf(delivery).data.wakeId)

/** A session that was woken, and has been told everything. */
async function woken(): Promise<BuiltSession> {
  const session = await builder.session()
  await builder.complete((await builder.task(session)).id)
  await builder.stores.wakes.openWakes()
  await builder.deliver(session)
  return session
}

describe('events in the foreground', () => {
  const taskEvents = ['task.finished_downloading', 'task.completed']

  it('are delivered as they happen, without a wake and without a rise', async () => {
    const session = await builder.session()
    await enter(session)
    const tasks = await builder.tasks(session, {}, {})
    for (const { id } of tasks) {
      await builder.complete(id)
      const sent = await builder.deliver(session)
      expect(typesOf(sent)).toEqual(taskEvents)
      expect(wakeIdsOf(sent)).toEqual([null, null])
    }
    await builder.stores.wakes.openWakes()
    expect(await wakesOf(session)).toEqual([])
    expect((await limiterOf(session)).state).toMatchObject({ delaySeconds: 0, lastWakeAt: null })
  })

  it('that were held go out when the lease is taken, in their order and before newer ones', async () => {
    const session = await builder.session()
    const [first, second] = await builder.tasks(session, {}, {})
    await builder.complete(first!.id)
    await enter(session)
    await builder.complete(second!.id)
    await builder.stores.wakes.openWakes()
    const sent = await builder.deliver(session)
    expect(sent.map((delivery) => eventOf(delivery).sequence)).toEqual([1, 2, 3, 4])
    expect(await wakesOf(session)).toEqual([])
  })

  it('take the place of a wake that is owed, though it is not due yet', async () => {
    const session = await builder.session()
    const [first, other] = await builder.tasks(session, {}, {})
    await builder.complete(first!.id)
    await builder.begin(other!.id)
    await enter(session)
    await builder.stores.wakes.openWakes()
    expect(typesOf(await builder.deliver(session))).toEqual(taskEvents)
    await endLease(session)
    await builder.stores.wakes.openWakes()
    expect(await wakesOf(session)).toEqual([])
  })

  it('but not when the lease ends in the very moment: the wake is owed as it was', async () => {
    const session = await builder.session()
    const [first] = await builder.tasks(session, {}, {})
    await builder.complete(first!.id)
    const owed = () => builder.database.first('select wake_due_at from session where id = $1', [session.id])
    const before = await owed()
    await enter(session)
    let opening: Promise<unknown> = Promise.resolve()
    await builder.database.transaction(async (tx) => {
      await tx.run('select 1 from limiter where tenant_id = $1 for update', [session.tenantId])
      opening = builder.stores.wakes.openWakes()
      // It has found the session, and waits for the limiter.
      await eventually('the session is locked', async () => {
        const free = await builder.database.many('select 1 from session where id = $1 for update skip locked', [
          session.id,
        ])
        return free.length === 0
      })
      await tx.run('update limiter set foreground_until = null where tenant_id = $1', [session.tenantId])
    })
    await opening
    expect(await wakesOf(session)).toEqual([])
    expect(await builder.deliver(session)).toEqual([])
    expect(await owed()).toEqual(before)
  })

  it('with those that are not worth a wake among them', async () => {
    const session = await woken()
    await endFileLeases(session)
    await builder.stores.files.expireFiles()
    expect(await builder.deliver(session)).toEqual([])
    await enter(session)
    await builder.stores.wakes.openWakes()
    expect(typesOf(await builder.deliver(session))).toEqual(['file.expired'])
  })

  it('but those that are not worth a wake open none when the lease ends before they are sent', async () => {
    const session = await woken()
    await endFileLeases(session)
    await builder.stores.files.expireFiles()
    await enter(session)
    await endLease(session)
    await builder.stores.wakes.openWakes()
    expect(await wakesOf(session)).toHaveLength(1)
    await builder.complete((await builder.task(session)).id)
    await builder.stores.wakes.openWakes()
    expect(typesOf(await builder.deliver(session))).toContain('file.expired')
  })

  it.each([
    ['has ended', endLease],
    ['was given back', leave],
  ])('are held for a wake again when the lease %s', async (_how, end) => {
    const session = await builder.session()
    await enter(session)
    const task = await builder.task(session)
    await end(session)
    await builder.complete(task.id)
    expect(await builder.deliver(session)).toEqual([])
    await builder.stores.wakes.openWakes()
    expect(typesOf(await builder.deliver(session))).toEqual(['session.wake', ...taskEvents, 'session.events_finished'])
    expect((await limiterOf(session)).state.delaySeconds).toBe(60)
  })

  it('go out in the wake that is open', async () => {
    const session = await builder.session(undefined, { wakeCompletion: 'explicit' })
    await builder.complete((await builder.task(session)).id)
    await builder.stores.wakes.openWakes()
    await enter(session)
    await builder.complete((await builder.task(session)).id)
    const sent = await builder.deliver(session)
    expect(typesOf(sent)).toEqual(['session.wake', ...taskEvents, ...taskEvents, 'session.events_finished'])
    const [wake] = await wakesOf(session)
    expect(new Set(wakeIdsOf(sent))).toEqual(new Set([wake!.id]))
  })

  it('are not delivered to who pulls them', async () => {
    for (const changes of [{ delegate: { kind: 'pull' as const } }, { sessionSendsLaunchEvents: false }]) {
      const session = await builder.session(undefined, changes)
      await enter(session)
      await builder.complete((await builder.task(session)).id)
      expect((await builder.stores.deliveries.listDeliveries(session.tenantId, {}, { limit: 10 })).data).toEqual([])
    }
  })

  it('let a file go that lives until the client returns, when they were acknowledged', async () => {
    const session = await builder.session(undefined, { fileRetention: 'untilReturn' })
    await enter(session)
    const { id } = await builder.task(session)
    await builder.complete(id)
    await builder.stores.files.expireFiles()
    expect((await builder.find({ id, tenantId: session.tenantId })).file?.state).toBe('temporary')
    await builder.deliver(session)
    await builder.stores.files.expireFiles()
    expect((await builder.find({ id, tenantId: session.tenantId })).file?.state).toBe('expired')
  })
})
