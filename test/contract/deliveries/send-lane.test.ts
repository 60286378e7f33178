import { describe, expect, it, onTestFinished } from 'vitest'
import type { DeliveryStore } from '#core/deliveries/delivery-store.ts'
import { createWebhookSender } from '#core/deliveries/http/sender.ts'
import { overHttp, sendDeliveryLane } from '#core/deliveries/send-delivery-lane.ts'
import { createClockWatch } from '#core/kernel/clock-skew.ts'
import { withoutTracing } from '#core/kernel/tracing.ts'
import { ed25519, hmacSha256, mint } from '#core/runtime/crypto.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { made } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { startReceiver } from '#support/receivers/receiver.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'

const builder = useStore()

const { laneOf, makeDue, endLaneLease } = createLanes(builder)
const allowed = parseCidrs('127.0.0.1/32').cidrs
const silent = { info() {}, warn() {}, error() {} }
const quiet = new AbortController().signal

/** A session whose open wake brings the events of so many tasks to a receiver of its own: 2 each, and one before them. */
async function woken(tasks: number) {
  const receiver = await startReceiver()
  onTestFinished(() => receiver.close())
  const tenantId = await builder.tenant()
  const secret = mint.webhookSecret()
  const endpoint = made(
    await builder.stores.endpoints.createEndpoint(tenantId, { url: receiver.url, eventTypes: [], secret }),
  )
  const delegate = { delegate: { endpointId: endpoint.id } }
  const session = { ...(await builder.session(tenantId, delegate)), endpointId: endpoint.id, secret }
  for (const { id } of await builder.tasks(session, ...Array.from({ length: tasks }, () => ({})))) {
    await builder.complete(id)
  }
  await builder.stores.wakes.openWakes()
  const send = ({
    verbs = {} as Partial<DeliveryStore>,
    nowMs = Date.now,
    stopping = quiet,
    clock = createClockWatch(silent),
  } = {}) =>
    sendDeliveryLane(
      {
        stores: { deliveries: { ...builder.stores.deliveries, ...verbs } },
        send: overHttp(createWebhookSender(createEgressGuard({ allowed }))),
        hmac: hmacSha256,
        clock,
        ed25519,
        egress: { allowed },
        log: silent,
        random: () => 0.5,
        tracing: withoutTracing,
        nowMs,
      },
      laneOf(session),
      stopping,
    )
  const ids = () => receiver.posts.map(({ event }) => event.id)
  const attempts = () =>
    builder.database.many<{ state: string; attempts: number; written: number }>(
      `select state, attempts, (select count(*)::int from delivery_attempt where delivery_id = delivery.id) as written
       from delivery where session_id = $1 order by position`,
      [session.id],
    )
  return { session, receiver, send, ids, attempts }
}

it('a receiver that answers 500 once to session.events_finished is told of what came meanwhile before the last one', async () => {
  const { session, receiver, send } = await woken(1)
  const taskEvents = ['task.finished_downloading', 'task.completed']
  const finished = 'session.events_finished'
  receiver.respond = (_event, post) => (post === 4 ? 500 : 204)
  await send()
  await builder.complete((await builder.task(session)).id)
  await makeDue(session)
  await send()
  expect(receiver.types()).toEqual(['session.wake', ...taskEvents, finished, finished, ...taskEvents, finished])
  expect(receiver.posts[4]!.body).toBe(receiver.posts[3]!.body)
  const { data } = await builder.stores.wakes.listWakes(session.tenantId, {}, { limit: 10 })
  expect(data).toMatchObject([{ state: 'completed', eventCount: 4 }])
  receiver.verifyAll(session.secret)
})

const once = (count: number) => Array(count).fill({ state: 'succeeded', attempts: 1, written: 1 })
const untried = (count: number) => Array(count).fill({ state: 'pending', attempts: 0, written: 0 })

