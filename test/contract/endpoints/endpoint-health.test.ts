import { describe, expect, it } from 'vitest'
import { createLanes } from '#support/builders/lanes.ts'
import { takeNextDelivery } from '#support/builders/next-deliveries.ts'
import { type BuiltSession, eventOf, made } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const { laneOf, take, makeDue, respond, woken } = createLanes(builder)

/** Sessions of one tenant with one endpoint, each with an open wake. */
async function sharing(count: number): Promise<[BuiltSession, ...BuiltSession[]]> {
  const first = await woken()
  const others: BuiltSession[] = []
  while (others.length < count - 1) {
    const session = await builder.session(first.tenantId, { delegate: { endpointId: first.endpointId! } })
    others.push(await woken({ ...session, endpointId: first.endpointId }))
  }
  return [first, ...others]
}
const endpointRow = ({ endpointId }: BuiltSession) =>
  builder.database.first<{
    state: string
    disabledReason: string | null
    disabledAt: Date | null
    failures: number
    failingSince: Date | null
    nextProbeAt: Date | null
    now: Date
  }>('select *, clock_timestamp() as now from endpoint where id = $1', [endpointId])
const urlOf = async (session: BuiltSession) =>
  (await builder.stores.endpoints.findEndpoint(session.tenantId, session.endpointId!))!.url
const listed = async (sessions: BuiltSession[]) => {
  const lanes = await builder.stores.deliveries.listDueDeliveryLanes(10_000)
  return sessions.filter(({ id }) => lanes.some(({ sessionId }) => sessionId === id)).length
}
const probeNow = ({ endpointId }: BuiltSession) =>
  builder.database.run("update endpoint set next_probe_at = clock_timestamp() - interval '1 ms' where id = $1", [
    endpointId,
  ])
const pending = (sessions: BuiltSession[]) =>
  builder.database.first<{ attempts: number; lanes: number }>(
    `select sum(attempts)::int as attempts, count(distinct session_id)::int as lanes from delivery
     where state = 'pending' and session_id = any($1)`,
    [sessions.map(({ id }) => id)],
  )
/** Three lanes fail one after the other. */
async function broken(count: number) {
  const sessions = await sharing(count)
  for (const session of sessions.slice(0, 3)) await respond((await take(session))!, 500)
  return sessions
}
const eventsOf = async (tenantId: string) =>
  builder.database.many<{ type: string; data: Record<string, unknown> }>(
    "select type, data from event where tenant_id = $1 and type = 'endpoint.disabled'",
    [tenantId],
  )

