import type { Endpoint as EndpointRow } from '../../database/generated/client.ts'
import type { Tx } from '../../ledger/ledger.ts'
import type { Endpoint, EndpointChange } from '../endpoint-store.ts'
import { encryptEndpointHeaders, lockEndpoint, readEndpoint } from './endpoint-row.ts'
import { resumeDeliveryLanes } from './health-row.ts'

export async function applyEndpointChange(
  tx: Tx,
  { tenantId, id }: { tenantId: string; id: string },
  change: EndpointChange,
): Promise<Endpoint | 'not_found' | 'no_url'> {
  const row = await lockEndpoint(tx, tenantId, id)
  if (!row) return 'not_found'
  if (change.url !== undefined && row.kind !== 'http') return 'no_url'
  await update(tx, row, change)
  tx.changed()
  // Deliveries that wait after a failure wait because of the previous URL.
  if (change.url !== undefined && change.url !== row.url) await resumeDeliveryLanes(tx, id)
  return (await readEndpoint(tx, tenantId, id))!
}

async function update(tx: Tx, row: EndpointRow, change: EndpointChange): Promise<void> {
  const { url = row.url, eventTypes = row.eventTypes, description = row.description } = change
  const { maximumDeliveriesPerSecond = row.maximumDeliveriesPerSecond, headers } = change
  await tx.run(
    `update endpoint set url = $2, event_types = $3, description = $4, headers_sealed = $5,
       maximum_deliveries_per_second = $6,
       -- What was planned at another rate does not hold back what comes.
       next_send_at = case when $6 is distinct from maximum_deliveries_per_second then null else next_send_at end,
       verified_at = case when $2 is distinct from url then null else verified_at end,
       failures = case when $2 is distinct from url then 0 else failures end,
       failing_since = case when $2 is distinct from url then null else failing_since end,
       next_probe_at = case when $2 is distinct from url then null else next_probe_at end
     where id = $1`,
    [
      row.id,
      url,
      eventTypes,
      description,
      headers === undefined ? row.headersSealed : encryptEndpointHeaders(tx.encryptor, row.id, headers),
      maximumDeliveriesPerSecond,
    ],
  )
}
