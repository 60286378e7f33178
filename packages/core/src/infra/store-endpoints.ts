import type { Mint, Sealer } from '../app/ports.ts'
import type { Endpoint, EndpointStore, NewEndpoint } from '../app/stores.ts'
import { clockNow, type Database, type Sql } from './database.ts'
import type { Endpoint as EndpointRow, EndpointSecret as SecretRow } from './generated/client.ts'
import { once } from './idempotency.ts'
import { decodeCursor, pageOf, typeidShape } from './page.ts'

type JoinedEndpointRow = EndpointRow & { secrets: SecretRow[] }

export function createEndpointStore(database: Database, mint: Mint, sealer: Sealer): EndpointStore {
  const { prisma } = database
  return {
    createEndpoint: (tenantId, endpoint, request) =>
      database.transaction((tx) =>
        once(tx, sealer, request, async () => endpointOf(await insertEndpoint(tx, mint, sealer, tenantId, endpoint))),
      ),

    async listEndpoints(tenantId, { limit, cursor }) {
      const after = decodeCursor(cursor, typeidShape)
      const rows = await prisma.endpoint.findMany({
        where: { tenantId, deletedAt: null, ...(after === undefined ? {} : { id: { gt: after } }) },
        include: { secrets: true },
        orderBy: { id: 'asc' },
        take: limit + 1,
      })
      return pageOf(rows, limit, ({ id }) => id, endpointOf)
    },

    async findEndpoint(tenantId, id) {
      const row = await prisma.endpoint.findFirst({
        where: { tenantId, id, deletedAt: null },
        include: { secrets: true },
      })
      return row && endpointOf(row)
    },

    deleteEndpoint: (tenantId, id) =>
      database.transaction(async (tx) => {
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

async function insertEndpoint(
  tx: Sql,
  mint: Mint,
  sealer: Sealer,
  tenantId: string,
  { url, eventTypes, secret, description = null }: NewEndpoint,
): Promise<JoinedEndpointRow> {
  const id = mint.id('whe')
  const row = await tx.first<EndpointRow>(
    `insert into endpoint (id, tenant_id, kind, url, event_types, description)
     values ($1, $2, $3, $4, $5, $6) returning *`,
    [id, tenantId, url === null ? 'stream' : 'http', url, eventTypes, description],
  )
  const sealed = sealer.seal(secret, `secret:${id}`)
  const hint = `${secret.slice(0, 6)}…${secret.slice(-4)}`
  const secrets = await tx.many<SecretRow>(
    'insert into endpoint_secret (id, endpoint_id, sealed, hint) values ($1, $2, $3, $4) returning *',
    [mint.id('sec'), id, sealed, hint],
  )
  return { ...row!, secrets }
}

/** Finds the tenant's oldest endpoint with that address or makes one; `created` says which. */
export async function endpointForUrl(
  tx: Sql,
  mint: Mint,
  sealer: Sealer,
  tenantId: string,
  url: string,
  newSecret: string,
): Promise<{ id: string; created: boolean }> {
  // Two at once must not make two.
  await tx.run("select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))", [tenantId, url])
  const found = await tx.first<{ id: string }>(
    `select id from endpoint where tenant_id = $1 and url = $2 and state = 'enabled' and deleted_at is null order by id limit 1 for share`,
    [tenantId, url],
  )
  if (found) return { id: found.id, created: false }
  const { id } = await insertEndpoint(tx, mint, sealer, tenantId, { url, eventTypes: [], secret: newSecret })
  return { id, created: true }
}

/** SQL: the sealed secrets of an endpoint that sign now, oldest first. */
export function liveSecrets(endpointId: string): string {
  return `array(select sealed from endpoint_secret
    where endpoint_id = ${endpointId} and (expires_at is null or expires_at > clock_timestamp()) order by id)`
}

function endpointOf(row: JoinedEndpointRow): Endpoint {
  const { id, url, description, eventTypes, disabledReason, createdAt } = row
  const state = row.state as Endpoint['state']
  const kind = row.kind as Endpoint['kind']
  const secretHint = row.secrets.at(-1)?.hint ?? ''
  return { id, kind, url, description, eventTypes, state, disabledReason, createdAt, secretHint }
}
