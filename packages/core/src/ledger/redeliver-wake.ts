import type { Sql } from '../database/database.ts'
import type { LockedSession } from './session-lock.ts'

/**
 * What a wake that expired has left unacknowledged starts again at once, in its order: what had failed for good with a
 * fresh schedule, once because a wake expires once, but for questions, whose time is over. The lane's lease stays: what is
 * being sent is not sent twice.
 */
export async function redeliver(tx: Sql, { row, endpoint, now }: LockedSession, wakeId: string): Promise<void> {
  if (endpoint === null) return
  await tx.run(
    `update delivery set state = 'pending', attempts_before = attempts, next_attempt_at = $2, ended_at = null
     where wake_id = $1 and endpoint_id = $3 and state = 'failed'
       and not exists (select 1 from decision where event_id = delivery.event_id)`,
    [wakeId, now, endpoint.id],
  )
  await tx.run('update delivery_lane set due_at = $3 where session_id = $1 and endpoint_id = $2', [
    row.id,
    endpoint.id,
    now,
  ])
}
