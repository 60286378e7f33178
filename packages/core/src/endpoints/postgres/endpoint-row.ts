import { clockNow, type Sql } from '../../database/database.ts'
import type { Endpoint as EndpointRow, EndpointSecret as SecretRow } from '../../database/generated/client.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import { maskValues } from '../../kernel/rules/masking.ts'
import type { SealingSql } from '../../ledger/ledger.ts'
import type { Endpoint } from '../endpoint-store.ts'

export type JoinedEndpointRow = EndpointRow & { secrets: SecretRow[] }

export function lockEndpoint(tx: Sql, tenantId: string, id: string): Promise<EndpointRow | null> {
  return tx.first<EndpointRow>(
    'select * from endpoint where tenant_id = $1 and id = $2 and deleted_at is null for update',
    [tenantId, id],
  )
}

/** The live endpoint as its tenant sees it. */
export async function readEndpoint(sql: SealingSql, tenantId: string, id: string): Promise<Endpoint | null> {
  const row = await sql.first<EndpointRow>(
    'select * from endpoint where tenant_id = $1 and id = $2 and deleted_at is null',
    [tenantId, id],
  )
  if (!row) return null
  const secrets = await readLiveSecrets(sql, [id])
  return endpointOf(sql.encryptor, { ...row, secrets })
}

/** Of several endpoints. What signs no longer is deleted with the next rotation. */
export function readLiveSecrets(sql: Sql, endpointIds: readonly string[]): Promise<SecretRow[]> {
  return sql.many<SecretRow>(
    `select * from endpoint_secret where endpoint_id = any($1) and (expires_at is null or expires_at > ${clockNow})`,
    [endpointIds],
  )
}

export function endpointOf(encryptor: Encryptor, row: JoinedEndpointRow): Endpoint {
  const { id, url, eventTypes, disabledReason, disabledAt, description, failingSince, createdAt } = row
  // Every rotation has the others expire.
  const newest = row.secrets.find(({ expiresAt }) => expiresAt === null)
  const older = row.secrets.flatMap(({ hint, expiresAt }) => (expiresAt ? [{ hint, expiresAt }] : []))
  return {
    id,
    kind: row.kind as Endpoint['kind'],
    url,
    eventTypes,
    state: row.state as Endpoint['state'],
    disabledReason,
    disabledAt,
    description,
    headers: maskValues(decryptEndpointHeaders(encryptor, id, row.headersSealed)),
    signatureScheme: row.signatureScheme as Endpoint['signatureScheme'],
    publicKey: newest?.publicKey ?? null,
    secretHint: newest?.hint ?? '',
    olderSecrets: older.toSorted((a, b) => b.expiresAt.getTime() - a.expiresAt.getTime()),
    maximumDeliveriesPerSecond: row.maximumDeliveriesPerSecond,
    verification: row.requiresVerification ? (row.verifiedAt ? 'verified' : 'pending') : 'none',
    failingSince,
    createdAt,
  }
}

/** Null: there are none. */
export function encryptEndpointHeaders(
  encryptor: Encryptor,
  endpointId: string,
  headers: Record<string, string>,
): Uint8Array | null {
  if (Object.keys(headers).length === 0) return null
  return encryptor.encrypt(JSON.stringify(headers), `endpoint-headers:${endpointId}`)
}

export function decryptEndpointHeaders(
  encryptor: Encryptor,
  endpointId: string,
  sealed: Uint8Array | null,
): Record<string, string> {
  if (sealed === null) return {}
  return JSON.parse(encryptor.decrypt(sealed, `endpoint-headers:${endpointId}`)) as Record<string, string>
}
