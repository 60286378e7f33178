import { clockNow, type Sql } from '../../database/database.ts'
import { decisionOf } from '../../decisions/rules/decision.ts'
import { decryptEndpointHeaders } from '../../endpoints/postgres/endpoint-row.ts'
import { liveSecrets } from '../../endpoints/postgres/endpoint-secrets.ts'
import { type GateRow, passGate } from '../../endpoints/postgres/send-gate-row.ts'
import { endpointChallenge, unverified } from '../../endpoints/postgres/verify-endpoint.ts'
import { type EventType, envelope } from '../../events/rules/event.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import type { Tx } from '../../ledger/ledger.ts'
import { isResting } from '../../ledger/resting.ts'
import { completionToken } from '../../wakes/rules/completion-token.ts'
import type { DeliveryLane, OutgoingDelivery } from '../delivery-store.ts'
import { deliveryLaneLeaseSeconds } from '../rules/retry-schedule.ts'
import { cancelDisabledDeliveryLanes } from './cancel-disabled-delivery-lanes.ts'
import { unchargedBefore } from './uncharged-attempts.ts'

interface NextRow {
  id: string
  eventId: string
  wakeId: string | null
  attempts: number
  attemptsBefore: number
  bodySealed: Uint8Array | null
  type: string
  sequence: bigint | null
  tenantSequence: bigint
  position: bigint
  data: Record<string, unknown>
  createdAt: Date
  pendingSinceMs: number
  sessionIdentifier: string | null
  traceparent: string | null
}

/**
 * Writes an attempt ahead for each of the delivery lane's next deliveries, fixes their bodies and leases the delivery
 * lane for them, or unlocks it: nothing is sent for a tenant that rests. The delivery lane's row is locked.
 */
export async function startAttempts(
  tx: Tx,
  { sessionId, endpointId }: DeliveryLane,
  most: number,
): Promise<OutgoingDelivery[]> {
  const lane = { sessionId, endpointId }
  const endpoint = await tx.first<
    GateRow & {
      url: string | null
      connectionId: string | null
      headersSealed: Uint8Array | null
      unverified: boolean
      resting: boolean
      secrets: Uint8Array[]
    }
  >(
    `select url, connection_id, next_probe_at, next_send_at, maximum_deliveries_per_second, headers_sealed,
       ${unverified} as unverified, ${isResting('endpoint.tenant_id')} as resting, ${liveSecrets('endpoint.id')} as secrets
     from endpoint
     where id = $1 and state = 'enabled' and deleted_at is null`,
    [endpointId],
  )
  if (endpoint?.resting) {
    await unlockDeliveryLane(tx, lane)
    return []
  }
  const first = endpoint ? await nextOf(tx, lane, endpoint.unverified ? 1 : most) : []
  if (!endpoint) await cancelPending(tx, lane)
  if (!endpoint || first.length === 0) {
    await scheduleDeliveryLane(tx, lane, null)
    // Cancel the endpoint's other delivery lanes now rather than as each comes due.
    if (!endpoint) await cancelDisabledDeliveryLanes(tx, endpointId)
    return []
  }
  const passed = await passGate(tx, endpointId, endpoint, first.length)
  if (!passed) {
    await unlockDeliveryLane(tx, lane)
    return []
  }
  const next = first.slice(0, passed.count)
  const bodies = next.map((row) => bodyOf(tx.encryptor, row))
  const attemptIds = next.map(() => tx.mint.id('att'))
  const leased = await tx.first<{ epoch: number; dueAt: Date; takenAtMs: number }>(
    `with given as (
       select * from unnest($3::text[], $4::bytea[], $5::text[]) as given(delivery_id, body, attempt_id)
     ), counted as (
       update delivery set attempts = attempts + 1, body_sealed = coalesce(body_sealed, given.body) from given where id = given.delivery_id
       returning id, attempts, given.attempt_id
     ), started as (
       insert into delivery_attempt (id, delivery_id, number, started_at, endpoint_id)
       select attempt_id, id, attempts, ${clockNow}, $2 from counted
     )
     update delivery_lane set epoch = epoch + 1, due_at = ${clockNow}, earliest_at = null,
       lease_until = clock_timestamp() + interval '${deliveryLaneLeaseSeconds} seconds'
     where session_id = $1 and endpoint_id = $2
     returning epoch, due_at, (extract(epoch from clock_timestamp()) * 1000)::float8 as taken_at_ms`,
    [sessionId, endpointId, next.map(({ id }) => id), bodies.map(({ sealed }) => sealed), attemptIds],
  )
  const secrets = endpoint.secrets.map((secret) => tx.encryptor.decrypt(secret, `secret:${endpointId}`))
  const headers = decryptEndpointHeaders(tx.encryptor, endpointId, endpoint.headersSealed)
  const batch = next.map(
    (row, n): OutgoingDelivery => ({
      ...lane,
      laneEpoch: leased!.epoch,
      deliveryId: row.id,
      wakeId: row.wakeId,
      eventId: row.eventId,
      webhookId: row.eventId,
      challenge: null,
      decision: decisionOf(row.type),
      attempts: row.attempts + 1,
      attemptsBefore: row.attemptsBefore,
      takenAtMs: leased!.takenAtMs,
      pendingSinceMs: row.pendingSinceMs,
      isProbe: passed.isProbe,
      destination: endpoint.url === null ? { connectionId: endpoint.connectionId } : { url: endpoint.url },
      secrets,
      traceparent: row.traceparent,
      links: linksOf(row, next),
      headers,
      body: bodies[n]!.body,
    }),
  )
  if (!endpoint.unverified) return batch
  const challengeFor = (n: number) => endpointChallenge(tx.encryptor, endpointId, attemptIds[n]!, leased!.dueAt)
  return batch.map((each, n) => ({ ...each, decision: null, ...challengeFor(n) }))
}

