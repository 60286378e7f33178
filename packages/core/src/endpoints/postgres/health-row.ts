import { clockNow, type Sql } from '../../database/database.ts'
import type { Endpoint as EndpointRow } from '../../database/generated/client.ts'
import { announce } from '../../database/notify.ts'
import { isReceived } from '../../deliveries/rules/retry-schedule.ts'
import {
  type EndpointHealth,
  type EndpointSign,
  isGivenUp,
  nextEndpointHealth,
  defaultEndpointHealthPolicy as policy,
} from '../rules/endpoint-health.ts'

/** Of a delivery that got an answer, or certainly none, what says something of its endpoint. */
export interface AttemptAtEndpoint {
  delivery: { challenge: string | null; isProbe: boolean }
  answer: { status: number | null; retryAfterSeconds: number | null }
}

type HealthRow = Pick<EndpointRow, 'failures' | 'failingSince' | 'nextProbeAt'>

/**
 * Writes what a run says of its endpoint. Answers why it is to be disabled, or null. An endpoint that `isWell` and takes
 * everything is not touched: its row is shared by all of its lanes. The lane is locked; the endpoint's row comes behind it.
 */
export async function noteHealth(
  tx: Sql,
  endpointId: string,
  isWell: boolean,
  sent: readonly AttemptAtEndpoint[],
  random: number,
): Promise<string | null> {
  const signs = sent.map(signOf)
  if (isWell && signs.every(({ kind }) => kind === 'succeeded')) return null
  const row = await tx.first<HealthRow & { now: Date }>(
    `select failures, failing_since, next_probe_at, ${clockNow} as now from endpoint where id = $1 for no key update`,
    [endpointId],
  )
  if (!row) return null
  const nowMs = row.now.getTime()
  const before = healthOf(row)
  const after = signs.reduce((health, sign) => nextEndpointHealth(policy, health, sign, nowMs, random), before)
  if (after !== before)
    await tx.run('update endpoint set failures = $2, failing_since = $3, next_probe_at = $4 where id = $1', [
      endpointId,
      after.failures,
      dateOf(after.failingSinceMs),
      dateOf(after.nextProbeAtMs),
    ])
  // What has only waited for the probe is due.
  if (before.nextProbeAtMs !== null && after.nextProbeAtMs === null) await announce(tx, 'work')
  const isCounted = after.failures > before.failures
  return isCounted && isGivenUp(policy, after, nowMs) ? 'nothing but failures for five days' : null
}

/**
 * It is elsewhere: what rests after a failure is tried at once, at most every hour, so that a delivery that is never taken
 * does not use up its attempts. A lane that somebody has locked goes on anyway, or keeps its time.
 */
export async function resumeLanes(tx: Sql, endpointId: string): Promise<void> {
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

/** The receiver has taken an event. A challenge that was met is not recorded as an attempt. */
export function isAcknowledged({ delivery: { challenge }, answer }: AttemptAtEndpoint): boolean {
  return challenge === null && isReceived(answer)
}

function signOf(sent: AttemptAtEndpoint): EndpointSign {
  const { status, retryAfterSeconds } = sent.answer
  if (isAcknowledged(sent)) return { kind: 'succeeded' }
  return { kind: 'failed', status, retryAfterSeconds, isProbe: sent.delivery.isProbe }
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
