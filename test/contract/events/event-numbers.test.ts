import { describe, expect, it } from 'vitest'
import type { Envelope } from '#core/events/rules/event.ts'
import { createLanes } from '#support/builders/lanes.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { createWakes } from '#support/builders/wakes.ts'

const builder = useStore()

const { feedOf } = createWakes(builder)
const { woken, makeDue } = createLanes(builder)
/** What is sent now, as it is sent. */
async function send(session: BuiltSession): Promise<Envelope[]> {
  await builder.stores.wakes.openWakes()
  await makeDue(session)
  return (await builder.deliver(session)).map(({ body }) => JSON.parse(body))
}
const positions = (events: readonly Envelope[]) => events.map(({ position }) => position)

describe('an event’s numbers', () => {
  it('are its number in the session, in the tenant, and its place in the lane, where session.wake comes first', async () => {
    const other = await builder.session(undefined, { delegate: { kind: 'pull' } })
    await builder.complete((await builder.task(other)).id)
    const session = await woken(await builder.session(other.tenantId))
    const sent = await send(session)
    expect(sent.map(({ type, sequence, position }) => [type, sequence, position])).toEqual([
      ['session.wake', 3, 1],
      ['task.finished_downloading', 1, 2],
      ['task.completed', 2, 3],
      ['session.events_finished', 4, 4],
    ])
    expect(sent.map(({ tenantSequence }) => tenantSequence)).toEqual([5, 3, 4, 6])
    await woken(session)
    expect(positions(await send(session))).toEqual([5, 6, 7, 8])
  })

  it('are the same in the feed and on the stream, where what nobody is told of has no place', async () => {
    const session = await woken()
    const sent = await send(session)
    const pulled = await builder.session(session.tenantId, { delegate: { kind: 'pull' } })
    await builder.complete((await builder.task(pulled)).id)
    const feed = await feedOf(session)
    const byNumber = sent.toSorted((a, b) => a.tenantSequence - b.tenantSequence)
    const numbersOf = (events: readonly Envelope[]) =>
      events.map(({ id, sequence, tenantSequence, position }) => ({ id, sequence, tenantSequence, position }))
    expect(numbersOf(feed)).toEqual(numbersOf(byNumber))
    const streamed = await builder.stores.events.readFeed(session.tenantId, undefined, 0, 100)
    expect(streamed.map(({ event }) => event)).toEqual([...feed, ...(await feedOf(pulled))])
    expect(positions(await feedOf(pulled))).toEqual([null, null])
  })

  it('leave no gap in the places where the endpoint filters', async () => {
    const session = await woken(await builder.session(undefined, { eventTypes: ['task.completed'] }))
    expect(positions(await send(session))).toEqual([1, 2, 3])
  })

  it('have a new place when it is told again in another wake, behind its session.wake', async () => {
    const session = await woken()
    const gone = await builder.deliver(session, ({ body }) =>
      (JSON.parse(body) as Envelope).type === 'task.completed' ? 410 : 204,
    )
    expect(gone.map(({ body }) => (JSON.parse(body) as Envelope).position)).toEqual([1, 2, 3])
    await builder.stores.endpoints.enableEndpoint(session.tenantId, session.endpointId!)
    const again = await send(session)
    expect(again.map(({ type, sequence, position }) => [type, sequence, position])).toEqual([
      ['session.wake', 4, 4],
      ['task.completed', 2, 5],
      ['session.events_finished', 5, 6],
    ])
    expect(again[1]!.id).toBe(gone[2]!.eventId)
  })
})
