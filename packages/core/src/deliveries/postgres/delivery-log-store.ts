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

    async listDeliveries(tenantId, { endpointId, eventId, state, sessionIdentifier }, { limit, cursor }) {
      const after = decodeCursor(cursor, typeidShape) ?? ''
      const rows = await ledger.many<Delivery>(
        `${deliveriesOfTenant} and d.id > $2 and ($3::text is null or d.endpoint_id = $3)
           and ($4::text is null or d.event_id = $4) and ($5::text is null or d.state = $5)
           and ($6::text is null or s.identifier = $6)
         order by d.id limit $7`,
        [tenantId, after, endpointId ?? null, eventId ?? null, state ?? null, sessionIdentifier ?? null, limit + 1],
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

    async listAttempts(tenantId, deliveryId) {
      if ((await findDelivery(ledger, tenantId, deliveryId)) === null) return null
      const rows = await ledger.many<AttemptRow>(
        'select * from delivery_attempt where delivery_id = $1 order by number',
        [deliveryId],
      )
      return rows.map(
        ({ id, number, startedAt, endedAt, status, error, note, responseBody, requestHeadersSealed: sealed }) => ({
          id,
          number,
          startedAt,
          endedAt,
          durationMs: endedAt && endedAt.getTime() - startedAt.getTime(),
          status,
          error,
          note,
          requestHeaders: sealed && decryptAttemptHeaders(ledger.encryptor, deliveryId, sealed),
          responseBody,
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
