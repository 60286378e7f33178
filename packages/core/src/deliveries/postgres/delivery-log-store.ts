import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import type { Sql } from '../../database/database.ts'
import type { DeliveryAttempt as AttemptRow } from '../../database/generated/client.ts'
import { notFound } from '../../kernel/rules/errors.ts'
import { refuseUnknownSession } from '../../ledger/find-session.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { Delivery, DeliveryLogStore } from '../delivery-log-store.ts'
import { decryptAttemptHeaders } from './attempt-headers.ts'
import { deliveriesOfTenant, findDelivery } from './read-delivery.ts'
import { restartDelivery } from './retry-delivery.ts'

export function createDeliveryLogStore(ledger: Ledger): DeliveryLogStore {
  return {
    findDelivery: (tenantId, id) => findDelivery(ledger, tenantId, id),
    retryDelivery: (tenantId, id) => ledger.transaction((tx) => restartDelivery(tx, tenantId, id)),

    async listDeliveries(tenantId, filter, { limit, cursor }) {
      const { endpointId, eventId, state, sessionIdentifier, wakeId, newestFirst } = filter
      const after = decodeCursor(cursor, typeidShape) ?? null
      const [direction, behind] = newestFirst ? ['desc', '<'] : ['asc', '>']
      const isBehind = after === null ? '$2::text is null' : `d.id ${behind} $2`
      const rows = await ledger.many<Delivery>(
        `${deliveriesOfTenant} and ${isBehind} and ($3::text is null or d.endpoint_id = $3)
           and ($4::text is null or d.event_id = $4) and ($5::text is null or d.state = $5)
           and ($6::text is null or s.identifier = $6) and ($7::text is null or d.wake_id = $7)
         order by d.id ${direction} limit $8`,
        [
          tenantId,
          after,
          endpointId ?? null,
          eventId ?? null,
          state ?? null,
          sessionIdentifier ?? null,
          wakeId ?? null,
          limit + 1,
        ],
      )
      await refuseUnknownSession(ledger, tenantId, sessionIdentifier, rows)
      if (rows.length === 0) await refuseUnknown(ledger, tenantId, { endpoint: endpointId, event: eventId })
      return pageOf(
        rows,
        limit,
        ({ id }) => id,
        (row) => row,
      )
    },

    async readBody(tenantId, deliveryId) {
      const sent = await ledger.first<{ bodySealed: Uint8Array; eventType: string }>(
        `select d.body_sealed, e.type as event_type from delivery d join event e on e.id = d.event_id
         where d.tenant_id = $1 and d.id = $2 and d.body_sealed is not null`,
        [tenantId, deliveryId],
      )
      if (sent === null) return null
      return { body: ledger.encryptor.decrypt(sent.bodySealed, `body:${deliveryId}`), eventType: sent.eventType }
    },

    async listAttempts(tenantId, deliveryId) {
      if ((await findDelivery(ledger, tenantId, deliveryId)) === null) return null
      const rows = await ledger.many<AttemptRow>(
        'select * from delivery_attempt where delivery_id = $1 order by number',
        [deliveryId],
      )
      return rows.map(
        ({ id, number, startedAt, endedAt, status, error, note, requestHeadersSealed: sealed, ...response }) => ({
          id,
          number,
          startedAt,
          endedAt,
          durationMs: endedAt && endedAt.getTime() - startedAt.getTime(),
          status,
          error,
          note,
          requestHeaders: sealed && decryptAttemptHeaders(ledger.encryptor, deliveryId, sealed),
          responseHeaders: response.responseHeaders as Record<string, string> | null,
          responseBody: response.responseBody,
        }),
      )
    },
  }
}

/** An empty page of something that there is not. Throws `not_found`. */
async function refuseUnknown(sql: Sql, tenantId: string, ids: Record<'endpoint' | 'event', string | undefined>) {
  for (const table of ['endpoint', 'event'] as const) {
    const id = ids[table]
    if (id === undefined) continue
    if ((await sql.first(`select 1 from ${table} where tenant_id = $1 and id = $2`, [tenantId, id])) === null) {
      throw notFound(table)
    }
  }
}
