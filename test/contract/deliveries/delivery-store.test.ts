import { describe, expect, it } from 'vitest'
import { attemptDelaysSeconds, mostUnansweredAttempts } from '#core/deliveries/rules/retry-schedule.ts'
import { completionToken } from '#core/wakes/rules/completion-token.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { recordAttempt, takeNextDelivery } from '#support/builders/next-deliveries.ts'
import { aResponse, type BuiltSession, eventOf, typesOf } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const { laneOf, take, makeDue, endLaneLease, respond, woken } = createLanes(builder)
const laneRow = (session: BuiltSession) =>
  builder.database.first<{ dueAt: Date | null; leaseUntil: Date | null; now: Date }>(
    'select *, clock_timestamp() as now from delivery_lane where session_id = $1',
    [session.id],
  )
const deliveriesOf = async ({ tenantId }: BuiltSession) =>
  (await builder.stores.deliveries.listDeliveries(tenantId, {}, { limit: 200 })).data
const isDue = async (session: BuiltSession) =>
  (await builder.stores.deliveries.listDueDeliveryLanes(10_000)).some(({ sessionId }) => sessionId === session.id)

const taskEvents = ['task.finished_downloading', 'task.completed']

describe('a lane', () => {
  it('sends one after the other, in order, each with its number and all live secrets', async () => {
    const session = await woken()
    expect(await isDue(session)).toBe(true)
    const sent = await builder.deliver(session)
    expect(typesOf(sent)).toEqual(['session.wake', ...taskEvents, 'session.events_finished'])
    expect(sent.map(({ secrets }) => secrets)).toEqual(Array(4).fill([session.secret]))
    expect(sent.map((delivery) => eventOf(delivery).id)).toEqual(sent.map(({ eventId }) => eventId))
    expect(await isDue(session)).toBe(false)
    expect(await deliveriesOf(session)).toMatchObject(Array(4).fill({ state: 'succeeded', attempts: 1 }))
    expect(eventOf(sent[0]!).data).toMatchObject({
      completionToken: completionToken(builder.encryptor, eventOf(sent[0]!).data.wakeId!),
    })
  })

  it('waits behind its head until that has succeeded, and does not hold up other lanes', async () => {
    const tenantId = await builder.tenant()
    const stuck = await woken(await builder.session(tenantId))
    const other = await woken(await builder.session(tenantId))
    expect(await builder.deliver(stuck, () => 503)).toHaveLength(1)
    expect(await isDue(stuck)).toBe(false)
    expect(await take(stuck)).toBeNull()
    expect(await builder.deliver(other)).toHaveLength(4)
    await makeDue(stuck)
    expect(typesOf(await builder.deliver(stuck))[0]).toBe('session.wake')
  })

  it('is retried at the planned times, ten times, and then goes on with the next', async () => {
    const session = await woken()
    const waits: number[] = []
    const bodies = new Set<string>()
    let head = (await take(session))!
    for (let attempt = 1; attempt < 10; attempt++) {
      expect(head).toMatchObject({ attempts: attempt, eventId: head.eventId })
      bodies.add(head.body)
      await respond(head, 500)
      const { dueAt, leaseUntil, now } = (await laneRow(session))!
      expect(leaseUntil).toBeNull()
      waits.push((dueAt!.getTime() - now.getTime()) / 1000)
      await makeDue(session)
      head = (await take(session))!
    }
    for (const [n, waited] of waits.entries()) {
      expect(waited).toBeLessThanOrEqual(attemptDelaysSeconds[n + 1]!)
      expect(waited).toBeGreaterThan(attemptDelaysSeconds[n + 1]! - 2)
    }
    bodies.add(head.body)
    expect(bodies.size).toBe(1)
    // The endpoint is half-open by now.
    expect(await recordAttempt(builder.stores, head, aResponse(500), 0.5, true)).toBeNull()
    await makeDue(session)
    expect(eventOf((await take(session))!)).toMatchObject({ type: 'task.finished_downloading' })
    const [first] = await deliveriesOf(session)
    expect(first).toMatchObject({ state: 'failed', attempts: 10, nextAttemptAt: null })
    const attempts = (await builder.stores.deliveries.listAttempts(session.tenantId, first!.id))!
    expect(attempts.map(({ number, status }) => [number, status])).toEqual(
      Array.from({ length: 10 }, (_, n) => [n + 1, 500]),
    )
  })

  it('honours Retry-After and jitters what it planned', async () => {
    const waitAfter = async (changes: object, random: number) => {
      const session = await woken()
      await respond((await take(session))!, 503, changes, random)
      const { dueAt, now } = (await laneRow(session))!
      return (dueAt!.getTime() - now.getTime()) / 1000
    }
    expect(await waitAfter({ retryAfterSeconds: 100 }, 0.5)).toBeCloseTo(100, 0)
    expect(await waitAfter({}, 0)).toBeGreaterThan(3)
    expect(await waitAfter({}, 0)).toBeLessThanOrEqual(4)
    expect(await waitAfter({}, 0.999)).toBeGreaterThan(5)
  })

  it('is not ended by a failure of another kind: no response at all is an attempt too', async () => {
    const session = await woken()
    const head = (await take(session))!
    const nothing = { status: null, error: 'connection_reset', body: '', retryAfterSeconds: null }
    await recordAttempt(builder.stores, head, nothing, 0.5, true)
    const [attempt] = (await builder.stores.deliveries.listAttempts(session.tenantId, head.deliveryId))!
    expect(attempt).toMatchObject({ status: null, error: 'connection_reset', responseBody: '' })
    expect(attempt!.durationMs).toBeGreaterThanOrEqual(0)
  })

  it('410 disables the endpoint and cancels the rest, in its other lanes too', async () => {
    const session = await woken()
    const shared = { delegate: { endpointId: session.endpointId! } }
    const other = { ...(await builder.session(session.tenantId, shared)), endpointId: session.endpointId }
    await woken(other)
    expect(await builder.deliver(session, () => 410)).toHaveLength(1)
    const endpoint = await builder.stores.endpoints.findEndpoint(session.tenantId, session.endpointId!)
    expect(endpoint).toMatchObject({ state: 'disabled', disabledReason: expect.stringContaining('410') })
    expect(await builder.deliver(other)).toEqual([])
    const states = (await deliveriesOf(session)).map(({ state }) => state)
    expect(states.toSorted()).toEqual([...Array(5).fill('canceled'), 'failed'])
    expect(await isDue(session)).toBe(false)
    expect(await isDue(other)).toBe(false)
  })

  it('is sent at once to a client that comes back, but not more than once a minute', async () => {
    const session = await woken()
    const comesBack = async () => {
      await builder.deliver(session, () => 500)
      expect(await isDue(session)).toBe(false)
      await builder.stores.sessions.resumeDeliveries(session.id)
      return isDue(session)
    }
    expect(await comesBack()).toBe(true)
    expect(await comesBack()).toBe(false)
    await builder.database.run("update delivery_lane set resumed_at = resumed_at - interval '61 seconds'")
    expect(await comesBack()).toBe(true)
  })

  it('takes a response that is not text, and writes what can be written of it', async () => {
    const session = await woken()
    const delivery = (await take(session))!
    const response = aResponse(500, { body: 'a\0b\uD800', error: 'c\0' })
    await recordAttempt(builder.stores, delivery, response, 0.5, true)
    const attempts = await builder.stores.deliveries.listAttempts(session.tenantId, delivery.deliveryId)
    expect(attempts).toMatchObject([{ status: 500, responseBody: 'a\\u0000b\uFFFD', error: 'c\\u0000' }])
  })
})

