import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import { clockNow } from '../../database/database.ts'
import type { Endpoint as EndpointRow, EndpointSecret as SecretRow } from '../../database/generated/client.ts'
import { once } from '../../database/idempotency-keys.ts'
import { maskValues } from '../../kernel/rules/masking.ts'
import type { Sealer } from '../../kernel/sealer.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import type { Endpoint, EndpointStore, NewEndpoint, NewSecret } from '../endpoint-store.ts'
import { secretHint } from '../rules/signature.ts'

type JoinedEndpointRow = EndpointRow & { secrets: SecretRow[] }

export function createEndpointStore(ledger: Ledger): EndpointStore {
  const { prisma } = ledger
  return {
    createEndpoint: (tenantId, endpoint, request) =>
      ledger.transaction((tx) =>
        once(tx, request, async () => endpointOf(ledger.sealer, await insertEndpoint(tx, tenantId, endpoint))),
      ),

    async listEndpoints(tenantId, { limit, cursor }) {
      const after = decodeCursor(cursor, typeidShape)
      const rows = await prisma.endpoint.findMany({
        where: { tenantId, deletedAt: null, ...(after === undefined ? {} : { id: { gt: after } }) },
        include: { secrets: true },
        orderBy: { id: 'asc' },
        take: limit + 1,
      })
      return pageOf(
        rows,
        limit,
        ({ id }) => id,
        (row) => endpointOf(ledger.sealer, row),
      )
    },

    async findEndpoint(tenantId, id) {
      const row = await prisma.endpoint.findFirst({
        where: { tenantId, id, deletedAt: null },
        include: { secrets: true },
      })
      return row && endpointOf(ledger.sealer, row)
    },

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
        return 'deleted'
      }),
  }
}

async function insertEndpoint(tx: Tx, tenantId: string, endpoint: NewEndpoint): Promise<JoinedEndpointRow> {
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
      sealHeaders(tx.sealer, id, endpoint.headers ?? {}),
      endpoint.signatureScheme ?? 'v1',
      endpoint.maximumDeliveriesPerSecond ?? null,
      endpoint.requiresVerification ?? false,
    ],
  )
  return { ...row!, secrets: [await insertSecret(tx, id, endpoint)] }
}

/** It signs from now on, until it is told otherwise. */
export async function insertSecret(
  tx: Tx,
  endpointId: string,
  { secret, publicKey = null }: NewSecret,
): Promise<SecretRow> {
  const sealed = tx.sealer.seal(secret, `secret:${endpointId}`)
  const row = await tx.first<SecretRow>(
    `insert into endpoint_secret (id, endpoint_id, sealed, public_key, hint) values ($1, $2, $3, $4, $5) returning *`,
    [tx.mint.id('sec'), endpointId, sealed, publicKey, secretHint(publicKey ?? secret)],
  )
  return row!
}

/** Null: there are none. */
export function sealHeaders(sealer: Sealer, endpointId: string, headers: Record<string, string>): Uint8Array | null {
  if (Object.keys(headers).length === 0) return null
  return sealer.seal(JSON.stringify(headers), `endpoint-headers:${endpointId}`)
}

export function unsealHeaders(sealer: Sealer, endpointId: string, sealed: Uint8Array | null): Record<string, string> {
  if (sealed === null) return {}
  return JSON.parse(sealer.unseal(sealed, `endpoint-headers:${endpointId}`)) as Record<string, string>
}

/** Finds the tenant's oldest endpoint with that address or makes one; `created` says which. */
export async function endpointForUrl(
  tx: Tx,
  tenantId: string,
  url: string,
  { newSecret, requiresVerification = false }: { newSecret: string; requiresVerification?: boolean },
): Promise<{ id: string; created: boolean }> {
  // Two at once must not make two.
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

/** SQL: the sealed secrets of an endpoint that sign now, oldest first. */
export function liveSecrets(endpointId: string): string {
  return `array(select sealed from endpoint_secret
    where endpoint_id = ${endpointId} and (expires_at is null or expires_at > clock_timestamp()) order by id)`
}

/** The live endpoint as its tenant sees it. */
export async function readEndpoint(tx: Tx, tenantId: string, id: string): Promise<Endpoint | null> {
  const row = await tx.first<EndpointRow>(
    'select * from endpoint where tenant_id = $1 and id = $2 and deleted_at is null',
    [tenantId, id],
  )
  if (!row) return null
  const secrets = await tx.many<SecretRow>('select * from endpoint_secret where endpoint_id = $1', [id])
  return endpointOf(tx.sealer, { ...row, secrets })
}

function endpointOf(sealer: Sealer, row: JoinedEndpointRow): Endpoint {
  const { id, url, eventTypes, disabledReason, disabledAt, description, failingSince, createdAt } = row
  // Every rotation has the others expire.
  const newest = row.secrets.find(({ expiresAt }) => expiresAt === null)
  return {
    id,
    kind: row.kind as Endpoint['kind'],
    url,
    eventTypes,
    state: row.state as Endpoint['state'],
    disabledReason,
    disabledAt,
    description,
    headers: maskValues(unsealHeaders(sealer, id, row.headersSealed)),
    signatureScheme: row.signatureScheme as Endpoint['signatureScheme'],
    publicKey: newest?.publicKey ?? null,
    secretHint: newest?.hint ?? '',
    maximumDeliveriesPerSecond: row.maximumDeliveriesPerSecond,
    verification: row.requiresVerification ? (row.verifiedAt ? 'verified' : 'pending') : 'none',
    failingSince,
    createdAt,
  }
}
