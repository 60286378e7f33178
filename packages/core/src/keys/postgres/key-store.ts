import type { ApiKey as ApiKeyRow } from '../../database/generated/client.ts'
import { once } from '../../idempotency/postgres/idempotency-keys.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { KeyStore } from '../key-store.ts'
import type { Scope } from '../rules/scope.ts'
import { insertKey } from './insert-key.ts'

export function createKeyStore(ledger: Ledger): KeyStore {
  return {
    createApiKey: (tenantId, key, request) =>
      ledger.transaction((tx) =>
        once(tx, request, async () => {
          const tenant = await tx.first('select 1 from tenant where id = $1', [tenantId])
          if (!tenant) return 'not_found'
          return (await insertKey(tx, tenantId, key)) ?? 'expired'
        }),
      ),

    async findPrincipal(hash) {
      const row = await ledger.first<ApiKeyRow>(
        `select * from api_key where hash = $1 and revoked_at is null
           and (expires_at is null or expires_at > clock_timestamp())`,
        [hash],
      )
      return row && { tenantId: row.tenantId, keyId: row.id, scopes: row.scopes as Scope[] }
    },
  }
}
