import { clockNow, type Sql } from '../../database/database.ts'
import type { Endpoint as EndpointRow } from '../../database/generated/client.ts'
import { announce } from '../../database/notify.ts'
import { admitDeliveries, type EndpointGate } from '../rules/send-gate.ts'

export type GateRow = Pick<EndpointRow, 'nextProbeAt' | 'nextSendAt' | 'maximumDeliveriesPerSecond'>

/**
 * How many of `wanted` deliveries (at least one) may be sent to an endpoint now, over all of its delivery lanes; null:
 * none. An endpoint with nothing in its way is only read. The delivery lane's row is locked; the endpoint's comes
 * behind it.
 */
export async function passGate(
  tx: Sql,
  endpointId: string,
  read: GateRow,
  wanted: number,
): Promise<{ count: number; isProbe: boolean } | null> {
  if (read.nextProbeAt === null && read.nextSendAt === null && read.maximumDeliveriesPerSecond === null)
    return { count: wanted, isProbe: false }
  const row = await tx.first<GateRow & { now: Date }>(
    `select next_probe_at, next_send_at, maximum_deliveries_per_second, ${clockNow} as now from endpoint
     where id = $1 for no key update`,
    [endpointId],
  )
  const admission = row && admitDeliveries(gateOf(row), row.now.getTime(), wanted)
  if (!admission) return null
  const { count, isProbe, gate } = admission
  await tx.run('update endpoint set next_probe_at = $2, next_send_at = $3 where id = $1', [
    endpointId,
    dateOf(gate.nextProbeAtMs),
    dateOf(gate.nextSendAtMs),
  ])
  // Dispatchers have planned their next look without knowing of this time.
  if (gate.nextSendAtMs !== null) await announce(tx, 'work')
  return { count, isProbe }
}

/** Probes half-open endpoints at once, unless a delivery to them is in flight. */
export async function probeNow(sql: Sql, endpointIds: readonly string[]): Promise<void> {
  await sql.run(
    `update endpoint set next_probe_at = ${clockNow}
     where id = any($1) and next_probe_at > clock_timestamp() and not exists (
       select 1 from delivery_lane where endpoint_id = endpoint.id and lease_until >= clock_timestamp())`,
    [endpointIds],
  )
}

/** Nothing goes to the endpoint before this time. The reason is ours, so its health stays as it is. */
export async function holdEndpoint(tx: Sql, endpointId: string, until: Date): Promise<void> {
  await tx.run('update endpoint set next_send_at = greatest(next_send_at, $2) where id = $1', [endpointId, until])
}

function gateOf({ nextProbeAt, nextSendAt, maximumDeliveriesPerSecond }: GateRow): EndpointGate {
  return {
    nextProbeAtMs: nextProbeAt?.getTime() ?? null,
    nextSendAtMs: nextSendAt?.getTime() ?? null,
    maximumDeliveriesPerSecond,
  }
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
