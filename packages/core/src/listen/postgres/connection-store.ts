import { clockNow, type Sql } from '../../database/database.ts'
import type { Delivery as DeliveryRow, Endpoint as EndpointRow } from '../../database/generated/client.ts'
import { announce } from '../../database/notify.ts'
import { decisionOf } from '../../decisions/rules/decision.ts'
import type { DeliveryLane, OutgoingDelivery } from '../../deliveries/delivery-store.ts'
import { encryptAttemptHeaders } from '../../deliveries/postgres/attempt-headers.ts'
import { recordBatch } from '../../deliveries/postgres/record-batch.ts'
import { unchargedBefore, withoutNewest } from '../../deliveries/postgres/uncharged-attempts.ts'
import { loggedHeaders } from '../../deliveries/rules/attempt-log.ts'
import { deliveryLaneLeaseSeconds } from '../../deliveries/rules/retry-schedule.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { ConnectionLoss, ConnectionStore } from '../connection-store.ts'

/** As many delivery lanes of an endpoint as are sent over HTTP at once. */
const lanesPerEndpoint = 4

const beingRecorded = 'an answer came, but the process that was to record it has ended'
const takenOver = 'another connection took over before an answer came'

export function createConnectionStore(ledger: Ledger): ConnectionStore {
  return {
    takeOver: (tenantId, endpointId, connectionId) =>
      ledger.transaction(async (tx) => {
        const endpoint = await tx.first<Pick<EndpointRow, 'kind' | 'state'>>(
          'select kind, state from endpoint where tenant_id = $1 and id = $2 and deleted_at is null',
          [tenantId, endpointId],
        )
        if (!endpoint) return 'not_found'
        if (endpoint.kind !== 'stream') return 'not_a_stream'
        if (endpoint.state !== 'enabled') return 'disabled'
        // Delivery lanes before the endpoint, as where an answer disables it.
        await takeLanes(tx, endpointId)
        const before = await tx.first<Pick<EndpointRow, 'connectionId'>>(
          'select connection_id from endpoint where id = $1 for no key update',
          [endpointId],
        )
        await tx.run('update endpoint set connection_id = $2 where id = $1', [endpointId, connectionId])
        tx.changed()
        await announce(tx, 'connected', { endpointId, connectionId })
        return { replaced: before!.connectionId }
      }),

    async findEndedConnections(connections) {
      const rows = await ledger.many<{ id: string; reason: ConnectionLoss | null }>(
        `select c.id, case
           when p.id is null or p.deleted_at is not null then 'deleted'
           when p.connection_id <> c.id then 'replaced'
           when p.state <> 'enabled' then 'disabled'
         end as reason
         from unnest($1::text[], $2::text[]) as c(id, endpoint_id)
         left join endpoint p on p.id = c.endpoint_id`,
        [connections.map((each) => each.connectionId), connections.map((each) => each.endpointId)],
      )
      return new Map(rows.flatMap(({ id, reason }) => (reason === null ? [] : [[id, reason]])))
    },

    listDueStreamDeliveryLanes: (endpointIds) =>
      ledger.many<DeliveryLane>(
        `select due.session_id, due.endpoint_id from endpoint p cross join lateral (
           select session_id, endpoint_id from delivery_lane
           where endpoint_id = p.id and due_at <= statement_timestamp()
             and (lease_until is null or lease_until < clock_timestamp())
           order by due_at limit ${lanesPerEndpoint}
         ) due
         where p.id = any($1) and coalesce(p.next_send_at, '-infinity') <= clock_timestamp()`,
        [endpointIds],
      ),

    async noteHeaders({ deliveryId, attempts }, headers) {
      await ledger.run(
        'update delivery_attempt set request_headers_sealed = $3 where delivery_id = $1 and number = $2',
        [deliveryId, attempts, encryptAttemptHeaders(ledger.encryptor, deliveryId, loggedHeaders(headers))],
      )
    },

    claimDelivery: (tenantId, deliveryId) =>
      ledger.transaction(async (tx) => {
        const found = await tx.first<Pick<DeliveryRow, 'sessionId' | 'endpointId'>>(
          'select session_id, endpoint_id from delivery where tenant_id = $1 and id = $2',
          [tenantId, deliveryId],
        )
        if (!found) return 'not_found'
        const { sessionId, endpointId } = found
        // First the delivery lane, then its attempt in hand, in a statement of its own: the previous owner of the
        // delivery lane may have ended it.
        const [lane] = await tx.many(
          `select 1 from delivery_lane where session_id = $1 and endpoint_id = $2 and lease_until > clock_timestamp()
           for update`,
          [sessionId, endpointId],
        )
        const open = lane ? await openAttempt(tx, deliveryId) : null
        if (!open) return 'not_awaited'
        const leased = await tx.first<{ epoch: number }>(
          `update delivery_lane set epoch = epoch + 1,
             lease_until = clock_timestamp() + interval '${deliveryLaneLeaseSeconds} seconds'
           where session_id = $1 and endpoint_id = $2 returning epoch`,
          [sessionId, endpointId],
        )
        // Until it is recorded; should the process die before, this stays.
        await tx.run('update delivery_attempt set error = $3 where delivery_id = $1 and number = $2', [
          deliveryId,
          open.attempts,
          beingRecorded,
        ])
        const { type, elapsedMs, connectionId, ...row } = open
        const lease = { sessionId, endpointId, laneEpoch: leased!.epoch }
        const sent = {
          destination: { connectionId },
          secrets: [],
          headers: {},
          traceparent: null,
          links: [],
          body: '',
          isProbe: false,
          takenAtMs: 0,
          pendingSinceMs: 0,
          challenge: null,
        }
        const about = { webhookId: row.eventId, decision: decisionOf(type) }
        const delivery: OutgoingDelivery = { ...row, ...lease, ...sent, ...about, deliveryId }
        return { delivery, elapsedMs }
      }),

    recordDeliveryAnswer: (sent, random) =>
      ledger.transaction(async (tx) => {
        if (!(await recordBatch(tx, { sent: [sent], unsent: [] }, random, 0))) return false
        const { delivery, answer } = sent
        const { deliveryId, attempts: attempt } = delivery
        await announce(tx, 'answered', { deliveryId, attempt, status: answer.status })
        return true
      }),

    findRecorded: (attempts) =>
      ledger.many(
        `select a.delivery_id, a.number as attempts, a.status
         from unnest($1::text[], $2::int[]) as asked(delivery_id, number)
           join delivery_attempt a on a.delivery_id = asked.delivery_id and a.number = asked.number
         where a.ended_at is not null and a.error is distinct from '${takenOver}'`,
        [attempts.map(({ deliveryId }) => deliveryId), attempts.map((each) => each.attempts)],
      ),
  }
}

