import { clockNow, type Sql } from '../../database/database.ts'
import { announce } from '../../database/notify.ts'
import type { OutgoingDelivery, SentDelivery } from '../../deliveries/delivery-store.ts'
import type { Sealer } from '../../kernel/sealer.ts'
import { verificationBody } from '../rules/verification.ts'

/* A challenge is sent in place of the event at a lane's head, as an attempt of that delivery: so it has its intent, its schedule and its log. */

/** SQL: whether nothing may be sent to the endpoint before it has answered its challenge. */
export const unverified = "(kind = 'http' and requires_verification and verified_at is null)"

/** What is sent instead. Nobody can guess the challenge, and nothing needs to be kept: it follows from the attempt. */
export function challengeOf(
  sealer: Sealer,
  delivery: OutgoingDelivery,
  attemptId: string,
  startedAt: Date,
): OutgoingDelivery {
  const challenge = sealer.sign('endpoint-challenge', attemptId)
  // The attempt's id: receivers that have seen a webhook-id answer without reading.
  const body = verificationBody({ id: attemptId, endpointId: delivery.endpointId, challenge }, startedAt)
  return { ...delivery, webhookId: attemptId, decision: null, challenge, body }
}

/** A run as the lane has it: a challenge that was met is an attempt that was not made. */
export function withoutChallenge({ sent, unsent }: Run): Run & { verified: OutgoingDelivery | null } {
  const [first] = sent
  if (!first || first.delivery.challenge === null || !isMet(first)) return { sent, unsent, verified: null }
  return { sent: sent.slice(1), unsent: [first.delivery, ...unsent], verified: first.delivery }
}

interface Run {
  sent: readonly SentDelivery[]
  unsent: readonly OutgoingDelivery[]
}

function isMet({ answer: { status, error } }: SentDelivery): boolean {
  return status !== null && status >= 200 && status < 300 && error === null
}

/**
 * Events are sent from now on, unless the endpoint has moved meanwhile: what was to come behind a challenge that was missed
 * comes at once. The lane of the challenge is locked.
 */
export async function markVerified(tx: Sql, { endpointId, url, deliveryId }: OutgoingDelivery): Promise<void> {
  const marked = await tx.run(
    `update endpoint set verified_at = ${clockNow}, failures = 0, failing_since = null, next_probe_at = null
     where id = $1 and url = $2 and verified_at is null`,
    [endpointId, url],
  )
  // The event itself has not been tried.
  await tx.run('update delivery set attempts_before = attempts where id = $1', [deliveryId])
  if (marked === 0) return
  // Lanes that others hold look for themselves; nobody waits for them here.
  await tx.run(
    `update delivery_lane set due_at = ${clockNow} where (session_id, endpoint_id) in (
       select session_id, endpoint_id from delivery_lane
       where endpoint_id = $1 and due_at > clock_timestamp() for update skip locked)`,
    [endpointId],
  )
  await announce(tx, 'work')
}
