import { type IdempotentRequest, isReplay, type Replay, withOutcome } from '../idempotency/idempotent-request.ts'
import type { Mint } from '../kernel/ids.ts'
import { AppError, notFound, type RequestError, summaryOf } from '../kernel/rules/errors.ts'
import type { CreatedApiKey, KeyStore } from './key-store.ts'
import { mintKey, type ShownKey } from './mint-key.ts'
import { type Issuer, issuerName, type Scope, scopesBeyond } from './rules/scope.ts'
import { badRanges } from './rules/source-ranges.ts'

interface CreateApiKeyPorts {
  stores: { keys: Pick<KeyStore, 'createApiKey'> }
  mint: Pick<Mint, 'apiKey' | 'hash'>
}

interface GivenKey {
  name: string
  scopes: Scope[]
  expiresAt?: string | undefined
  allowedCidrs?: string[] | undefined
}

/**
 * A further key of a tenant. Throws `not_found`; `forbidden` for scopes that the issuer lacks; `invalid_request` for
 * ranges that are none, and for a key that would be expired from the start.
 */
export async function createApiKey(
  { stores, mint }: CreateApiKeyPorts,
  tenantId: string,
  given: GivenKey,
  issuer: Issuer,
  idempotent: IdempotentRequest<ShownKey> | undefined,
): Promise<ShownKey | Replay> {
  // Before an earlier response is looked for: it holds a key with these scopes.
  refuseScopesBeyond(issuer, given.scopes)
  const { name, scopes, allowedCidrs = [] } = given
  const expiresAt = given.expiresAt === undefined ? null : new Date(given.expiresAt)
  const errors = badRanges(allowedCidrs, '/allowedCidrs')
  // A leap second is a valid RFC 3339 time, but not one that JavaScript or PostgreSQL can hold.
  if (expiresAt !== null && Number.isNaN(expiresAt.getTime())) errors.push(badExpiry('The time cannot be represented.'))
  if (errors.length > 0) throw new AppError('invalid_request', summaryOf(errors), { errors })
  const { key, secret } = mintKey(mint)
  const resultOf = (apiKey: CreatedApiKey): ShownKey | null => (typeof apiKey === 'string' ? null : { apiKey, key })
  const stored = { name, scopes, ...secret, createdBy: issuerName(issuer), allowedCidrs, expiresAt }
  // The store looks at the clock, after it has looked for an earlier answer: that one stays the same as time goes by.
  const apiKey = await stores.keys.createApiKey(tenantId, stored, withOutcome(idempotent, resultOf))
  if (apiKey === 'not_found') throw notFound('tenant')
  if (apiKey === 'expired')
    throw new AppError('invalid_request', 'A key cannot be born expired.', {
      errors: [badExpiry('The time is not in the future.')],
    })
  return isReplay(apiKey) ? apiKey : { apiKey, key }
}

function badExpiry(detail: string): RequestError {
  return { pointer: '/expiresAt', code: 'past', detail }
}

function refuseScopesBeyond(issuer: Issuer, wanted: readonly Scope[]): void {
  const beyond = scopesBeyond(issuer, wanted)
  if (beyond.length === 0) return
  const errors = beyond.map((scope) => ({
    pointer: `/scopes/${wanted.indexOf(scope)}`,
    code: 'scope',
    detail: `This API key lacks the scope "${scope}".`,
    fix: 'Leave it out, or create the key with one that has it.',
  }))
  throw new AppError('forbidden', 'A key gives away no scope that it does not have.', { errors })
}
