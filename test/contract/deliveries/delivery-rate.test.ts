import { describe, expect, it, onTestFinished } from 'vitest'
import { mint } from '#core/runtime/crypto.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { type BuiltSession, made, type StoreBuilder } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { startReceiver } from '#support/receivers/receiver.ts'
import { laneSender } from './lane-sender.ts'

const builder = useStore()

const { woken, laneOf } = createLanes(builder)
const limit = (endpointId: string, perSecond: number | null) =>
  builder.database.run('update endpoint set maximum_deliveries_per_second = $2 where id = $1', [endpointId, perSecond])

/** Sessions with open wakes, all of which go to one receiver. */
async function sharing(sessions: number) {
  const receiver = await startReceiver()
  onTestFinished(() => receiver.close())
  const tenantId = await builder.tenant()
  const secret = mint.webhookSecret()
  const { id } = made(
    await builder.stores.endpoints.createEndpoint(tenantId, { url: receiver.url, eventTypes: [], secret }),
  )
  const built: BuiltSession[] = []
  for (let n = 0; n < sessions; n++) {
    const session = await builder.session(tenantId, { delegate: { endpointId: id } })
    built.push(await woken({ ...session, endpointId: id, secret }))
  }
  return { receiver, endpointId: id, sessions: built }
}

/** A worker that sends due deliveries until `done`. */
async function work(stores: StoreBuilder['stores'], done: () => boolean): Promise<void> {
  const send = laneSender(stores)
  await eventually(
    'all is sent',
    async () => {
      const lanes = await stores.deliveries.listDueDeliveryLanes(100)
      await Promise.all(lanes.map(send))
      return done()
    },
    { withinMs: 30_000 },
  )
}

describe('an endpoint with a maximum rate', () => {
  it('gets no more than that from all its lanes and all workers, and nothing is charged for waiting', async () => {
    const perSecond = 12
    const { receiver, endpointId, sessions } = await sharing(4)
    await limit(endpointId, perSecond)
    const at: number[] = []
    receiver.respond = () => {
      at.push(performance.now())
      return 204
    }
    // session.wake, two events and session.events_finished each.
    const isDone = () => at.length >= sessions.length * 4
    const workers = [builder.stores, builder.otherProcess(), builder.otherProcess()]
    await Promise.all(workers.map((stores) => work(stores, isDone)))
    expect(at).toHaveLength(16)
    // What is sent at once falls into a quarter of a second: a window may see one such slice more.
    const slice = Math.floor(perSecond / 4)
    for (const from of at) {
      const within = at.filter((each) => each >= from && each < from + 900).length
      expect(within).toBeLessThanOrEqual(perSecond + slice)
    }
    expect(at.at(-1)! - at[0]!).toBeGreaterThan(((16 - slice) / perSecond) * 900)
    const rows = await builder.database.many('select distinct state, attempts from delivery where endpoint_id = $1', [
      endpointId,
    ])
    expect(rows).toEqual([{ state: 'succeeded', attempts: 1 }])
  })

  it('is not listed before its next time, and holds up no other', async () => {
    const { endpointId, sessions } = await sharing(2)
    const other = await sharing(1)
    await limit(endpointId, 0.1)
    const [taken] = await builder.stores.deliveries.leaseNextBatch(laneOf(sessions[0]!), 64)
    expect(taken).toBeDefined()
    expect(await builder.stores.deliveries.leaseNextBatch(laneOf(sessions[1]!), 64)).toEqual([])
    const listed = (await builder.stores.deliveries.listDueDeliveryLanes(1_000)).map((lane) => lane.endpointId)
    expect(listed).not.toContain(endpointId)
    expect(listed).toContain(other.endpointId)
    const inMs = await builder.stores.dispatch.nextDueInMs()
    expect(inMs).toBeLessThanOrEqual(10_000)
    await limit(endpointId, null)
    await builder.database.run("update endpoint set next_send_at = clock_timestamp() - interval '1 ms' where id = $1", [
      endpointId,
    ])
    expect(await builder.stores.deliveries.leaseNextBatch(laneOf(sessions[1]!), 64)).not.toEqual([])
  })

  it('takes no more of a lane than its rate allows at once', async () => {
    const { endpointId, sessions } = await sharing(1)
    await limit(endpointId, 8)
    expect(await builder.stores.deliveries.leaseNextBatch(laneOf(sessions[0]!), 64)).toHaveLength(2)
  })
})
