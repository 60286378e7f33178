import { describe, expect, it } from 'vitest'
import { createLanes } from '#support/builders/lanes.ts'
import { aResponse, type BuiltSession, eventOf, type SessionChanges, typesOf } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { createWakes } from '#support/builders/wakes.ts'

const builder = useStore()

const { wakesOf } = createWakes(builder)
const { woken, makeDue, laneOf } = createLanes(builder)
const finished = 'session.events_finished'
const taskEvents = ['task.finished_downloading', 'task.completed']

/** A session with an open wake that tells of one task whose file lives until the client returns. */
async function open(changes: SessionChanges = {}): Promise<BuiltSession> {
  return woken(await builder.session(undefined, { fileRetention: 'untilReturn', ...changes }))
}
const completeOne = async (session: BuiltSession) => builder.complete((await builder.task(session)).id)
const send = async (session: BuiltSession, refused?: string) => {
  await makeDue(session)
  return typesOf(await builder.deliver(session, (each) => (eventOf(each).type === refused ? 500 : 204)))
}
/** What becomes of the session's files, in the order of its tasks: returned, still awaiting it, or with a lease. */
async function files({ id }: BuiltSession): Promise<string[]> {
  const rows = await builder.database.many<{ what: string }>(
    `select case when file_lease_expires_at is null then 'awaited'
       when file_lease_expires_at <= clock_timestamp() then 'returned' else 'leased' end as what
     from task where session_id = $1 order by task_identifier`,
    [id],
  )
  return rows.map(({ what }) => what)
}

describe('an event that comes behind session.events_finished', () => {
  it('while its response is out is followed by another one, which completes the wake', async () => {
    const session = await open()
    expect(await send(session, finished)).toEqual(['session.wake', ...taskEvents, finished])
    await completeOne(session)
    await makeDue(session)
    // The first is acknowledged now, in one run with what came behind it.
    const lane = laneOf(session)
    const run = await builder.stores.deliveries.leaseNextBatch(lane, 128)
    expect(typesOf(run)).toEqual([finished, ...taskEvents])
    const sent = run.map((delivery) => ({ delivery, answer: aResponse(204), durationMs: 0, agoMs: 0 }))
    const next = await builder.stores.deliveries.recordBatch({ sent, unsent: [] }, 0.5, 128)
    expect(typesOf(next)).toEqual([finished])
    expect(await wakesOf(session)).toMatchObject([{ state: 'open', eventCount: 4 }])
    expect(await files(session)).toEqual(['awaited', 'awaited'])
    await builder.stores.deliveries.recordBatch(
      { sent: next.map((delivery) => ({ delivery, answer: aResponse(204), durationMs: 0, agoMs: 0 })), unsent: [] },
      0.5,
      128,
    )
    expect(await wakesOf(session)).toMatchObject([{ state: 'completed', eventCount: 4 }])
    expect(await files(session)).toEqual(['returned', 'returned'])
  })

  it('is told in the same wake, one by one', async () => {
    const session = await open()
    await send(session, finished)
    await completeOne(session)
    expect(await send(session)).toEqual([finished, ...taskEvents, finished])
    expect(await wakesOf(session)).toMatchObject([{ state: 'completed' }])
  })

  it('is followed by another one when it was sent before, and by hand', async () => {
    const session = await open()
    await send(session, finished)
    const { data } = await builder.stores.deliveries.listDeliveries(session.tenantId, {}, { limit: 10 })
    const told = data.find(({ eventType }) => eventType === 'task.completed')!
    await builder.stores.deliveries.retryDelivery(session.tenantId, told.id)
    expect(await send(session)).toEqual([finished, 'task.completed', finished])
    expect(await wakesOf(session)).toMatchObject([{ state: 'completed' }])
  })

  it('and is called off is no reason to wait for the deadline', async () => {
    const session = await open()
    await send(session, finished)
    await completeOne(session)
    // Cancel it, as happens to a question that is withdrawn.
    await builder.database.run(
      `update delivery d set state = 'canceled', ended_at = clock_timestamp() from event e
       where e.id = d.event_id and d.session_id = $1 and d.state = 'pending' and e.type <> '${finished}'`,
      [session.id],
    )
    expect(await send(session)).toEqual([finished, finished])
    expect(await wakesOf(session)).toMatchObject([{ state: 'completed' }])
  })

  it('in a wake that is completed by a call is followed by another one', async () => {
    const session = await open({ wakeCompletion: 'explicit' })
    await send(session)
    await completeOne(session)
    expect(await send(session)).toEqual([...taskEvents, finished])
    const [wake] = await wakesOf(session)
    await builder.stores.wakes.completeWake(session.tenantId, wake!.id)
    expect(await files(session)).toEqual(['returned', 'returned'])
  })

  it('is none of those that are filtered out, and adds no second one', async () => {
    const session = await open({ wakeCompletion: 'explicit', eventTypes: ['task.finished_downloading'] })
    expect(await send(session)).toEqual(['session.wake', 'task.finished_downloading', finished])
    const [suspended] = await builder.tasks(session, { suspended: true })
    await builder.stores.tasks.cancelTask(session.tenantId, suspended!.id)
    expect(await send(session)).toEqual([])
  })
})

describe('completing a wake returns', () => {
  it('only the files that the client knew of when it acknowledged session.events_finished', async () => {
    const session = await open({ wakeCompletion: 'explicit' })
    await send(session)
    await completeOne(session)
    const [wake] = await wakesOf(session)
    await builder.stores.wakes.completeWake(session.tenantId, wake!.id)
    expect(await files(session)).toEqual(['returned', 'leased'])
    // It goes out all the same, and the file is there.
    expect(await send(session)).toEqual(taskEvents)
    expect(await files(session)).toEqual(['returned', 'leased'])
  })

  it('no file while a later session.events_finished is not acknowledged', async () => {
    const session = await open({ wakeCompletion: 'explicit' })
    await send(session)
    await completeOne(session)
    await send(session, finished)
    const [wake] = await wakesOf(session)
    await builder.stores.wakes.completeWake(session.tenantId, wake!.id)
    expect(await files(session)).toEqual(['returned', 'leased'])
  })

  it('files whose events the endpoint does not want', async () => {
    const session = await open({ eventTypes: ['task.completed'] })
    expect(await send(session)).toEqual(['session.wake', 'task.completed', finished])
    expect(await files(session)).toEqual(['returned'])
  })
})
