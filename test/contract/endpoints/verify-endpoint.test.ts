import { describe, expect, it, onTestFinished } from 'vitest'
import { attemptDelaysSeconds } from '#core/deliveries/rules/retry-schedule.ts'
import { challengeMissed } from '#core/endpoints/rules/verification.ts'
import { createDecisions } from '#support/builders/decisions.ts'
import { useStore } from '#support/builders/use-store.ts'
import type { ReceivedEvent, Receiver } from '#support/receivers/receiver.ts'
import { openEndpointLane } from './endpoint-lane.ts'

const builder = useStore()

async function open() {
  const lane = await openEndpointLane(builder, { requiresVerification: true })
  onTestFinished(() => lane.close())
  return lane
}
type Lane = Awaited<ReturnType<typeof open>>

const asked = 'endpoint.verification'
const challengeIn = ({ data }: ReceivedEvent) => data.challenge as string
const repeat = (event: ReceivedEvent) =>
  event.type === asked ? { status: 200, body: JSON.stringify({ challenge: challengeIn(event) }) } : 204
/** After three failures it is half-open: its probe is due, too. */
const makeDue = ({ id }: Lane) =>
  builder.database.run(
    `with probe as (update endpoint set next_probe_at = clock_timestamp() - interval '1 ms' where id = $1 and next_probe_at is not null)
     update delivery_lane set due_at = clock_timestamp() - interval '1 ms' where endpoint_id = $1 and due_at is not null`,
    [id],
  )
const deliveriesOf = async ({ tenantId }: Lane) =>
  (await builder.stores.deliveries.listDeliveries(tenantId, {}, { limit: 10 })).data
const attemptsOf = async (lane: Lane, deliveryId: string) =>
  (await builder.stores.deliveries.listAttempts(lane.tenantId, deliveryId))!
const secondsToDue = async ({ id }: Lane) => {
  const row = await builder.database.first<{ seconds: number }>(
    'select extract(epoch from due_at - clock_timestamp())::float8 as seconds from delivery_lane where endpoint_id = $1',
    [id],
  )
  return row!.seconds
}

