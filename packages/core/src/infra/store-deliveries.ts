import { completionToken } from '../app/complete-wake.ts'
import type { Mint, Sealer } from '../app/ports.ts'
import type { DeliveryAnswer, DeliveryStore, LaneLease, OutgoingDelivery } from '../app/worker-stores.ts'
import { decisionOf } from '../domain/decision.ts'
import { afterAttempt, type DeliveryOutcome } from '../domain/delivery.ts'
import { type EventType, envelope } from '../domain/event.ts'
import { masked, type SessionConfiguration } from '../domain/session.ts'
import { clockNow, type Database, type Sql } from './database.ts'
import type { Delivery as DeliveryRow, DeliveryLane as LaneRow } from './generated/client.ts'
import { abandonWake, completeWake, endForegroundLease, finishWakeEvents } from './open-wake.ts'
import { recordAnswer } from './record-answer.ts'
import { lockSession } from './session-lock.ts'
import { liveSecrets } from './store-endpoints.ts'

/** Longer than a whole exchange may take, so that two workers never send the same head. */
const laneLeaseSeconds = 30

/** So many lanes are sent at once, however many are due: a slow or dead receiver must not hold the places of the others. */
const lanesPerTenant = 8
const lanesPerEndpoint = 4

type HeadRow = DeliveryRow & {
  eventType: string
  eventSequence: bigint
  eventData: Record<string, unknown>
  eventCreatedAt: Date
  sessionIdentifier: string
  url: string | null
  secrets: Uint8Array[]
}

export function createDeliveryStore(database: Database, mint: Mint, sealer: Sealer): DeliveryStore {
  return {
    listDueLanes: (limit) =>
      database.many<LaneLease>(
        `with busy as (
           select s.tenant_id, l.endpoint_id, count(*) as lanes from delivery_lane l join session s on s.id = l.session_id
           where l.lease_until >= clock_timestamp() group by 1, 2
         ), due as (
           select l.session_id, l.endpoint_id, l.due_at, s.tenant_id,
             row_number() over (partition by s.tenant_id order by l.due_at) as of_tenant,
             row_number() over (partition by l.endpoint_id order by l.due_at) as of_endpoint
           from delivery_lane l join session s on s.id = l.session_id
           where l.due_at <= clock_timestamp() and (l.lease_until is null or l.lease_until < clock_timestamp())
         )
         select session_id, endpoint_id from due
         where of_tenant + coalesce((select sum(lanes) from busy where busy.tenant_id = due.tenant_id), 0) <= $2
           and of_endpoint + coalesce((select sum(lanes) from busy where busy.endpoint_id = due.endpoint_id), 0) <= $3
         order by of_tenant, due_at limit $1`,
        [limit, lanesPerTenant, lanesPerEndpoint],
      ),

    takeHead: (lane) =>
      database.transaction(async (tx) => {
        const row = await tx.first<LaneRow>(
          `select * from delivery_lane where session_id = $1 and endpoint_id = $2 and due_at <= clock_timestamp()
             and (lease_until is null or lease_until < clock_timestamp()) for update skip locked`,
          [lane.sessionId, lane.endpointId],
        )
        return row ? intend(tx, mint, sealer, row) : null
      }),

    recordAttempt: (delivery, answer, random, goOn) =>
      database.transaction(async (tx) => {
        // The session first: locks are taken in one order everywhere.
        const session = await lockSession(tx, delivery.sessionId)
        const lane = await tx.first<LaneRow>(
          'select * from delivery_lane where session_id = $1 and endpoint_id = $2 for update',
          [delivery.sessionId, delivery.endpointId],
        )
        if (!lane) return null
        const current = lane.epoch === delivery.laneEpoch
        const made = delivery.attempts - delivery.attemptsBefore
        const { outcome, error } =
          delivery.decision !== null && current
            ? await recordAnswer(tx, sealer, delivery, answer, session.now, random)
            : { outcome: afterAttempt(answer, made, session.now.getTime(), random), error: answer.error }
        const logged = loggable(sealer, delivery, { ...answer, error })
        const settled = await settle(tx, delivery, logged, current ? outcome : null)
        if (!settled) return null
        if (outcome.kind === 'retry') {
          await restLane(tx, delivery, new Date(outcome.atMs))
          return null
        }
        if (outcome.kind === 'gone') {
          await disableEndpoint(tx, delivery.endpointId, 'the receiver answered 410 Gone')
          if (settled.wakeId !== null) await abandonWake(tx, mint, settled.sessionId, settled.wakeId)
        }
        if (outcome.kind !== 'gone') await acknowledge(tx, mint, session.configuration, settled)
        if (goOn) return intend(tx, mint, sealer, lane)
        await restLane(tx, delivery, session.now)
        return null
      }),
  }
}

