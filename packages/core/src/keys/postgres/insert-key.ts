import type { ApiKey as ApiKeyRow } from '../../database/generated/client.ts'
import type { Tx } from '../../ledger/ledger.ts'
import type { ApiKey, NewApiKey } from '../key-store.ts'
import type { Scope } from '../rules/scope.ts'

/** null: it would be expired from the start. */
export async function insertKey(tx: Tx, tenantId: string, key: NewApiKey): Promise<ApiKey | null> {
  const { name, scopes, hash, hint, createdBy, allowedCidrs, expiresAt } = key
  const row = await tx.first<ApiKeyRow>(
    `insert into api_key (id, tenant_id, name, scopes, hash, expires_at, hint, created_by, allowed_cidrs)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9 where $6::timestamptz is null or $6 > clock_timestamp() returning *`,
    [tx.mint.id('key'), tenantId, name, scopes, hash, expiresAt, hint, createdBy, allowedCidrs],
  )
  return row && apiKeyOf(row)
}

export function apiKeyOf({ tenantId: _, hash: __, scopes, ...row }: ApiKeyRow): ApiKey {
  return { ...row, scopes: scopes as Scope[] }
}
