import { limitOf } from '../../ledger/limits-sql.ts'
import type { FoundKey } from '../key-store.ts'

/** Neither revoked nor expired. */
export const living = 'revoked_at is null and (expires_at is null or expires_at > clock_timestamp())'

/** Living keys with all that a request needs to know of them, as rows of {@link FoundKeyRow}. */
export const foundKeys = `
  select k.id as key_id, k.hash, k.tenant_id, k.scopes, k.allowed_cidrs, k.expires_at as key_expires_at,
    n.state = 'suspended' as suspended,
    (${limitOf('n.limits', 'requestsPerMinute')})::float8 as requests_per_minute,
    (${limitOf('n.limits', 'maximumStreams')})::float8 as maximum_streams
  from api_key k join tenant n on n.id = k.tenant_id
  where ${living.replaceAll(/\b(revoked_at|expires_at)\b/g, 'k.$1')} and n.state <> 'deleting'`

export type FoundKeyRow = Omit<FoundKey, 'limits' | 'signInId' | 'expiresAt'> &
  FoundKey['limits'] & { keyExpiresAt: Date | null }

export function foundKeyOf(row: FoundKeyRow): FoundKey {
  const { tenantId, keyId, scopes, allowedCidrs, suspended, requestsPerMinute, maximumStreams, keyExpiresAt } = row
  const limits = { requestsPerMinute, maximumStreams }
  return { tenantId, keyId, scopes, allowedCidrs, suspended, limits, expiresAt: keyExpiresAt, signInId: null }
}
