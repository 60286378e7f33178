import { clockNow, type Sql } from '../../database/database.ts'
import type { Endpoint as EndpointRow } from '../../database/generated/client.ts'
import { announce } from '../../database/notify.ts'
import type { EndpointHealth } from '../rules/endpoint-health.ts'

type HealthRow = Pick<EndpointRow, 'failures' | 'failingSince' | 'nextProbeAt'>

/**
 * Locks the endpoint's row, which comes behind the delivery lane's: it is shared by all of its delivery lanes. Null:
 * there is no such endpoint.
 */
export async function lockHealth(
  tx: Sql,
  endpointId: string,
): Promise<{ before: EndpointHealth; nowMs: number } | null> {
  const row = await tx.first<HealthRow & { now: Date }>(
    `select failures, failing_since, next_probe_at, ${clockNow} as now from endpoint where id = $1 for no key update`,
    [endpointId],
  )
  return row && { before: healthOf(row), nowMs: row.now.getTime() }
}

/** `isProbed`: deliveries that only waited for the probe are due. */
export async function saveHealth(
  tx: Sql,
  endpointId: string,
  { after, isProbed }: { after: EndpointHealth; isProbed: boolean },
): Promise<void> {
  await tx.run('update endpoint set failures = $2, failing_since = $3, next_probe_at = $4 where id = $1', [
    endpointId,
    after.failures,
    dateOf(after.failingSinceMs),
    dateOf(after.nextProbeAtMs),
  ])
  if (isProbed) await announce(tx, 'work')
}

/**
 * After a change of URL, deliveries that wait after a failure are tried at once, at most every hour, so that a delivery
 * that is never taken does not use up its attempts. A locked delivery lane goes on anyway, or keeps its time.
 */
export async function resumeDeliveryLanes(tx: Sql, endpointId: string): Promise<void> {
  await tx.run(
    `update delivery_lane l set due_at = ${clockNow}, resumed_at = ${clockNow}
     from (select session_id, endpoint_id from delivery_lane
           where endpoint_id = $1 and due_at > clock_timestamp()
             and (resumed_at is null or resumed_at <= clock_timestamp() - interval '1 hour')
           for update skip locked) as resting
     where l.session_id = resting.session_id and l.endpoint_id = resting.endpoint_id`,
    [endpointId],
  )
  await announce(tx, 'work')
}

function healthOf({ failures, failingSince, nextProbeAt }: HealthRow): EndpointHealth {
  return {
    failures,
    failingSinceMs: failingSince?.getTime() ?? null,
    nextProbeAtMs: nextProbeAt?.getTime() ?? null,
  }
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
