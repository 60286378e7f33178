import { clockNow, type Sql } from '../../database/database.ts'
import type { Endpoint as EndpointRow } from '../../database/generated/client.ts'
import { once } from '../../database/idempotency-keys.ts'
import { appendTenantEvent } from '../../ledger/append-tenant-event.ts'
import { enableEndpoint } from '../../ledger/enable-endpoint.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import type { EndpointChange, EndpointChangeStore, NewSecret, RotatedSecret, WrittenTest } from '../endpoint-store.ts'
import { maxLiveSecrets } from '../rules/secret-rotation.ts'
import { insertSecret, readEndpoint, sealHeaders } from './endpoint-store.ts'
import { resumeLanes } from './health-row.ts'

export function createEndpointChangeStore(ledger: Ledger): EndpointChangeStore {
  return {
    changeEndpoint: (tenantId, id, change) =>
      ledger.transaction(async (tx) => {
        const row = await lockEndpoint(tx, tenantId, id)
        if (!row) return 'not_found'
        if (change.url !== undefined && row.kind !== 'http') return 'no_url'
        await update(tx, row, change)
        // What rests after a failure rests because of the address that it had.
        if (change.url !== undefined && change.url !== row.url) await resumeLanes(tx, id)
        return (await readEndpoint(tx, tenantId, id))!
      }),

    rotateSecret: (tenantId, id, secret, overlapSeconds, request) =>
      ledger.transaction((tx) => once(tx, request, () => rotateSecret(tx, { tenantId, id, secret, overlapSeconds }))),

    enableEndpoint: (tenantId, id) =>
      ledger.transaction(async (tx) => {
        await enableEndpoint(tx, tenantId, id)
        return readEndpoint(tx, tenantId, id)
      }),

    testEndpoint: (tenantId, id, data, request) =>
      ledger.transaction((tx) => once(tx, request, () => writeTest(tx, { tenantId, id, data }))),
  }
}

async function rotateSecret(
  tx: Tx,
  given: { tenantId: string; id: string; secret: NewSecret; overlapSeconds: number },
): Promise<RotatedSecret> {
  const { tenantId, id, secret, overlapSeconds } = given
  if (!(await lockEndpoint(tx, tenantId, id))) return 'not_found'
  if (overlapSeconds > 0 && (await countLive(tx, id)) >= maxLiveSecrets) return 'too_many'
  await retireSecrets(tx, id, overlapSeconds)
  await insertSecret(tx, id, secret)
  return (await readEndpoint(tx, tenantId, id))!
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
  return { eventId, deliveryId: deliveryIds[0]! }
}

function lockEndpoint(tx: Sql, tenantId: string, id: string): Promise<EndpointRow | null> {
  return tx.first<EndpointRow>(
    'select * from endpoint where tenant_id = $1 and id = $2 and deleted_at is null for update',
    [tenantId, id],
  )
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
      headers === undefined ? row.headersSealed : sealHeaders(tx.sealer, row.id, headers),
      maximumDeliveriesPerSecond,
    ],
  )
}

async function countLive(tx: Sql, endpointId: string): Promise<number> {
  const row = await tx.first<{ live: number }>(
    `select count(*)::int as live from endpoint_secret
     where endpoint_id = $1 and (expires_at is null or expires_at > clock_timestamp())`,
    [endpointId],
  )
  return row!.live
}

/** None of them signs longer than it would have without this rotation. */
async function retireSecrets(tx: Sql, endpointId: string, overlapSeconds: number): Promise<void> {
  await tx.run(
    `update endpoint_secret set expires_at = least(expires_at, ${clockNow} + make_interval(secs => $2))
     where endpoint_id = $1`,
    [endpointId, overlapSeconds],
  )
  await tx.run('delete from endpoint_secret where endpoint_id = $1 and expires_at <= clock_timestamp()', [endpointId])
}
