import type { EndpointChange, EndpointChangeStore } from '../app/endpoint-change-store.ts'
import type { Mint, Sealer } from '../app/ports.ts'
import type { Database, Sql } from './database.ts'
import type { Endpoint as EndpointRow } from './generated/client.ts'
import { readEndpoint, sealHeaders } from './store-endpoints.ts'

export function createEndpointChangeStore(database: Database, _mint: Mint, sealer: Sealer): EndpointChangeStore {
  return {
    changeEndpoint: (tenantId, id, change) =>
      database.transaction(async (tx) => {
        const row = await lockEndpoint(tx, tenantId, id)
        if (!row) return 'not_found'
        if (change.url !== undefined && row.kind !== 'http') return 'no_url'
        await update(tx, sealer, row, change)
        return (await readEndpoint(tx, sealer, tenantId, id))!
      }),
  }
}

function lockEndpoint(tx: Sql, tenantId: string, id: string): Promise<EndpointRow | null> {
  return tx.first<EndpointRow>(
    'select * from endpoint where tenant_id = $1 and id = $2 and deleted_at is null for update',
    [tenantId, id],
  )
}

async function update(tx: Sql, sealer: Sealer, row: EndpointRow, change: EndpointChange): Promise<void> {
  const { url = row.url, eventTypes = row.eventTypes, description = row.description } = change
  const { maximumDeliveriesPerSecond = row.maximumDeliveriesPerSecond, headers } = change
  await tx.run(
    `update endpoint set url = $2, event_types = $3, description = $4, headers_sealed = $5,
       maximum_deliveries_per_second = $6,
       -- What was planned at another rate does not hold back what comes.
       next_send_at = case when $6 is distinct from maximum_deliveries_per_second then null else next_send_at end,
       verified_at = case when $2 is distinct from url then null else verified_at end,
       failing_since = case when $2 is distinct from url then null else failing_since end,
       next_probe_at = case when $2 is distinct from url then null else next_probe_at end
     where id = $1`,
    [
      row.id,
      url,
      eventTypes,
      description,
      headers === undefined ? row.headersSealed : sealHeaders(sealer, row.id, headers),
      maximumDeliveriesPerSecond,
    ],
  )
}
