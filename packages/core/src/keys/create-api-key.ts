import { type IdempotentRequest, isReplay, type Replay, withOutcome } from '../idempotency/idempotent-request.ts'
import type { Mint } from '../kernel/ids.ts'
import { AppError, notFound } from '../kernel/rules/errors.ts'
import type { ApiKey, CreatedApiKey, KeyStore } from './key-store.ts'
import type { Scope } from './rules/scope.ts'

interface CreateApiKeyPorts {
  stores: { keys: Pick<KeyStore, 'createApiKey'> }
  mint: Pick<Mint, 'apiKey' | 'hash'>
}

/** `key` is shown this once: only its hash is stored. */
interface NewKey {
  apiKey: ApiKey
  key: string
}

/** A further key of a tenant. Throws `not_found`, and `invalid_request` for one that would be expired from the start. */
export async function createApiKey(
  { stores, mint }: CreateApiKeyPorts,
  tenantId: string,
  given: { name: string; scopes: Scope[]; expiresAt?: string | undefined },
  idempotent: IdempotentRequest<NewKey> | undefined,
): Promise<NewKey | Replay> {
  const expiresAt = given.expiresAt === undefined ? null : new Date(given.expiresAt)
  // A leap second is a valid RFC 3339 time, but not one that JavaScript or PostgreSQL can hold.
  if (expiresAt !== null && Number.isNaN(expiresAt.getTime())) throw badExpiry('The time cannot be represented.')
  const key = mint.apiKey()
  const { name, scopes } = given
  const resultOf = (apiKey: CreatedApiKey): NewKey | null => (typeof apiKey === 'string' ? null : { apiKey, key })
  const stored = { name, scopes, hash: mint.hash(key), expiresAt }
  // The store looks at the clock, after it has looked for an earlier answer: that one stays the same as time goes by.
  const apiKey = await stores.keys.createApiKey(tenantId, stored, withOutcome(idempotent, resultOf))
  if (apiKey === 'not_found') throw notFound('tenant')
  if (apiKey === 'expired') throw badExpiry('The time is not in the future.')
  return isReplay(apiKey) ? apiKey : { apiKey, key }
}

function badExpiry(detail: string): AppError {
  const errors = [{ pointer: '/expiresAt', code: 'past', detail }]
  return new AppError('invalid_request', 'A key cannot be born expired.', { errors })
}
