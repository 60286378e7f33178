import { describe, expect, it } from 'vitest'
import type { OutgoingDelivery } from '#core/deliveries/delivery-store.ts'
import { attemptDelaysSeconds } from '#core/deliveries/rules/retry-schedule.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { type BuiltSession, eventOf, typesOf } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { createWakes } from '#support/builders/wakes.ts'

const builder = useStore()

const { take, makeDue, respond, woken } = createLanes(builder)
const { feedOf } = createWakes(builder)
const numbers = (sent: OutgoingDelivery[]) => sent.map((delivery) => eventOf(delivery).sequence)
const isIn = async (session: BuiltSession, type: string) => (await feedOf(session)).some((event) => event.type === type)
/** When the lane may be looked at again, in seconds from now; null: nothing is pending. */
const restsFor = async ({ id }: BuiltSession) =>
  (await builder.database.first<{ seconds: number | null }>(
    `select extract(epoch from due_at - clock_timestamp())::float8 as seconds from delivery_lane where session_id = $1`,
    [id],
  ))!.seconds

/** The head's attempts until it has none left, and how long the lane rested behind each but the last, in seconds. */
async function failHead(session: BuiltSession): Promise<{ tried: OutgoingDelivery[]; rests: number[] }> {
  const tried: OutgoingDelivery[] = []
  const rests: number[] = []
  for (;;) {
    await makeDue(session)
    const head = (await take(session))!
    tried.push(head)
    await respond(head, 500)
    if (head.attempts - head.attemptsBefore === attemptDelaysSeconds.length) return { tried, rests }
    rests.push((await restsFor(session))!)
  }
}

describe('the order of a session', () => {
  it('is that of its numbers, also for what happens while the wake is open', async () => {
    const session = await builder.session()
    for (const { id } of await builder.tasks(session, {}, {}, {})) await builder.complete(id)
    await builder.stores.wakes.openWakes()
    const sent = [(await take(session))!]
    // Its wake is open: what follows is delivered as it happens.
    const [late] = await builder.tasks(session, {})
    await builder.complete(late!.id)
    await respond(sent[0]!, 204)
    await makeDue(session)
    sent.push(...(await builder.deliver(session)))
    const [wake, ...events] = sent
    expect(eventOf(wake!).type).toBe('session.wake')
    expect(numbers(events)).toEqual(numbers(events).toSorted((a, b) => a - b))
    expect(typesOf(sent).filter((type) => type === 'session.events_finished')).toHaveLength(1)
    expect(typesOf(sent).at(-1)).toBe('session.events_finished')
    expect(events).toHaveLength(9)
  })

  it('is kept behind a head that fails: nothing overtakes it while it has attempts left, whoever asks', async () => {
    const session = await woken()
    const first = (await take(session))!
    await respond(first, 500)
    for (const stores of [builder.stores, builder.otherProcess()]) {
      expect(
        await stores.deliveries.leaseNextBatch({ sessionId: session.id, endpointId: session.endpointId! }, 64),
      ).toEqual([])
    }
    await builder.complete((await builder.task(session)).id)
    expect(await restsFor(session)).toBeGreaterThan(1)
    await makeDue(session)
    const sent = await builder.deliver(session)
    expect(sent[0]).toMatchObject({ deliveryId: first.deliveryId, attempts: 2, body: first.body })
    expect(numbers(sent.slice(1))).toEqual(numbers(sent.slice(1)).toSorted((a, b) => a - b))
  })

  it('is given up for a head without attempts left, which holds the others up for 75 h 35 min and no longer', async () => {
    const session = await woken()
    const { tried, rests } = await failHead(session)
    expect(new Set(tried.map(({ deliveryId }) => deliveryId)).size).toBe(1)
    const seconds = rests.reduce((sum, rest) => sum + rest, 0)
    expect(seconds).toBeLessThanOrEqual(75 * 3600 + 35 * 60 + 5)
    expect(seconds).toBeGreaterThan(75 * 3600)
    expect(await restsFor(session)).toBeLessThanOrEqual(0)
    await makeDue(session)
    const rest = typesOf(await builder.deliver(session))
    expect(rest).toEqual(['task.finished_downloading', 'task.completed', 'session.events_finished'])
  })

  it('has no longer rest than a day, whatever the receiver asks for', async () => {
    const session = await woken()
    await respond((await take(session))!, 503, { retryAfterSeconds: 1e9 })
    expect(await restsFor(session)).toBeLessThanOrEqual(86_400)
  })

  it('is each lane’s own: a head that fails does not hold up the tenant’s other sessions', async () => {
    const tenantId = await builder.tenant()
    const stuck = await woken(await builder.session(tenantId))
    const other = await woken(await builder.session(tenantId))
    await respond((await take(stuck))!, 500)
    expect(await builder.deliver(other)).toHaveLength(4)
    expect(await builder.deliver(stuck)).toEqual([])
  })
})

describe('session.events_finished', () => {
  it('is not even written before everything of the wake has ended', async () => {
    const session = await woken()
    for (const type of ['session.wake', 'task.finished_downloading', 'task.completed']) {
      expect(await isIn(session, 'session.events_finished')).toBe(false)
      const head = (await take(session))!
      expect(eventOf(head).type).toBe(type)
      await respond(head, 204)
      await makeDue(session)
    }
    expect(await isIn(session, 'session.events_finished')).toBe(true)
    expect(typesOf(await builder.deliver(session))).toEqual(['session.events_finished'])
  })

  it('waits for what is retried, and comes when that has failed for good', async () => {
    const session = await woken()
    await respond((await take(session))!, 204)
    await makeDue(session)
    await respond((await take(session))!, 204)
    const { tried } = await failHead(session)
    expect(eventOf(tried[0]!).type).toBe('task.completed')
    await makeDue(session)
    expect(typesOf(await builder.deliver(session))).toEqual(['session.events_finished'])
  })

  it('waits for what is started again while the wake is open, by hand or by a recovery', async () => {
    for (const again of ['retry', 'recover']) {
      const session = await woken()
      await respond((await take(session))!, 204)
      const { tried } = await failHead(session)
      if (again === 'retry') await builder.stores.deliveries.retryDelivery(session.tenantId, tried[0]!.deliveryId)
      else {
        const range = { since: new Date(Date.now() - 60_000), until: null }
        await builder.stores.recoveries.startRecovery(session.tenantId, session.endpointId!, range)
        while (await builder.stores.recoveries.recoverEvents());
        await builder.stores.wakes.openWakes()
      }
      await makeDue(session)
      const types = typesOf(await builder.deliver(session))
      expect(types, again).toEqual(['task.completed', 'task.finished_downloading', 'session.events_finished'])
    }
  })
})