/**
 * Takes the delivery in hand from the connection that has it: its attempt ends, and counts for nothing. A connection
 * that breaks again and again must not use up the attempts.
 */
async function takeLanes(tx: Sql, endpointId: string): Promise<void> {
  await tx.run(
    'select 1 from delivery_lane where endpoint_id = $1 and due_at is not null order by session_id for update',
    [endpointId],
  )
  await tx.run(
    `with taken as (
       update delivery_lane set lease_until = null, epoch = epoch + 1, due_at = ${clockNow}
       where endpoint_id = $1 and due_at is not null and lease_until is not null
       returning session_id, endpoint_id
     ), given_up as (
       update delivery_attempt a set ended_at = ${clockNow}, error = '${takenOver}'
       from taken join delivery d on d.session_id = taken.session_id and d.endpoint_id = taken.endpoint_id
       where d.state = 'pending' and a.delivery_id = d.id and a.number = d.attempts and a.ended_at is null
       returning a.delivery_id
     )
     update delivery d set attempts_before = ${withoutNewest} where id in (select delivery_id from given_up)`,
    [endpointId],
  )
  await tx.run(
    `update delivery_lane set due_at = ${clockNow}, resumed_at = ${clockNow}
     where endpoint_id = $1 and due_at > clock_timestamp()
       and (resumed_at is null or resumed_at <= clock_timestamp() - interval '1 minute')`,
    [endpointId],
  )
}

interface OpenAttempt extends Pick<DeliveryRow, 'wakeId' | 'eventId' | 'attempts' | 'attemptsBefore'> {
  type: string
  connectionId: string | null
  elapsedMs: number
}

/** One that began longer ago than a lease lasts was left by a process that is gone. */
function openAttempt(tx: Sql, deliveryId: string): Promise<OpenAttempt | null> {
  return tx.first<OpenAttempt>(
    `select d.wake_id, d.event_id, d.attempts, ${unchargedBefore('d.attempts')} as attempts_before, e.type, p.connection_id,
       (extract(epoch from clock_timestamp() - a.started_at) * 1000)::float8 as elapsed_ms
     from delivery d join event e on e.id = d.event_id join endpoint p on p.id = d.endpoint_id
       join delivery_attempt a on a.delivery_id = d.id and a.number = d.attempts
     where d.id = $1 and p.kind = 'stream' and a.ended_at is null and a.error is null
       and a.started_at > clock_timestamp() - interval '${deliveryLaneLeaseSeconds} seconds'`,
    [deliveryId],
  )
}
