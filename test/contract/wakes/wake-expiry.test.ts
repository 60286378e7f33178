import { describe, expect, it } from 'vitest'
import { attemptDelaysSeconds } from '#core/deliveries/rules/retry-schedule.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { takeNextDelivery } from '#support/builders/next-deliveries.ts'
import { type BuiltSession, eventOf, typesOf } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const taskEvents = ['task.finished_downloading', 'task.completed']

/** A session with an open wake that tells of one task. */
async function woken(): Promise<BuiltSession> {
  const session = await builder.session()
  await builder.complete((await builder.task(session)).id)
  await builder.stores.wakes.openWakes()
  return session
}

async function expire({ id }: BuiltSession): Promise<void> {
  const late = "update wake set deadline = clock_timestamp() - interval '1 ms' where session_id = $1 and state = 'open'"
  await builder.database.run(late, [id])
  await builder.stores.wakes.openWakes()
}
const { makeDue } = createLanes(builder)
const limiterOf = ({ tenantId }: BuiltSession) =>
  builder.database.first('select delay_seconds from limiter where tenant_id = $1', [tenantId])
const wakesOf = async ({ tenantId, identifier }: BuiltSession) =>
  (await builder.stores.wakes.listWakes(tenantId, { sessionIdentifier: identifier }, { limit: 10 })).data

describe('a wake that expires', () => {
  it('has what was not acknowledged sent again at once, in order and with wake.expired behind it', async () => {
    const session = await woken()
    await builder.deliver(session, (delivery) => (eventOf(delivery).type === 'session.wake' ? 204 : 503))
    await builder.stores.wakes.openWakes()
    expect(await builder.deliver(session)).toEqual([])
    await expire(session)
    const sent = await builder.deliver(session)
    expect(typesOf(sent)).toEqual([...taskEvents, 'wake.expired'])
    expect(new Set(sent.map((delivery) => eventOf(delivery).data.wakeId)).size).toBe(1)
    await builder.stores.wakes.openWakes()
    expect(await wakesOf(session)).toMatchObject([{ state: 'expired' }])
    expect(await limiterOf(session)).toEqual({ delaySeconds: 60 })
  })

  it('gives what had failed for good a fresh schedule, once', async () => {
    const session = await woken()
    const failing = async () => {
      let attempts = 0
      for (; attempts < 30; attempts++) {
        await makeDue(session)
        const sent = await builder.deliver(session, (delivery) =>
          eventOf(delivery).type === 'task.finished_downloading' ? 503 : 204,
        )
        if (eventOf(sent.at(-1)!).type !== 'task.finished_downloading') break
      }
      return attempts
    }
    expect(await failing()).toBe(attemptDelaysSeconds.length)
    const deliveries = async () => {
      const { data } = await builder.stores.deliveries.listDeliveries(
        session.tenantId,
        { state: 'failed' },
        { limit: 10 },
      )
      return data
    }
    const [failed] = await deliveries()
    expect(failed).toMatchObject({ eventType: 'task.finished_downloading', attempts: 10 })
    // The client has acknowledged session.events_finished by now, unless completion is explicit.
    await builder.database.run("update wake set state = 'open' where session_id = $1", [session.id])
    await expire(session)
    expect(await failing()).toBe(attemptDelaysSeconds.length)
    expect(await deliveries()).toMatchObject([{ id: failed!.id, attempts: 20 }])
    const attempts = (await builder.stores.deliveries.listAttempts(session.tenantId, failed!.id))!
    expect(attempts.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  })

  it('leaves what is being sent alone: it is not sent twice at once', async () => {
    const session = await woken()
    const lane = { sessionId: session.id, endpointId: session.endpointId! }
    expect(await takeNextDelivery(builder.stores, lane)).not.toBeNull()
    await expire(session)
    expect(await takeNextDelivery(builder.stores, lane)).toBeNull()
  })

  it('and is extended at the same moment is either, never both', async () => {
    const [one, other] = [builder.otherProcess(), builder.otherProcess()]
    for (let round = 0; round < 10; round++) {
      const session = await woken()
      const [wake] = await wakesOf(session)
      const soon = 'update wake set deadline = clock_timestamp() + make_interval(secs => $2) where id = $1'
      await builder.database.run(soon, [wake!.id, round / 1000])
      const [extended] = await Promise.all([
        one.wakes.extendWake(session.tenantId, wake!.id, 3600),
        builder.stores.wakes.openWakes(),
        other.wakes.openWakes(),
      ])
      await builder.stores.wakes.openWakes()
      const [after] = await wakesOf(session)
      expect(after!.state).toBe(extended === 'expired' ? 'expired' : 'open')
    }
  })
})
