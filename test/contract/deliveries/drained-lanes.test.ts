import { describe, expect, it, onTestFinished } from 'vitest'
import type { Chore } from '#core/dispatch/chore.ts'
import type { DispatchPorts } from '#core/dispatch/dispatcher.ts'
import { mint } from '#core/runtime/crypto.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { startDispatcher } from '#support/builders/dispatcher.ts'
import { type BuiltSession, made } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { startReceiver } from '#support/receivers/receiver.ts'
import { laneSender } from './lane-sender.ts'
import { addLanesWithEvents } from './many-lanes.ts'

const builder = useStore()

const states = async ({ endpointId }: BuiltSession) => {
  const rows = await builder.database.many<{ state: string; count: number }>(
    'select state, count(*)::int as count from delivery where endpoint_id = $1 group by 1',
    [endpointId],
  )
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

/** A dispatcher that sends, until the test ends; it counts its rounds and its looks for lanes. */
async function startDispatching() {
  const counts = { rounds: 0, looks: 0 }
  const deliveries: DispatchPorts['stores']['deliveries'] = {
    listDueDeliveryLanes(limit) {
      counts.looks += 1
      return builder.stores.deliveries.listDueDeliveryLanes(limit)
    },
  }
  const counting: Chore = {
    name: 'opening wakes',
    everyMs: 0,
    run() {
      counts.rounds += 1
      return builder.stores.wakes.openWakes()
    },
  }
  const send = laneSender(builder.stores)
  let laneSent = () => {}
  await startDispatcher(builder, {
    stores: { deliveries },
    chores: { before: [], after: [counting] },
    async deliveryLane(lane) {
      if (await send(lane)) laneSent()
    },
    onDeliveryLaneSent: (listener) => {
      laneSent = listener
    },
  })
  return counts
}

async function sessionWithReceiver() {
  const receiver = await startReceiver()
  onTestFinished(() => receiver.close())
  const tenantId = await builder.tenant()
  const secret = mint.webhookSecret()
  const { id } = made(
    await builder.stores.endpoints.createEndpoint(tenantId, { url: receiver.url, eventTypes: [], secret }),
  )
  const session = await builder.session(tenantId, { delegate: { endpointId: id } })
  return { ...session, endpointId: id }
}

describe('many lanes of one endpoint', () => {
  it('are sent one after the other, without waiting for the next whole round each time', async () => {
    const session = await sessionWithReceiver()
    await addLanesWithEvents(builder, session, 200)
    const counts = await startDispatching()
    await eventually('all is sent', async () => (await states(session)).succeeded === 200, { withinMs: 60_000 })
    // Four at once: by whole rounds alone it would take fifty.
    expect(counts.rounds).toBeLessThan(40)
    expect(counts.looks).toBeLessThan(counts.rounds + 201)
  })

  it('are not looked at again and again while they are due and may not be sent', async () => {
    const session = await sessionWithReceiver()
    await addLanesWithEvents(builder, session, 20)
    const lock = 'select 1 from delivery_lane where endpoint_id = $1 for update'
    await builder.database.transaction(async (tx) => {
      await tx.many(lock, [session.endpointId])
      const counts = await startDispatching()
      await eventually('rounds have passed', () => counts.rounds >= 4)
      expect(await states(session)).toEqual({ pending: 20 })
      expect(counts.looks).toBeLessThanOrEqual(counts.rounds + 1)
    })
  })

  it('are all canceled when it is disabled, and what is being sent is left to whoever sends it', async () => {
    const session = await sessionWithReceiver()
    await addLanesWithEvents(builder, session, 250)
    const lane = { sessionId: `${session.id}-7`, endpointId: session.endpointId }
    const [sending] = await builder.stores.deliveries.leaseNextBatch(lane, 1)
    expect(sending).toBeDefined()
    await builder.database.run("update endpoint set state = 'disabled' where id = $1", [session.endpointId])
    const [first] = (await builder.stores.deliveries.listDueDeliveryLanes(100)).filter(
      (each) => each.endpointId === session.endpointId,
    )
    expect(await builder.stores.deliveries.leaseNextBatch(first!, 64)).toEqual([])
    expect(await states(session)).toEqual({ canceled: 101, pending: 149 })
    await startDispatching()
    await eventually('the rest is canceled', async () => (await states(session)).pending === 1)
    const response = { status: 204, error: null, body: '', retryAfterSeconds: null }
    const sent = [{ delivery: sending!, answer: response, durationMs: 1, agoMs: 0 }]
    expect(await builder.stores.deliveries.recordBatch({ sent, unsent: [] }, 0.5, 64)).toEqual([])
    expect(await states(session)).toEqual({ canceled: 249, succeeded: 1 })
    const due = await builder.database.many(
      'select 1 from delivery_lane where endpoint_id = $1 and (due_at is not null or lease_until is not null)',
      [session.endpointId],
    )
    expect(due).toEqual([])
  })
})
