import { type IdempotentRequest, isReplay, type Replay, withOutcome } from '../idempotency/idempotent-request.ts'
import type { Mint } from '../kernel/ids.ts'
import { AppError, found, notFound } from '../kernel/rules/errors.ts'
import type { KeyStore, RotatedApiKey } from './key-store.ts'
import { mintKey, type ShownKey } from './mint-key.ts'
import { keyOverlapSeconds } from './rules/key-rotation.ts'
import { type Issuer, issuerName, scopesBeyond } from './rules/scope.ts'

interface RotateApiKeyPorts {
  stores: { keys: Pick<KeyStore, 'findApiKey' | 'rotateApiKey'> }
  mint: Pick<Mint, 'apiKey' | 'hash'>
}

const endings = {
  revoked: 'It was revoked. Create another key.',
  expired: 'It has expired. Create another key.',
  replaced: 'It was rotated before. Rotate the key that replaced it.',
} as const

/**
 * A successor of the key; both work for `overlapSeconds` (86,400). Throws `not_found`; `forbidden` when the key has scopes
 * that the issuer lacks; `api_key_ended`.
 */
export async function rotateApiKey(
  { stores, mint }: RotateApiKeyPorts,
  tenantId: string,
  id: string,
  { overlapSeconds = keyOverlapSeconds.default }: { overlapSeconds?: number | undefined },
  issuer: Issuer,
  idempotent: IdempotentRequest<ShownKey> | undefined,
): Promise<ShownKey | Replay> {
  // Before an earlier response is looked for: it holds a key with these scopes, which never change.
  const { scopes } = found('key', await stores.keys.findApiKey(tenantId, id))
  const beyond = scopesBeyond(issuer, scopes).map((scope) => `"${scope}"`)
  if (beyond.length > 0)
    throw new AppError('forbidden', `This API key lacks scopes that the one to rotate has: ${beyond.join(', ')}.`)
  const { key, secret } = mintKey(mint)
  const resultOf = (apiKey: RotatedApiKey): ShownKey | null => (typeof apiKey === 'string' ? null : { apiKey, key })
  const successor = { ...secret, createdBy: issuerName(issuer) }
  const keyed = withOutcome(idempotent, resultOf)
  const apiKey = await stores.keys.rotateApiKey(tenantId, id, successor, overlapSeconds, keyed)
  if (isReplay(apiKey)) return apiKey
  if (apiKey === 'not_found') throw notFound('key')
  if (typeof apiKey === 'string') throw new AppError('api_key_ended', endings[apiKey])
  return { apiKey, key }
}