describe('an endpoint that fails', () => {
  it('is well until the third failure in a row, and is not touched by what succeeds', async () => {
    const [one, two] = await sharing(2)
    const first = (await take(one))!
    await respond(first, 204)
    expect(await endpointRow(one)).toMatchObject({ failures: 0, failingSince: null, nextProbeAt: null })
    for (const failures of [1, 2]) {
      await respond((await take(one))!, 500)
      await makeDue(one)
      expect(await endpointRow(one)).toMatchObject({ failures, failingSince: expect.any(Date), nextProbeAt: null })
    }
    await respond((await take(two!))!, 204)
    expect(await endpointRow(one)).toMatchObject({ failures: 0, failingSince: null, nextProbeAt: null })
  })

  it('is half-open then: its other lanes wait and are not charged, and one probe goes at a time', async () => {
    const sessions = await broken(6)
    const waiting = sessions.slice(3)
    expect((await endpointRow(sessions[0]))!.nextProbeAt!.getTime()).toBeGreaterThan(Date.now() + 2_000)
    expect(await listed(sessions)).toBe(0)
    for (const session of waiting) expect(await take(session)).toBeNull()
    await probeNow(sessions[0])
    expect(await listed(sessions)).toBe(1)
    const processes = waiting.map(() => builder.otherProcess())
    const probes = await Promise.all(waiting.map((session, n) => takeNextDelivery(processes[n]!, laneOf(session))))
    const [probe, ...more] = probes.filter((head) => head !== null)
    expect(more).toEqual([])
    expect(probe).toMatchObject({ isProbe: true, attempts: 1 })
    expect(await listed(sessions)).toBe(0)
    await respond(probe!, 500)
    expect(await endpointRow(sessions[0])).toMatchObject({ failures: 4 })
    expect(await pending(waiting)).toMatchObject({ attempts: 1 })
  })

  it('lets its lanes go on at once when a probe succeeds, also those that rest after a failure', async () => {
    const sessions = await broken(6)
    await probeNow(sessions[0])
    await respond((await take(sessions[5]!))!, 204)
    expect(await endpointRow(sessions[0])).toMatchObject({ failures: 0, failingSince: null, nextProbeAt: null })
    // Four of an endpoint at once.
    expect(await listed(sessions)).toBe(4)
    for (const session of sessions) expect((await builder.deliver(session)).length).toBeGreaterThan(0)
    expect(await pending(sessions)).toMatchObject({ lanes: 0 })
  })

  it('does not use up the attempts of a delivery that is never taken, however often it comes back', async () => {
    const sessions = await broken(4)
    const restOf = async (session: BuiltSession) => {
      const query = 'select due_at > clock_timestamp() as rests from delivery_lane where session_id = $1'
      return (await builder.database.first<{ rests: boolean }>(query, [session.id]))!.rests
    }
    await probeNow(sessions[0])
    await respond((await take(sessions[3]!))!, 204)
    expect(await restOf(sessions[0])).toBe(false)
    for (let n = 0; n < 3; n++) {
      await makeDue(sessions[0])
      await respond((await take(sessions[0]))!, 500)
    }
    await probeNow(sessions[0])
    await respond((await take(sessions[3]!))!, 204)
    expect(await restOf(sessions[0])).toBe(true)
  })

  it('makes up for a probe whose worker died', async () => {
    const sessions = await broken(4)
    await probeNow(sessions[0])
    expect(await take(sessions[3]!)).not.toBeNull()
    const { nextProbeAt, now } = (await endpointRow(sessions[0]))!
    expect(nextProbeAt!.getTime() - now.getTime()).toBeGreaterThan(30_000)
    expect(nextProbeAt!.getTime() - now.getTime()).toBeLessThan(60_000)
  })

  it('is probed at once for a client that comes back', async () => {
    const sessions = await broken(3)
    expect(await listed(sessions)).toBe(0)
    await builder.stores.sessions.resumeDeliveries(sessions[0].id)
    expect(await listed(sessions)).toBe(1)
  })

  it('is probed at once for a client whose lane has only waited for the probe, once a minute', async () => {
    const sessions = await broken(4)
    await builder.stores.sessions.resumeDeliveries(sessions[3]!.id)
    expect(await listed(sessions)).toBe(1)
    await respond((await take(sessions[3]!))!, 500)
    await builder.database.run(
      "update delivery_lane set due_at = clock_timestamp() - interval '1 ms' where session_id = $1",
      [sessions[3]!.id],
    )
    await builder.stores.sessions.resumeDeliveries(sessions[3]!.id)
    expect(await listed(sessions)).toBe(0)
  })

  it.each([410, 500])(
    'is not judged by what its old address answers: %i is as if it had not been asked',
    async (status) => {
      const [session] = await sharing(1)
      const delivery = (await take(session))!
      await builder.stores.endpoints.changeEndpoint(session.tenantId, session.endpointId!, {
        url: 'https://client.example.com/new',
      })
      await respond(delivery, status)
      expect(await endpointRow(session)).toMatchObject({ state: 'enabled', failures: 0, failingSince: null })
      expect(await pending([session])).toMatchObject({ attempts: 0, lanes: 1 })
    },
  )

  it('is probed at once for whoever retries a delivery by hand, but never twice at a time', async () => {
    const sessions = await broken(4)
    const retry = async () => {
      const [delivery] = (await builder.stores.deliveries.listDeliveries(sessions[0].tenantId, {}, { limit: 1 })).data
      await builder.stores.deliveries.retryDelivery(sessions[0].tenantId, delivery!.id)
      return listed(sessions)
    }
    expect(await retry()).toBe(1)
    expect(await take(sessions[3]!)).not.toBeNull()
    expect(await retry()).toBe(0)
  })

  it('is well at another URL, where all of it goes at once, but not for another change', async () => {
    const [session, ...others] = await broken(4)
    const { tenantId, endpointId } = session!
    await builder.stores.endpoints.changeEndpoint(tenantId, endpointId!, {
      description: 'mine',
      url: (await urlOf(session!))!,
    })
    expect(await listed([session!, ...others])).toBe(0)
    await builder.stores.endpoints.changeEndpoint(tenantId, endpointId!, { url: 'https://client.example.com/moved' })
    expect(await endpointRow(session!)).toMatchObject({ failures: 0, failingSince: null, nextProbeAt: null })
    expect(await listed([session!, ...others])).toBe(4)
  })

  it('begins anew when it is enabled', async () => {
    const [session] = await broken(3)
    await builder.database.run("update endpoint set state = 'disabled' where id = $1", [session!.endpointId])
    await builder.stores.endpoints.enableEndpoint(session!.tenantId, session!.endpointId!)
    expect(await endpointRow(session!)).toMatchObject({ failures: 0, failingSince: null, nextProbeAt: null })
  })

  it('is disabled after five days of nothing but failures', async () => {
    const sessions = await broken(4)
    const fiveDaysAgo = "clock_timestamp() - interval '5 days'"
    await builder.database.run(
      `update endpoint set failing_since = ${fiveDaysAgo} + interval '1 minute' where id = $1`,
      [sessions[0].endpointId],
    )
    await makeDue(sessions[0])
    await respond((await take(sessions[0]))!, 500)
    expect(await endpointRow(sessions[0])).toMatchObject({ state: 'enabled' })
    await builder.database.run(`update endpoint set failing_since = ${fiveDaysAgo} where id = $1`, [
      sessions[0].endpointId,
    ])
    await makeDue(sessions[0])
    await respond((await take(sessions[0]))!, 500)
    expect(await endpointRow(sessions[0])).toMatchObject({
      state: 'disabled',
      disabledReason: expect.stringContaining('five days'),
      disabledAt: expect.any(Date),
      nextProbeAt: null,
    })
    // Taking one cancels the deliveries of all of them.
    expect(await listed(sessions)).toBe(1)
    expect(await take(sessions[1]!)).toBeNull()
    expect(await pending(sessions)).toMatchObject({ lanes: 0 })
  })
})

