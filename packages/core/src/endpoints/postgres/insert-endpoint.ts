import type { Endpoint as EndpointRow } from '../../database/generated/client.ts'
import type { Tx } from '../../ledger/ledger.ts'
import { requireRoomForEndpoint } from '../../ledger/quota-room.ts'
import type { NewEndpoint } from '../endpoint-store.ts'
import { encryptEndpointHeaders, type JoinedEndpointRow } from './endpoint-row.ts'
import { insertSecret } from './endpoint-secrets.ts'

/** Throws `quota_exceeded`. */
export async function insertEndpoint(tx: Tx, tenantId: string, endpoint: NewEndpoint): Promise<JoinedEndpointRow> {
  await requireRoomForEndpoint(tx, tenantId)
  const id = tx.mint.id('whe')
  const row = await tx.first<EndpointRow>(
    `insert into endpoint (id, tenant_id, kind, url, event_types, description, headers_sealed, signature_scheme,
       maximum_deliveries_per_second, requires_verification)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning *`,
    [
      id,
      tenantId,
      endpoint.url === null ? 'stream' : 'http',
      endpoint.url,
      endpoint.eventTypes,
      endpoint.description ?? null,
      encryptEndpointHeaders(tx.encryptor, id, endpoint.headers ?? {}),
      endpoint.signatureScheme ?? 'v1',
      endpoint.maximumDeliveriesPerSecond ?? null,
      endpoint.requiresVerification ?? false,
    ],
  )
  tx.changed({ target: id })
  return { ...row!, secrets: [await insertSecret(tx, id, endpoint)] }
}

/**
 * Finds the tenant's oldest endpoint with that address or makes one; `created` says which. The caller has locked the
 * tenant's totals, which come before the lock of the address. Throws `quota_exceeded`.
 */
export async function endpointForUrl(
  tx: Tx,
  tenantId: string,
  url: string,
  { newSecret, requiresVerification = false }: { newSecret: string; requiresVerification?: boolean },
): Promise<{ id: string; created: boolean }> {
  // Two requests at once must not create two endpoints.
  await tx.run("select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))", [tenantId, url])
  const found = await tx.first<{ id: string }>(
    `select id from endpoint where tenant_id = $1 and url = $2 and state = 'enabled' and deleted_at is null order by id limit 1 for share`,
    [tenantId, url],
  )
  if (found) return { id: found.id, created: false }
  const { id } = await insertEndpoint(tx, tenantId, {
    url,
    eventTypes: [],
    secret: newSecret,
    requiresVerification,
  })
  return { id, created: true }
}
