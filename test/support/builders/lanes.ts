import type { OutgoingDelivery } from '#core/deliveries/delivery-store.ts'
import { recordAttempt, takeNextDelivery } from './next-deliveries.ts'
import { aResponse, type BuiltSession, type StoreBuilder } from './store-builder.ts'

const past = "clock_timestamp() - interval '1 ms'"
const laneOf = ({ id, endpointId }: BuiltSession) => ({ sessionId: id, endpointId: endpointId! })

/** Helpers for tests of delivery lanes. */
export function createLanes(builder: StoreBuilder) {
  return {
    laneOf,
    /** The delivery at the head, with its attempt written. */
    take: (session: BuiltSession) => takeNextDelivery(builder.stores, laneOf(session)),
    /** Makes the lane and its endpoint due. */
    async makeDue(session: BuiltSession): Promise<void> {
      await builder.database.run(`update delivery_lane set due_at = ${past} where session_id = $1`, [session.id])
      await builder.database.run(
        `update endpoint set next_send_at = null, next_probe_at = case when next_probe_at is not null then ${past} end
         where id = $1`,
        [session.endpointId],
      )
    },
    endLaneLease: (session: BuiltSession) =>
      builder.database.run(`update delivery_lane set lease_until = ${past} where session_id = $1`, [session.id]),
    respond: (delivery: OutgoingDelivery, status: number, changes = {}, random = 0.5) =>
      recordAttempt(builder.stores, delivery, aResponse(status, changes), random, false),

    /** A session with an open wake that brings the events of one completed task. */
    async woken(given?: BuiltSession): Promise<BuiltSession> {
      const session = given ?? (await builder.session())
      const { id } = await builder.task(session)
      await builder.complete(id)
      await builder.stores.wakes.openWakes()
      return session
    },
  }
}