describe('what a receiver orders', () => {
  it.each([
    [500, 'abort-message', 'enabled', 'failed'],
    [500, 'disable', 'disabled', 'failed'],
    [204, 'disable', 'disabled', 'succeeded'],
    [204, 'abort-message', 'enabled', 'succeeded'],
  ])(
    'with %i and webhook-delivery: %s leaves the endpoint %s and the delivery %s',
    async (status, order, state, of) => {
      const session = await woken()
      const head = (await take(session))!
      await respond(head, status, { order })
      expect(await endpointRow(session)).toMatchObject({ state })
      const row = await builder.database.first('select state, attempts from delivery where id = $1', [head.deliveryId])
      expect(row).toEqual({ state: of, attempts: 1 })
      const after = await take(session)
      expect(after === null).toBe(state === 'disabled')
    },
  )
})

describe('the event of a disabled endpoint', () => {
  it.each([
    [410, {}],
    [500, { order: 'disable' }],
  ])('goes into the feed and to the tenant’s other endpoints that want it (%i)', async (status, changes) => {
    const session = await woken()
    const { tenantId, endpointId } = session
    const other = async (eventTypes: string[]) => {
      const url = 'https://other.example.com/hook?token=secret'
      return made(
        await builder.stores.endpoints.createEndpoint(tenantId, { url, eventTypes, secret: `whsec_${'a'.repeat(32)}` }),
      ).id
    }
    const wants = [await other([]), await other(['task.completed', 'endpoint.disabled'])]
    const wantsNot = await other(['task.completed'])
    const disabled = await other([])
    await builder.database.run("update endpoint set state = 'disabled' where id = $1", [disabled])
    const stranger = await woken()
    await builder.database.run("update endpoint set url = url || '?token=secret' where id = $1", [endpointId])
    await respond((await take(session))!, status, changes)
    const reason = (await endpointRow(session))!.disabledReason
    const url = expect.stringMatching(/^https:\/\/client\.example\.com\/[^?]*$/)
    expect(await eventsOf(tenantId)).toEqual([{ type: 'endpoint.disabled', data: { endpointId, url, reason } }])
    expect(await eventsOf(stranger.tenantId)).toEqual([])
    const lanes = await builder.database.many<{ endpointId: string }>(
      "select endpoint_id from delivery_lane where session_id = '' and endpoint_id = any($1)",
      [[...wants, wantsNot, disabled, endpointId, stranger.endpointId]],
    )
    expect(lanes.map((lane) => lane.endpointId).toSorted()).toEqual(wants.toSorted())
    const told = await takeNextDelivery(builder.stores, { sessionId: '', endpointId: wants[0]! })
    expect(eventOf(told!)).toMatchObject({ type: 'endpoint.disabled', data: { endpointId } })
  })

  it('is written once, and with the change or not at all', async () => {
    const session = await woken()
    const head = (await take(session))!
    const failing = builder.storesWith({
      mint: {
        id: (prefix) => {
          if (prefix === 'evt') throw new Error('killed')
          return `${prefix}_x`
        },
      },
    })
    const sent = [{ delivery: head, answer: { status: 410, error: null, body: '', retryAfterSeconds: null } }]
    const run = { sent: sent.map((each) => ({ ...each, durationMs: 0, agoMs: 0 })), unsent: [] }
    await expect(failing.deliveries.recordBatch(run, 0.5, 0)).rejects.toThrow('killed')
    expect(await endpointRow(session)).toMatchObject({ state: 'enabled' })
    await builder.stores.deliveries.recordBatch(run, 0.5, 0)
    await builder.stores.deliveries.recordBatch(run, 0.5, 0)
    expect(await eventsOf(session.tenantId)).toHaveLength(1)
  })
})