describe('a lane with more than goes into a run', () => {
  it('is sent in order, each once and signed, to its last word', async () => {
    const { session, receiver, send, attempts } = await woken(70)
    await send()
    const types = ['task.finished_downloading', 'task.completed']
    const expected = ['session.wake', ...Array.from({ length: 70 }, () => types).flat(), 'session.events_finished']
    expect(receiver.types()).toEqual(expected)
    const tasks = receiver.posts.slice(1, -1).map(({ event }) => event.sequence)
    expect(tasks).toEqual(tasks.toSorted((a, b) => a - b))
    receiver.verifyAll(session.secret)
    expect(await attempts()).toEqual(once(142))
  })

  it('leaves the header fields of each attempt in the log as they came to the receiver, but for the signature', async () => {
    const { session, receiver, send } = await woken(1)
    await send()
    const { data } = await builder.stores.deliveries.listDeliveries(session.tenantId, {}, { limit: 10 })
    for (const [n, { headers }] of receiver.posts.entries()) {
      const [attempt] = (await builder.stores.deliveries.listAttempts(session.tenantId, data[n]!.id))!
      expect(attempt!.requestHeaders).toEqual({
        'content-type': 'application/json',
        'webhook-id': headers['webhook-id'],
        'webhook-timestamp': headers['webhook-timestamp'],
        'webhook-signature': 'v1,•••',
      })
    }
    expect(data).toHaveLength(receiver.posts.length)
  })

  it('stops at the first that fails: what is behind is not tried and not charged, and goes on with the same bytes', async () => {
    const { session, receiver, send, ids, attempts } = await woken(4)
    receiver.respond = (_, post) => (post === 4 ? 503 : 204)
    await send()
    expect(receiver.posts).toHaveLength(4)
    expect(await attempts()).toEqual([...once(3), { state: 'pending', attempts: 1, written: 1 }, ...untried(5)])
    await send()
    expect(receiver.posts).toHaveLength(4)
    await makeDue(session)
    await send()
    const [failed, repeated] = [receiver.posts[3]!, receiver.posts[4]!]
    expect([repeated.event.id, repeated.body]).toEqual([failed.event.id, failed.body])
    expect(new Set(ids()).size).toBe(10)
    expect(await attempts()).toEqual([...once(3), { state: 'succeeded', attempts: 2, written: 2 }, ...once(6)])
  })

  it('sends to a receiver that answers slowly no longer than its lease lasts, and charges nothing for what has to wait', async () => {
    const { receiver, send, attempts } = await woken(4)
    let now = Date.now()
    const runs: number[] = []
    await send({
      verbs: {
        async recordBatch(run, random, most) {
          runs.push(run.sent.length)
          const next = await builder.stores.deliveries.recordBatch(run, random, most)
          // The database's clock is as quick as ours.
          return next.map((delivery) => ({ ...delivery, takenAtMs: now }))
        },
      },
      nowMs: () => {
        now += 3_000
        return now
      },
    })
    expect(receiver.posts).toHaveLength(10)
    expect(Math.max(...runs)).toBe(1)
    expect(await attempts()).toEqual(once(10))
  })

  it('stops behind the exchange in hand when the process does', async () => {
    const { receiver, send, attempts } = await woken(4)
    const stopping = new AbortController()
    receiver.respond = (_, post) => {
      if (post === 3) stopping.abort()
      return 204
    }
    await send({ stopping: stopping.signal })
    expect(receiver.posts).toHaveLength(3)
    expect(await attempts()).toEqual([...once(3), ...untried(6)])
    await send()
    expect(receiver.posts).toHaveLength(10)
    expect(await attempts()).toEqual(once(10))
  })
})

describe('a worker whose clock is off from the database’s', () => {
  it.each([
    ['ten minutes ahead', 600_000],
    ['ten minutes behind', -600_000],
  ])('by %s signs nothing and charges nobody, says so once, and leaves it to others', async (_, offMs) => {
    const { session, receiver, send, attempts } = await woken(2)
    const said: unknown[] = []
    const clock = createClockWatch({ ...silent, error: (fields) => void said.push(fields) })
    const nowMs = () => Date.now() + offMs
    for (let times = 0; times < 3; times++) await send({ nowMs, clock })
    await send({ nowMs: () => nowMs() + 11_000, clock })
    expect(receiver.posts).toEqual([])
    expect(await attempts()).toEqual(untried(5))
    expect(said).toEqual([{ event: 'clock.off', offsetMs: expect.any(Number) }])
    const [{ offsetMs }] = said as [{ offsetMs: number }]
    expect(Math.abs(offsetMs - offMs)).toBeLessThan(10_000)
    await send()
    expect(receiver.posts).toHaveLength(6)
    receiver.verifyAll(session.secret)
    expect(await attempts()).toEqual(once(6))
  })

  it('sends again once it is put right', async () => {
    const { receiver, send } = await woken(1)
    const clock = createClockWatch(silent)
    await send({ nowMs: () => Date.now() + 600_000, clock })
    await send({ clock })
    expect(receiver.posts).toHaveLength(4)
  })
})

describe('a worker that dies between the POSTs and their record', () => {
  const dying = { recordBatch: () => Promise.reject(new Error('killed')) }

  it('has sent nothing that is not sent again, under the same ids, with the same bytes and in the same order', async () => {
    const { session, receiver, send, ids, attempts } = await woken(4)
    await expect(send({ verbs: dying })).rejects.toThrow('killed')
    const before = receiver.posts.map(({ body }) => body)
    expect(before).toHaveLength(9)
    await send()
    expect(receiver.posts).toHaveLength(9)
    await endLaneLease(session)
    await send()
    expect(receiver.posts.slice(9, 18).map(({ body }) => body)).toEqual(before)
    expect(ids().slice(9, 18)).toEqual(ids().slice(0, 9))
    expect(receiver.types()[18]).toBe('session.events_finished')
    const twice = Array(9).fill({ state: 'succeeded', attempts: 2, written: 2 })
    expect(await attempts()).toEqual([...twice, ...once(1)])
  })

  it('and comes back late is only logged, and takes nothing back from who has the lane', async () => {
    const { session, attempts } = await woken(2)
    const late = await builder.stores.deliveries.leaseNextBatch(laneOf(session), 32)
    await endLaneLease(session)
    const current = await builder.otherProcess().deliveries.leaseNextBatch(laneOf(session), 32)
    const sent = [{ delivery: late[0]!, answer: { status: 410, error: null, body: '', retryAfterSeconds: null } }]
    const run = { sent: sent.map((each) => ({ ...each, durationMs: 1, agoMs: 0 })), unsent: late.slice(1) }
    expect(await builder.stores.deliveries.recordBatch(run, 0.5, 32)).toEqual([])
    expect(await attempts()).toEqual(Array(5).fill({ state: 'pending', attempts: 2, written: 2 }))
    expect(current.map(({ attempts: number }) => number)).toEqual(Array(5).fill(2))
  })
})