describe('an attempt whose process ended before its outcome was known', () => {
  /** The lane's wake is tried, and its process ends, so many times. */
  async function abandoned(times: number) {
    const session = await woken()
    for (let time = 0; time < times; time++) {
      expect(await take(session)).toMatchObject({ attempts: time + 1 })
      await endLaneLease(session)
    }
    return session
  }
  const retryInMs = async (session: BuiltSession) => {
    const { dueAt, now } = (await laneRow(session))!
    return dueAt!.getTime() - now.getTime()
  }

  it('says nothing against the receiver: the next failure is its first', async () => {
    const session = await abandoned(4)
    await respond((await take(session))!, 500)
    expect(await retryInMs(session)).toBeLessThanOrEqual(attemptDelaysSeconds[1] * 1_200)
  })

  it('is not forgotten by attempts that are reverted behind it', async () => {
    const session = await abandoned(2)
    const next = (await take(session))!
    await builder.stores.deliveries.recordBatch({ sent: [], unsent: [next] }, 0.5, 0)
    await respond((await take(session))!, 500)
    expect(await retryInMs(session)).toBeLessThanOrEqual(attemptDelaysSeconds[1] * 1_200)
  })

  it(`counts when there have been more than ${mostUnansweredAttempts} of them: the delivery may be what ends processes`, async () => {
    const session = await abandoned(mostUnansweredAttempts + 2)
    await respond((await take(session))!, 500)
    expect(await retryInMs(session)).toBeGreaterThan(attemptDelaysSeconds[2] * 1_000)
  })
})

describe('a lane’s lease', () => {
  it('is one sender’s at a time, however many ask', async () => {
    const session = await woken()
    const processes = Array.from({ length: 5 }, () => builder.otherProcess())
    const taken = await Promise.all(processes.map((stores) => takeNextDelivery(stores, laneOf(session))))
    expect(taken.filter((delivery) => delivery !== null)).toHaveLength(1)
    expect(await take(session)).toBeNull()
    expect(await isDue(session)).toBe(false)
    const { leaseUntil, now } = (await laneRow(session))!
    // The whole exchange may take 20 s.
    expect(leaseUntil!.getTime() - now.getTime()).toBeGreaterThan(25_000)
  })

  it('ends: another sends the same body under the same id as the next attempt, and the late response is only logged', async () => {
    const session = await woken()
    const first = (await take(session))!
    await endLaneLease(session)
    expect(await isDue(session)).toBe(true)
    const second = (await take(session))!
    const { deliveryId, eventId, body } = first
    expect(second).toMatchObject({ deliveryId, eventId, body, attempts: first.attempts + 1 })
    const before = [await laneRow(session), await deliveriesOf(session)].map((each) => ({ ...each, now: null }))
    for (const status of [204, 500, 410]) {
      expect(await recordAttempt(builder.stores, first, aResponse(status), 0.5, true)).toBeNull()
      const after = [await laneRow(session), await deliveriesOf(session)].map((each) => ({ ...each, now: null }))
      expect(after).toEqual(before)
    }
    const attempts = (await builder.stores.deliveries.listAttempts(session.tenantId, deliveryId))!
    expect(attempts.map(({ status }) => status)).toEqual([410, null])
    expect(await builder.stores.endpoints.findEndpoint(session.tenantId, session.endpointId!)).toMatchObject({
      state: 'enabled',
    })
    const next = await recordAttempt(builder.stores, second, aResponse(204), 0.5, true)
    expect(eventOf(next!).type).toBe('task.finished_downloading')
  })

  it('that has ended still lets its response count while nobody else has taken the lane', async () => {
    const session = await woken()
    const head = (await take(session))!
    await endLaneLease(session)
    await respond(head, 204)
    expect((await deliveriesOf(session))[0]).toMatchObject({ state: 'succeeded' })
  })
})
