import type { ApiKey as ApiKeyRow } from '../../database/generated/client.ts'
import type { Tx } from '../../ledger/ledger.ts'
import type { ApiKey, NewApiKey } from '../key-store.ts'
import type { Scope } from '../rules/scope.ts'

/** null: it would be expired from the start. */
export async function insertKey(tx: Tx, tenantId: string, key: NewApiKey): Promise<ApiKey | null> {
  const row = await tx.first<ApiKeyRow>(
    `insert into api_key (id, tenant_id, name, scopes, hash, expires_at)
     select $1, $2, $3, $4, $5, $6 where $6::timestamptz is null or $6 > clock_timestamp() returning *`,
    [tx.mint.id('key'), tenantId, key.name, key.scopes, key.hash, key.expiresAt],
  )
  return row && apiKeyOf(row)
}

export function apiKeyOf({ id, name, scopes, createdAt, expiresAt, revokedAt }: ApiKeyRow): ApiKey {
  return { id, name, scopes: scopes as Scope[], createdAt, expiresAt, revokedAt }
}
