import { describe, expect, it } from 'vitest'
import { listDueDeliveryLanes } from '#core/deliveries/postgres/due-delivery-lanes.ts'
import { pagesRead } from '#support/assertions/pages-read.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const addLanes = ({ endpointId }: BuiltSession, count: number) =>
  builder.database.run(
    `insert into delivery_lane (session_id, endpoint_id, due_at, last_position)
     select $1 || '-' || n, $1, clock_timestamp() - interval '1 minute', 1 from generate_series(1, $2) n`,
    [endpointId, count],
  )
const set = ({ endpointId }: BuiltSession, what: string) =>
  builder.database.run(`update endpoint set ${what} where id = $1`, [endpointId])
const inAnHour = "clock_timestamp() + interval '1 hour'"
const anHourAgo = "clock_timestamp() - interval '1 hour'"
const listed = async () => {
  const lanes = await builder.stores.deliveries.listDueDeliveryLanes(1_000)
  return ({ endpointId }: BuiltSession) => lanes.filter((lane) => lane.endpointId === endpointId).length
}
const lookPages = () => pagesRead(builder.database, (database) => listDueDeliveryLanes(database, 100))

describe('the lanes that are due', () => {
  it.each<[string, string, number]>([
    ['is well', 'failures = 0', 4],
    ['is half-open and rests', `next_probe_at = ${inAnHour}`, 0],
    ['is half-open and is to be probed', `next_probe_at = ${anHourAgo}`, 1],
    ['has had as much as its rate allows', `next_send_at = ${inAnHour}`, 0],
    ['may have more again', `next_send_at = ${anHourAgo}`, 4],
    ['is to be probed, but has had as much', `next_probe_at = ${anHourAgo}, next_send_at = ${inAnHour}`, 0],
    // One is enough: the worker that takes it cancels the deliveries of all of them.
    ['is disabled', `state = 'disabled', next_send_at = ${inAnHour}`, 1],
    ['is deleted', `deleted_at = clock_timestamp(), next_probe_at = ${inAnHour}`, 1],
  ])('of an endpoint that %s are listed as far as may be', async (_, what, count) => {
    const session = await builder.session()
    await addLanes(session, 6)
    await set(session, what)
    expect((await listed())(session)).toBe(count)
  })

  it('are four of an endpoint and eight of a tenant at most, with those that are being sent', async () => {
    const tenantId = await builder.tenant()
    const sessions = [await builder.session(tenantId), await builder.session(tenantId), await builder.session(tenantId)]
    for (const session of sessions) await addLanes(session, 6)
    const [first, ...others] = sessions
    await builder.database.run(
      `update delivery_lane set lease_until = ${inAnHour} where session_id in ($1 || '-1', $1 || '-2', $1 || '-3')`,
      [first!.endpointId],
    )
    const of = await listed()
    expect(of(first!)).toBeLessThanOrEqual(1)
    for (const session of others) expect(of(session)).toBeLessThanOrEqual(4)
    expect(sessions.reduce((sum, session) => sum + of(session), 0)).toBe(5)
  })

  it('of endpoints that are stopped take no place from those that are sent to, however many and old they are', async () => {
    const tenantId = await builder.tenant()
    const healthy = [await builder.session(tenantId), await builder.session(tenantId)]
    const stopped: BuiltSession[] = []
    for (let n = 0; n < 9; n++) stopped.push(await builder.session(tenantId))
    for (const session of [...stopped, ...healthy]) await addLanes(session, 6)
    for (const session of stopped) {
      await set(session, "state = 'disabled'")
      await builder.database.run(`update delivery_lane set due_at = ${anHourAgo} where endpoint_id = $1`, [
        session.endpointId,
      ])
    }
    const of = await listed()
    expect(healthy.map(of)).toEqual([4, 4])
    expect(stopped.map(of)).toEqual(Array(9).fill(1))
  })

  it('cost no more to find, however many wait for an endpoint that is dead', async () => {
    const [dead, healthy] = [await builder.session(), await builder.session()]
    await addLanes(healthy, 2)
    await addLanes(dead, 10)
    await set(dead, `next_probe_at = ${inAnHour}`)
    const before = await lookPages()
    await builder.database.run(
      `insert into delivery_lane (session_id, endpoint_id, due_at, last_position)
       select 'waits-' || n, $1, clock_timestamp() - interval '1 hour', 1 from generate_series(1, 10000) n`,
      [dead.endpointId],
    )
    const of = await listed()
    expect([of(dead), of(healthy)]).toEqual([0, 2])
    expect(await lookPages()).toBeLessThan(before * 2 + 50)
  })
})