/** Writes the next attempt of the lane's head and leases the lane for it, or lets the lane rest. */
async function intend(tx: Sql, mint: Mint, sealer: Sealer, lane: LaneRow): Promise<OutgoingDelivery | null> {
  const head = await tx.first<HeadRow>(
    `select d.*, e.type as event_type, e.sequence as event_sequence, e.data as event_data, e.created_at as event_created_at,
       s.identifier as session_identifier, p.url, ${liveSecrets('d.endpoint_id')} as secrets
     from delivery d join event e on e.id = d.event_id join session s on s.id = d.session_id
       left join endpoint p on p.id = d.endpoint_id and p.state = 'enabled' and p.deleted_at is null
     where d.session_id = $1 and d.endpoint_id = $2 and d.state = 'pending' order by d.position limit 1`,
    [lane.sessionId, lane.endpointId],
  )
  if (!head || head.url === null) {
    if (head) await cancelPending(tx, lane)
    await restLane(tx, lane, null)
    return null
  }
  const sealedBody = head.bodySealed ?? sealer.seal(render(head, sealer), `body:${head.id}`)
  const attempts = head.attempts + 1
  const leased = await tx.first<{ epoch: number }>(
    `with counted as (
       update delivery set attempts = $4, body_sealed = $5 where id = $3
     ), intended as (
       insert into delivery_attempt (id, delivery_id, number, started_at) values ($6, $3, $4, ${clockNow})
     )
     update delivery_lane set epoch = epoch + 1, due_at = ${clockNow},
       lease_until = clock_timestamp() + interval '${laneLeaseSeconds} seconds'
     where session_id = $1 and endpoint_id = $2 returning epoch`,
    [lane.sessionId, lane.endpointId, head.id, attempts, sealedBody, mint.id('att')],
  )
  return {
    laneEpoch: leased!.epoch,
    deliveryId: head.id,
    wakeId: head.wakeId,
    sessionId: lane.sessionId,
    endpointId: lane.endpointId,
    eventId: head.eventId,
    decision: decisionOf(head.eventType),
    attempts,
    attemptsBefore: head.attemptsBefore,
    url: head.url,
    secrets: head.secrets.map((secret) => sealer.unseal(secret, `secret:${lane.endpointId}`)),
    body: sealer.unseal(sealedBody, `body:${head.id}`),
  }
}

function render(head: HeadRow, sealer: Sealer): string {
  const event = {
    id: head.eventId,
    type: head.eventType as EventType,
    createdAt: head.eventCreatedAt,
    sequence: Number(head.eventSequence),
    sessionIdentifier: head.sessionIdentifier,
    data: head.eventData,
    wakeId: head.wakeId,
  }
  return JSON.stringify(envelope(event, head.wakeId === null ? undefined : completionToken(sealer, head.wakeId)))
}

/** Stands in the log for the answer to a question. */
const notKept = '(not kept: it may hold a credential)'

/**
 * What of an answer goes into the log: text that PostgreSQL takes (no NUL, no half of a surrogate pair), and no token of a
 * wake, which a receiver that echoes what it got would put there in clear.
 */
function loggable(sealer: Sealer, { wakeId, decision }: OutgoingDelivery, answer: DeliveryAnswer): DeliveryAnswer {
  const text = answer.body.replaceAll('\0', '\uFFFD').toWellFormed()
  const told = decision === null ? text : text && notKept
  const body = wakeId === null ? told : told.replaceAll(completionToken(sealer, wakeId), masked)
  return { ...answer, body, error: answer.error?.replaceAll('\0', '\uFFFD').toWellFormed() ?? null }
}

type SettledRow = DeliveryRow & { eventType: string }

/** The attempt's result, and what becomes of the delivery, unless it was called off meanwhile; only the former (null) when the lane is another's by now. */
async function settle(
  tx: Sql,
  { deliveryId, attempts }: OutgoingDelivery,
  answer: DeliveryAnswer,
  outcome: DeliveryOutcome | null,
): Promise<SettledRow | null> {
  const states = { succeeded: 'succeeded', retry: 'pending', failed: 'failed', gone: 'failed' }
  return tx.first<SettledRow>(
    `with answered as (
       update delivery_attempt set ended_at = ${clockNow}, status = $3, error = $4, response_body = $5
       where delivery_id = $1 and number = $2
     )
     update delivery set state = case when delivery.state = 'pending' then $6 else delivery.state end,
       next_attempt_at = case when delivery.state = 'pending' then $7::timestamptz end,
       ended_at = case when $6::text = 'pending' then delivery.ended_at else coalesce(delivery.ended_at, clock_timestamp()) end
     from event e where delivery.id = $1 and e.id = delivery.event_id and $6::text is not null
     returning delivery.*, e.type as event_type`,
    [
      deliveryId,
      attempts,
      answer.status,
      answer.error,
      answer.body,
      outcome && states[outcome.kind],
      outcome?.kind === 'retry' ? new Date(outcome.atMs) : null,
    ],
  )
}

async function acknowledge(
  tx: Sql,
  mint: Mint,
  { wakeCompletion }: SessionConfiguration,
  { wakeId, eventId, eventType, sessionId, state }: SettledRow,
): Promise<void> {
  if (wakeId === null) return state === 'succeeded' ? endForegroundLease(tx, eventId) : undefined
  if (eventType !== 'session.events_finished') await finishWakeEvents(tx, mint, sessionId, wakeId)
  else if (state === 'succeeded' && wakeCompletion === 'implied') await completeWake(tx, mint, sessionId, wakeId)
}

async function restLane(tx: Sql, lane: LaneLease, dueAt: Date | null): Promise<void> {
  await tx.run('update delivery_lane set due_at = $3, lease_until = null where session_id = $1 and endpoint_id = $2', [
    lane.sessionId,
    lane.endpointId,
    dueAt,
  ])
}

async function disableEndpoint(tx: Sql, endpointId: string, reason: string): Promise<void> {
  await tx.run("update endpoint set state = 'disabled', disabled_reason = $2 where id = $1", [endpointId, reason])
}

async function cancelPending(tx: Sql, lane: LaneLease): Promise<void> {
  await tx.run(
    `update delivery set state = 'canceled', next_attempt_at = null, ended_at = ${clockNow}
     where session_id = $1 and endpoint_id = $2 and state = 'pending'`,
    [lane.sessionId, lane.endpointId],
  )
}
