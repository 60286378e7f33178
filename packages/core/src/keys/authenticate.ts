import type { Mint } from '../kernel/ids.ts'
import { AppError } from '../kernel/rules/errors.ts'
import type { FoundKey, KeyStore, Principal } from './key-store.ts'
import type { KeyUses } from './note-uses.ts'
import type { Scope } from './rules/scope.ts'
import { mayComeFrom } from './rules/source-ranges.ts'

interface AuthenticatePorts {
  stores: { keys: Pick<KeyStore, 'findKey'> }
  mint: Pick<Mint, 'hash'>
  uses: Pick<KeyUses, 'note'>
}

/** The holder of a key, and when that ends; null: it does not. */
export type KeyHolder = Principal & { expiresAt: Date | null }

/**
 * The holder of this API key, and the use noted. `key` null: none was given; `address` is the client's.
 * Missing, unknown, revoked and expired keys are the same `unauthorized`, so that none of them can be told apart. Throws
 * as {@link admitHolder} does.
 */
export async function authenticate(
  { stores, mint, uses }: AuthenticatePorts,
  key: string | null,
  address: string,
): Promise<KeyHolder> {
  const found = key === null ? null : await stores.keys.findKey(mint.hash(key))
  if (found === null) throw unauthorized()
  return admitHolder(uses, found, address)
}

/**
 * The use noted. Throws `forbidden` for an address that the key is not meant for; it names neither that nor the ranges; and
 * `tenant_suspended`.
 */
export function admitHolder(uses: Pick<KeyUses, 'note'>, found: FoundKey, address: string): KeyHolder {
  const { allowedCidrs, suspended, ...holder } = found
  if (!mayComeFrom(address, allowedCidrs))
    throw new AppError('forbidden', 'This API key may not be used from where the request comes from.')
  if (suspended)
    throw new AppError('tenant_suspended', 'The operator has suspended this tenant. Nothing of it was deleted.')
  uses.note(holder.keyId)
  return holder
}

export function unauthorized(): AppError {
  return new AppError('unauthorized', 'Send a valid API key as "Authorization: Bearer bh_…".')
}

/** Scopes do not imply each other. Throws `forbidden`. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (principal.scopes.includes(scope)) return
  throw new AppError('forbidden', `This API key lacks the scope "${scope}".`)
}
