import { clockNow, type Sql } from '../../database/database.ts'
import { announce } from '../../database/notify.ts'

/** Delivery lanes per acknowledgement, at most; the acknowledgements that these bring take the next ones. */
const lanesAtOnce = 100

/**
 * SQL: whether delivery lanes of `l`'s endpoint wait for a retry after a failure that may be over. Mostly there are
 * none.
 */
export const hasRestingDeliveryLanes = `exists (select 1 from delivery_lane resting
  where resting.endpoint_id = l.endpoint_id and resting.earliest_at is not null and resting.due_at is not null)`

/**
 * After an acknowledgement by the endpoint, its delivery lanes that wait after a failure on the way to it or in it are
 * tried as soon as their schedule for such a case allows (`planRetry`). Each waits anew when it fails again, so a
 * delivery lane that is never taken is not tried with every acknowledgement. Locked ones are left to the next
 * acknowledgement.
 */
export async function hastenDeliveryLanes(tx: Sql, endpointId: string): Promise<void> {
  await tx.run(
    `with resting as (
       select session_id, earliest_at from delivery_lane
       where endpoint_id = $1 and earliest_at is not null and due_at is not null
       order by earliest_at limit $2 for update skip locked
     ), hastened as (
       update delivery_lane l set due_at = least(l.due_at, greatest(resting.earliest_at, ${clockNow})), earliest_at = null
       from resting where l.session_id = resting.session_id and l.endpoint_id = $1
       returning l.session_id, l.due_at
     ), heads as (
       select head.id, hastened.due_at from hastened cross join lateral (
         select id from delivery where session_id = hastened.session_id and endpoint_id = $1 and state = 'pending'
         order by position limit 1) head
     ), free as (
       select id from delivery where id in (select id from heads) for no key update skip locked
     )
     update delivery set next_attempt_at = heads.due_at from heads join free using (id) where delivery.id = heads.id`,
    [endpointId, lanesAtOnce],
  )
  await announce(tx, 'work')
}
