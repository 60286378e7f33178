import { clockNow, type Sql } from '../../database/database.ts'
import { announce } from '../../database/notify.ts'

/** Delivery lanes per transaction: it bounds the time for which they are locked. */
const lanesAtOnce = 100

/**
 * Cancels the pending deliveries of an endpoint that is disabled or deleted, some delivery lanes at a time; an
 * announcement brings the next ones up. Delivery lanes that are being sent or are locked are left for a later look.
 */
export async function cancelDisabledDeliveryLanes(tx: Sql, endpointId: string): Promise<void> {
  const locked = await tx.many<{ sessionId: string }>(
    `select session_id from delivery_lane where endpoint_id = $1 and due_at is not null
       and (lease_until is null or lease_until < clock_timestamp())
     order by due_at limit $2 for update skip locked`,
    [endpointId, lanesAtOnce],
  )
  if (locked.length === 0) return
  // A statement of its own sees all that was written before the locks came, and whether the endpoint was enabled since.
  await tx.run(
    `with stopped as (
       select id from endpoint where id = $1 and (state <> 'enabled' or deleted_at is not null)
     ), canceled as (
       update delivery d set state = 'canceled', next_attempt_at = null, ended_at = ${clockNow} from stopped
       where d.endpoint_id = stopped.id and d.session_id = any($2) and d.state = 'pending'
     )
     update delivery_lane l set due_at = null, lease_until = null from stopped
     where l.endpoint_id = stopped.id and l.session_id = any($2)`,
    [endpointId, locked.map(({ sessionId }) => sessionId)],
  )
  if (locked.length === lanesAtOnce) await announce(tx, 'work')
}