describe('an endpoint that must be verified', () => {
  it('is asked first, signed like any event, and gets its events as soon as it has answered', async () => {
    const lane = await open()
    lane.receiver.respond = repeat
    const { eventId, deliveryId } = await lane.test()
    expect(lane.receiver.types()).toEqual([asked, 'endpoint.test'])
    lane.receiver.verifyAll(lane.secret)
    const [first, second] = lane.receiver.posts
    expect(first!.event).toMatchObject({ id: first!.headers['webhook-id'], data: { endpointId: lane.id } })
    expect(second!.headers['webhook-id']).toBe(eventId)
    expect((await lane.read()).verification).toBe('verified')
    expect(await attemptsOf(lane, deliveryId)).toMatchObject([{ number: 1, status: 204 }])
    await lane.test()
    expect(lane.receiver.types()).toEqual([asked, 'endpoint.test', 'endpoint.test'])
  })

  const misses: [string, Receiver['respond']][] = [
    ['only says that it has got it', () => 204],
    ['echoes', (event) => ({ status: 200, body: JSON.stringify(event) })],
    ['repeats another challenge', () => ({ status: 200, body: '{"challenge":"x"}' })],
    ['repeats it and fails', (event) => ({ status: 500, body: JSON.stringify({ challenge: challengeIn(event) }) })],
    ['sends it elsewhere', (event) => ({ status: 302, headers: { location: '/' }, body: JSON.stringify(event.data) })],
  ]
  it.each(misses)('gets nothing else while it %s: the lane waits on the schedule', async (_, response) => {
    const lane = await open()
    lane.receiver.respond = response
    const { deliveryId } = await lane.test()
    for (let attempt = 1; attempt < 4; attempt++) {
      expect(lane.receiver.types()).toEqual(Array(attempt).fill(asked))
      const planned = attemptDelaysSeconds[attempt]!
      expect(await secondsToDue(lane)).toBeGreaterThan(planned - 3)
      expect(await secondsToDue(lane)).toBeLessThanOrEqual(planned)
      await lane.send()
      expect(lane.receiver.posts).toHaveLength(attempt)
      await makeDue(lane)
      await lane.send()
    }
    expect(new Set(lane.receiver.posts.map(({ headers }) => headers['webhook-id'])).size).toBe(4)
    expect(new Set(lane.receiver.posts.map(({ event }) => challengeIn(event))).size).toBe(4)
    expect((await lane.read()).verification).toBe('pending')
    expect(await deliveriesOf(lane)).toMatchObject([{ id: deliveryId, state: 'pending', attempts: 4 }])
  })

  it('is told in the log what was wrong', async () => {
    const lane = await open()
    lane.receiver.respond = () => ({ status: 200, body: 'ok' })
    const { deliveryId } = await lane.test()
    expect(await attemptsOf(lane, deliveryId)).toMatchObject([
      { status: 200, error: challengeMissed, responseBody: 'ok' },
    ])
  })

  it('is not verified by a challenge in a body that breaks off', async () => {
    const lane = await open()
    lane.receiver.respond = (event) => {
      const whole = repeat(event)
      const body = typeof whole === 'number' ? '' : whole.body
      return { status: 200, body, headers: { 'Content-Length': String(body.length + 1), Connection: 'close' } }
    }
    const { deliveryId } = await lane.test()
    expect(await attemptsOf(lane, deliveryId)).toMatchObject([
      { status: 200, error: challengeMissed, note: expect.any(String) },
    ])
    expect((await lane.read()).verification).toBe('pending')
  })

  it('gets the event with its whole schedule when it answers late, and everything that waits at once', async () => {
    const lane = await open()
    const session = await builder.session(lane.tenantId, { delegate: { endpointId: lane.id } })
    const task = await builder.task(session)
    await builder.complete(task.id)
    await builder.stores.wakes.openWakes()
    await lane.send(session.id)
    await lane.test()
    expect(lane.receiver.types()).toEqual([asked, asked])
    lane.receiver.respond = (event) => (event.type === 'endpoint.test' ? 500 : repeat(event))
    await builder.database.run(
      "update delivery_lane set due_at = clock_timestamp() - interval '1 ms' where session_id = ''",
    )
    await lane.send()
    expect(lane.receiver.types().slice(2)).toEqual([asked, 'endpoint.test'])
    // The first of ten has failed; the challenges that were missed are not among them.
    expect(
      await builder.database.first(
        "select extract(epoch from due_at - clock_timestamp()) between 3 and 5 as is_second from delivery_lane where session_id = '' and endpoint_id = $1",
        [lane.id],
      ),
    ).toEqual({ isSecond: true })
    const due = await builder.stores.deliveries.listDueDeliveryLanes(1_000)
    expect(due).toContainEqual({ sessionId: session.id, endpointId: lane.id })
    await lane.send(session.id)
    const ofSession = ['session.wake', 'task.finished_downloading', 'task.completed', 'session.events_finished']
    expect(lane.receiver.types().slice(4)).toEqual(ofSession)
  })

  it('is not verified by a response to another URL, or by one that comes late', async () => {
    const lane = await open()
    await builder.stores.endpoints.testEndpoint(lane.tenantId, lane.id, {})
    const head = async () =>
      (await builder.stores.deliveries.leaseNextBatch({ sessionId: '', endpointId: lane.id }, 1))[0]!
    const response = { status: 200, error: null, body: '', retryAfterSeconds: null }
    const met = (delivery: Awaited<ReturnType<typeof head>>) =>
      builder.stores.deliveries.recordBatch(
        { sent: [{ delivery, answer: response, durationMs: 0, agoMs: 0 }], unsent: [] },
        0.5,
        1,
      )
    const late = await head()
    await builder.database.run(
      "update delivery_lane set lease_until = clock_timestamp() - interval '1 ms' where endpoint_id = $1",
      [lane.id],
    )
    const current = await head()
    expect(current.challenge).not.toBe(late.challenge)
    expect(await met(late)).toEqual([])
    expect((await lane.read()).verification).toBe('pending')
    await builder.stores.endpoints.changeEndpoint(lane.tenantId, lane.id, { url: `${lane.receiver.url}/other` })
    const [next] = await met(current)
    expect(next).toMatchObject({ challenge: expect.any(String), destination: { url: `${lane.receiver.url}/other` } })
    expect((await lane.read()).verification).toBe('pending')
    await met(next!)
    expect((await lane.read()).verification).toBe('verified')
  })

  it('that is gone is disabled, as by an event', async () => {
    const lane = await open()
    lane.receiver.respond = () => 410
    await lane.test()
    expect(await lane.read()).toMatchObject({ state: 'disabled', verification: 'pending' })
  })

  it('answers its challenge before a question, which is then asked as it would have been', async () => {
    const lane = await open()
    const decisions = createDecisions(builder)
    const session = await decisions.session({ delegate: { endpointId: lane.id } }, lane.tenantId)
    await decisions.delayed(session)
    await builder.stores.decisions.decide()
    const question = 'task.will_begin_delayed_request'
    const disposition = { status: 200, body: '{"disposition":"continueLoading"}' }
    lane.receiver.respond = () => disposition
    await lane.send(session.id)
    expect(lane.receiver.types()).toEqual([asked])
    expect(await decisions.states(session)).toEqual(['open'])
    lane.receiver.respond = (event) => (event.type === question ? disposition : repeat(event))
    await makeDue(lane)
    await lane.send(session.id)
    expect(lane.receiver.types()).toEqual([asked, asked, question])
    expect(await decisions.states(session)).toEqual(['answered'])
  })
})
