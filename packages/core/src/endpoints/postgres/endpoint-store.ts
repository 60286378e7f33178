import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import { clockNow } from '../../database/database.ts'
import type { Endpoint as EndpointRow } from '../../database/generated/client.ts'
import { once } from '../../idempotency/postgres/idempotency-keys.ts'
import { appendTenantEvent } from '../../ledger/append-tenant-event.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import type { EndpointStore, WrittenTest } from '../endpoint-store.ts'
import { applyEndpointChange } from './change-endpoint.ts'
import { enableAndRedeliver } from './enable-endpoint.ts'
import { endpointOf, readEndpoint, readLiveSecrets } from './endpoint-row.ts'
import { replaceSecret } from './endpoint-secrets.ts'
import { insertEndpoint } from './insert-endpoint.ts'
import { listRecentAttempts } from './recent-attempts.ts'

export function createEndpointStore(ledger: Ledger): EndpointStore {
  return {
    createEndpoint: (tenantId, endpoint, request) =>
      ledger.transaction((tx) =>
        once(tx, request, async () => endpointOf(ledger.encryptor, await insertEndpoint(tx, tenantId, endpoint))),
      ),

    async listEndpoints(tenantId, { limit, cursor }) {
      const after = decodeCursor(cursor, typeidShape) ?? ''
      const rows = await ledger.many<EndpointRow>(
        'select * from endpoint where tenant_id = $1 and id > $2 and deleted_at is null order by id limit $3',
        [tenantId, after, limit + 1],
      )
      const secrets = await readLiveSecrets(
        ledger,
        rows.map(({ id }) => id),
      )
      const secretsOf = Map.groupBy(secrets, ({ endpointId }) => endpointId)
      return pageOf(
        rows,
        limit,
        ({ id }) => id,
        (row) => endpointOf(ledger.encryptor, { ...row, secrets: secretsOf.get(row.id) ?? [] }),
      )
    },

    listRecentAttempts: (tenantId, endpointId, query) => listRecentAttempts(ledger, tenantId, endpointId, query),

    findEndpoint: (tenantId, id) => readEndpoint(ledger, tenantId, id),

    deleteEndpoint: (tenantId, id) =>
      ledger.transaction(async (tx) => {
        const [row] = await tx.many(
          'select 1 from endpoint where tenant_id = $1 and id = $2 and deleted_at is null for update',
          [tenantId, id],
        )
        if (!row) return 'not_found'
        const [use] = await tx.many("select 1 from session where endpoint_id = $1 and state <> 'invalidated' limit 1", [
          id,
        ])
        if (use) return 'in_use'
        await tx.run(`update endpoint set deleted_at = ${clockNow} where id = $1`, [id])
        tx.changed()
        return 'deleted'
      }),

    changeEndpoint: (tenantId, id, change) =>
      ledger.transaction((tx) => applyEndpointChange(tx, { tenantId, id }, change)),

    rotateSecret: (tenantId, id, secret, overlapSeconds, request) =>
      ledger.transaction((tx) => once(tx, request, () => replaceSecret(tx, { tenantId, id, secret, overlapSeconds }))),

    enableEndpoint: (tenantId, id) =>
      ledger.transaction(async (tx) => {
        await enableAndRedeliver(tx, tenantId, id)
        return readEndpoint(tx, tenantId, id)
      }),

    testEndpoint: (tenantId, id, data, request) =>
      ledger.transaction((tx) => once(tx, request, () => writeTest(tx, { tenantId, id, data }))),
  }
}

async function writeTest(
  tx: Tx,
  { tenantId, id, data }: { tenantId: string; id: string; data: Record<string, unknown> },
): Promise<WrittenTest> {
  // Not locked: should it be disabled at this moment, its sender calls the delivery off.
  const endpoint = await readEndpoint(tx, tenantId, id)
  if (!endpoint) return 'not_found'
  if (endpoint.state === 'disabled') return 'disabled'
  const event = { type: 'endpoint.test', data: { endpointId: id, ...data } } as const
  const { eventId, deliveryIds } = await appendTenantEvent(tx, tenantId, event, [id])
  tx.changed({ target: deliveryIds[0]! })
  return { eventId, deliveryId: deliveryIds[0]! }
}
