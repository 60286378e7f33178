import { describe, expect, it } from 'vitest'
import type { Delivery } from '#core/deliveries/delivery-log-store.ts'
import type { OutgoingDelivery } from '#core/deliveries/delivery-store.ts'
import { attemptDelaysSeconds } from '#core/deliveries/rules/retry-schedule.ts'
import { createDecisions } from '#support/builders/decisions.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { type BuiltSession, typesOf } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
const decisions = createDecisions(builder)

const { take, makeDue, respond, woken } = createLanes(builder)
const deliveriesOf = async ({ tenantId }: BuiltSession) =>
  (await builder.stores.deliveries.listDeliveries(tenantId, {}, { limit: 200 })).data
const ofType = async (session: BuiltSession, type: string) =>
  (await deliveriesOf(session)).find(({ eventType }) => eventType === type)!
const retry = ({ tenantId }: BuiltSession, { id }: Pick<Delivery, 'id'>) =>
  builder.stores.deliveries.retryDelivery(tenantId, id)
const dueInMs = async ({ id }: BuiltSession) =>
  (await builder.database.first<{ ms: number }>(
    `select extract(epoch from due_at - clock_timestamp())::float8 * 1000 as ms from delivery_lane where session_id = $1`,
    [id],
  ))!.ms

/** Fails the head for good; it, as it was sent last. */
async function failHead(session: BuiltSession): Promise<OutgoingDelivery> {
  for (;;) {
    await makeDue(session)
    const head = (await take(session))!
    await respond(head, 500)
    if (head.attempts - head.attemptsBefore === attemptDelaysSeconds.length) return head
  }
}

describe('a delivery that is sent again by hand', () => {
  it('keeps its id and its bytes, and has ten new attempts', async () => {
    const session = await woken()
    const first = await failHead(session)
    const failed = await ofType(session, 'session.wake')
    expect(failed).toMatchObject({ state: 'failed', attempts: 10 })
    await makeDue(session)
    await builder.deliver(session)
    expect(await retry(session, failed)).toMatchObject({ state: 'pending', attempts: 10, endedAt: null })
    for (let attempt = 11; attempt < 20; attempt++) {
      await makeDue(session)
      const again = (await take(session))!
      expect([again.attempts, again.eventId, again.body]).toEqual([attempt, first.eventId, first.body])
      await respond(again, 500)
      expect(await ofType(session, 'session.wake')).toMatchObject({ state: 'pending' })
    }
    await makeDue(session)
    await respond((await take(session))!, 204)
    expect(await ofType(session, 'session.wake')).toMatchObject({ state: 'succeeded', attempts: 20 })
  })

  it('goes to the end of its lane, and does not bring a lane that rests forward', async () => {
    const session = await woken()
    await respond((await take(session))!, 204)
    const delivered = await ofType(session, 'session.wake')
    await makeDue(session)
    await respond((await take(session))!, 500)
    const resting = await dueInMs(session)
    expect(await retry(session, delivered)).toMatchObject({ state: 'pending' })
    expect(await dueInMs(session)).toBeGreaterThan(resting - 2_000)
    await makeDue(session)
    const sent = typesOf(await builder.deliver(session))
    expect(sent).toEqual(['task.finished_downloading', 'task.completed', 'session.wake', 'session.events_finished'])
  })

  it('is due at once when it is pending, in its place and without a new schedule', async () => {
    const session = await woken()
    await respond((await take(session))!, 500)
    const pending = await ofType(session, 'session.wake')
    expect(await dueInMs(session)).toBeGreaterThan(1_000)
    expect(await retry(session, pending)).toMatchObject({ state: 'pending', attempts: 1 })
    expect(await dueInMs(session)).toBeLessThanOrEqual(0)
    expect(await take(session)).toMatchObject({ deliveryId: pending.id, attempts: 2, attemptsBefore: 0 })
  })

  it('wakes whoever sends, when nothing else is pending', async () => {
    const session = await woken()
    await builder.deliver(session)
    const last = await ofType(session, 'task.completed')
    expect((await retry(session, last)) as Delivery).toMatchObject({ state: 'pending' })
    expect(await dueInMs(session)).toBeLessThanOrEqual(0)
    expect((await builder.deliver(session)).map(({ deliveryId }) => deliveryId)).toEqual([last.id])
  })

  it('has an endpoint probed at once that is half-open', async () => {
    const session = await woken()
    await builder.deliver(session)
    const last = await ofType(session, 'task.completed')
    const failing = "update endpoint set failing_since = now(), next_probe_at = now() + interval '1 hour' where id = $1"
    await builder.database.run(failing, [session.endpointId])
    await retry(session, last)
    expect(await take(session)).toMatchObject({ deliveryId: last.id, isProbe: true })
  })

  it('is one, however often and by however many it is asked for', async () => {
    const session = await woken()
    await builder.deliver(session)
    const last = await ofType(session, 'task.completed')
    const processes = [builder.stores, builder.otherProcess()]
    await Promise.all(
      Array.from({ length: 10 }, (_, n) => processes[n % 2]!.deliveries.retryDelivery(session.tenantId, last.id)),
    )
    expect(await builder.deliver(session)).toHaveLength(1)
  })

  it('keeps a late response of the attempt that was on its way', async () => {
    const session = await woken()
    const late = (await take(session))!
    await builder.database.run("update delivery set state = 'canceled', ended_at = now() where id = $1", [
      late.deliveryId,
    ])
    await retry(session, { id: late.deliveryId })
    await builder.stores.deliveries.recordBatch({ sent: [], unsent: [late] }, 0.5, 0)
    const sent = await builder.deliver(session)
    expect(sent.at(-2)).toMatchObject({ deliveryId: late.deliveryId, attempts: 1, attemptsBefore: 0 })
  })

  it('is refused when it asks what is settled or whose time is over, and asks again before', async () => {
    const session = await decisions.session()
    await decisions.delayed(session)
    await builder.stores.decisions.decide()
    const question = await decisions.question(session)
    await respond(question, 500)
    const asked = { id: question.deliveryId }
    expect(await retry(session, asked)).toMatchObject({ state: 'pending', attempts: 1 })
    await decisions.expire(session)
    expect(await retry(session, asked)).toBe('decision_over')
    await builder.stores.decisions.decide()
    expect(await retry(session, asked)).toBe('decision_over')
    expect((await deliveriesOf(session)).find(({ id }) => id === asked.id)).toMatchObject({ state: 'canceled' })
  })

  it('is refused when its endpoint is disabled or gone, or it is another tenant’s', async () => {
    const session = await woken()
    await builder.deliver(session)
    const last = await ofType(session, 'task.completed')
    expect(await builder.stores.deliveries.retryDelivery(await builder.tenant(), last.id)).toBe('not_found')
    for (const change of ["state = 'disabled'", "state = 'enabled', deleted_at = now()"]) {
      await builder.database.run(`update endpoint set ${change} where id = $1`, [session.endpointId])
      expect(await retry(session, last)).toBe('endpoint_disabled')
    }
    expect(await deliveriesOf(session)).toMatchObject(Array(4).fill({ state: 'succeeded' }))
  })
})