/** Enough to find the way from a wake to what it is about. */
const mostLinks = 32

/** The traces of the events that were held for the wake which this row tells of: they stand behind it. */
function linksOf({ wakeId, traceparent }: NextRow, batch: readonly NextRow[]): string[] {
  if (wakeId === null || traceparent !== null) return []
  const held = batch.filter((row) => row.wakeId === wakeId).flatMap((row) => row.traceparent ?? [])
  return [...new Set(held)].slice(0, mostLinks)
}

/** A question ends the batch before it: its answer is stored in a transaction of its own. */
async function nextOf(tx: Sql, { sessionId, endpointId }: DeliveryLane, most: number): Promise<NextRow[]> {
  const rows = await tx.many<NextRow>(
    `select d.id, d.event_id, d.wake_id, d.attempts, ${unchargedBefore('d.attempts + 1')} as attempts_before, d.body_sealed, d.position, e.type, e.data,
       case when e.session_id is not null then e.sequence end as sequence, e.tenant_sequence, e.created_at,
       (extract(epoch from d.created_at) * 1000)::float8 as pending_since_ms, s.identifier as session_identifier, t.traceparent
     from delivery d join event e on e.id = d.event_id left join session s on s.id = d.session_id
       left join task t on t.id = e.task_id
     where d.session_id = $1 and d.endpoint_id = $2 and d.state = 'pending' order by d.position limit $3`,
    [sessionId, endpointId, most],
  )
  const question = rows.findIndex(({ type }) => decisionOf(type) !== null)
  return question < 0 ? rows : rows.slice(0, Math.max(1, question))
}

/** As it was fixed by the first attempt, or now. */
function bodyOf(encryptor: Encryptor, row: NextRow): { body: string; sealed: Uint8Array } {
  const context = `body:${row.id}`
  if (row.bodySealed) return { body: encryptor.decrypt(row.bodySealed, context), sealed: row.bodySealed }
  const event = {
    ...row,
    id: row.eventId,
    type: row.type as EventType,
    sequence: row.sequence === null ? null : Number(row.sequence),
    tenantSequence: Number(row.tenantSequence),
    position: Number(row.position),
  }
  const token = row.type === 'session.wake' && row.wakeId !== null ? completionToken(encryptor, row.wakeId) : undefined
  const body = JSON.stringify(envelope(event, token))
  return { body, sealed: encryptor.encrypt(body, context) }
}

/**
 * Reverts attempts that were not made. The delivery lane's row is locked, and its epoch is still the one in which they
 * were started.
 */
export async function revertAttempts(tx: Sql, unsent: readonly OutgoingDelivery[]): Promise<void> {
  if (unsent.length === 0) return
  await tx.run(
    `with given as (
       select * from unnest($1::text[], $2::int[]) as given(delivery_id, number)
     ), forgotten as (
       delete from delivery_attempt a using given where a.delivery_id = given.delivery_id and a.number = given.number
     )
     update delivery set attempts = attempts - 1, attempts_before = least(attempts_before, attempts - 1)
     from given where id = given.delivery_id and attempts = given.number`,
    [unsent.map(({ deliveryId }) => deliveryId), unsent.map(({ attempts }) => attempts)],
  )
}

/**
 * Nothing is sent before `dueAt`, or `earliestAt` if the endpoint is hastened (hasten-delivery-lanes.ts); null: nothing
 * is pending.
 */
export async function scheduleDeliveryLane(
  tx: Sql,
  { sessionId, endpointId }: DeliveryLane,
  dueAt: Date | null,
  earliestAt: Date | null = null,
): Promise<void> {
  await tx.run(
    `update delivery_lane set due_at = $3, earliest_at = $4, lease_until = null
     where session_id = $1 and endpoint_id = $2`,
    [sessionId, endpointId, dueAt, earliestAt],
  )
}

/** It stays due: a worker takes it when the send gate allows, or when its tenant rests no longer. */
async function unlockDeliveryLane(tx: Sql, { sessionId, endpointId }: DeliveryLane): Promise<void> {
  await tx.run(
    `update delivery_lane set due_at = coalesce(due_at, ${clockNow}), lease_until = null
     where session_id = $1 and endpoint_id = $2`,
    [sessionId, endpointId],
  )
}

/** Cancels the pending deliveries; nothing more goes to the endpoint. The delivery lane's row is locked. */
export async function cancelPending(tx: Sql, { sessionId, endpointId }: DeliveryLane): Promise<void> {
  await tx.run(
    `update delivery set state = 'canceled', next_attempt_at = null, ended_at = ${clockNow}
     where session_id = $1 and endpoint_id = $2 and state = 'pending'`,
    [sessionId, endpointId],
  )
}
