import { clockNow, type Sql } from '../../database/database.ts'
import { announce } from '../../database/notify.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import { verificationBody } from '../rules/verification.ts'

/*
 * A challenge is sent in place of a delivery lane's next event, as an attempt of that delivery: written ahead, with its
 * schedule and its log.
 */

/** SQL: whether nothing may be sent to the endpoint before it has answered its challenge. */
export const unverified = "(kind = 'http' and requires_verification and verified_at is null)"

/** The challenge that is sent instead. It cannot be guessed, and need not be stored: it is derived from the attempt. */
export function endpointChallenge(
  encryptor: Encryptor,
  endpointId: string,
  attemptId: string,
  startedAt: Date,
): { webhookId: string; challenge: string; body: string } {
  const challenge = encryptor.sign('endpoint-challenge', attemptId)
  // The attempt's id: receivers that have seen a webhook-id answer without reading.
  return {
    webhookId: attemptId,
    challenge,
    body: verificationBody({ id: attemptId, endpointId, challenge }, startedAt),
  }
}

/**
 * Events are sent from now on, unless the endpoint has moved meanwhile: deliveries that wait behind a missed challenge
 * are due at once. The challenge's delivery lane is locked.
 */
export async function markVerified(
  tx: Sql,
  { endpointId, url, deliveryId }: { endpointId: string; url: string | null; deliveryId: string },
): Promise<void> {
  const marked = await tx.run(
    `update endpoint set verified_at = ${clockNow}, failures = 0, failing_since = null, next_probe_at = null
     where id = $1 and url = $2 and verified_at is null`,
    [endpointId, url],
  )
  // The event itself has not been tried.
  await tx.run('update delivery set attempts_before = attempts where id = $1', [deliveryId])
  if (marked === 0) return
  // Locked delivery lanes see it by themselves; they are not waited for here.
  await tx.run(
    `update delivery_lane set due_at = ${clockNow} where (session_id, endpoint_id) in (
       select session_id, endpoint_id from delivery_lane
       where endpoint_id = $1 and due_at > clock_timestamp() for update skip locked)`,
    [endpointId],
  )
  await announce(tx, 'work')
}
