import { clockNow } from '../../database/database.ts'
import type { Delivery as DeliveryRow } from '../../database/generated/client.ts'
import { announce } from '../../database/notify.ts'
import { probeNow } from '../../endpoints/postgres/send-gate-row.ts'
import { noSession } from '../../ledger/append-tenant-event.ts'
import type { Tx } from '../../ledger/ledger.ts'
import { lockSession } from '../../ledger/session-lock.ts'
import type { RetriedDelivery } from '../delivery-log-store.ts'
import { findDelivery } from './read-delivery.ts'

/**
 * Sends one delivery again. One that has ended goes to the end of its delivery lane, with a schedule of its own and the
 * body that it had: the receiver is past its old place, and deliveries in flight must not be overtaken. A pending one
 * is due at once.
 */
export async function restartDelivery(tx: Tx, tenantId: string, id: string): Promise<RetriedDelivery> {
  const found = await tx.first<DeliveryRow>('select * from delivery where tenant_id = $1 and id = $2', [tenantId, id])
  if (!found) return 'not_found'
  const { sessionId, endpointId, eventId } = found
  const lane = [sessionId, endpointId]
  // A wake that waits for its deliveries is decided under the session's lock.
  if (sessionId !== noSession) await lockSession(tx, sessionId)
  await tx.first('select 1 from delivery_lane where session_id = $1 and endpoint_id = $2 for update', lane)
  // Against the sweep of old events (expire-events.ts).
  if (!(await tx.first('select 1 from event where id = $1 for key share', [eventId]))) return 'not_found'
  const enabled = "select 1 from endpoint where id = $1 and state = 'enabled' and deleted_at is null"
  if (!(await tx.first(enabled, [endpointId]))) return 'endpoint_disabled'
  const over = await tx.first(
    "select 1 from decision where event_id = $1 and (state <> 'open' or expires_at <= clock_timestamp())",
    [eventId],
  )
  if (over) return 'decision_over'
  const now = await tx.first<Pick<DeliveryRow, 'state'>>('select state from delivery where id = $1 for update', [id])
  if (!now) return 'not_found'
  if (now.state === 'pending') {
    await tx.run(`update delivery set next_attempt_at = ${clockNow} where id = $1`, [id])
    await tx.run(`update delivery_lane set due_at = ${clockNow} where session_id = $1 and endpoint_id = $2`, lane)
  } else {
    // A delivery lane that rests keeps its time: each look at it costs its next delivery one of ten attempts.
    await tx.run(
      `with lane as (
         update delivery_lane set last_position = last_position + 1, due_at = coalesce(due_at, ${clockNow})
         where session_id = $1 and endpoint_id = $2 returning last_position
       )
       update delivery set state = 'pending', attempts_before = attempts, next_attempt_at = ${clockNow}, ended_at = null,
         position = lane.last_position
       from lane where id = $3`,
      [...lane, id],
    )
    // In an open wake the wake's last event follows it again.
    await tx.run(
      `update wake w set finished = false from delivery d join event e on e.id = d.event_id
       where d.id = $1 and w.id = d.wake_id and w.state = 'open' and e.type <> 'session.events_finished'`,
      [id],
    )
    // The event is not pending any more.
    await tx.run('update event set held = false where id = $1 and held', [eventId])
  }
  tx.changed()
  await probeNow(tx, [endpointId])
  await announce(tx, 'work')
  return (await findDelivery(tx, tenantId, id))!
}
