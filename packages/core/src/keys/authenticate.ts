import type { Mint } from '../kernel/ids.ts'
import { AppError } from '../kernel/rules/errors.ts'
import type { KeyStore, Principal } from './key-store.ts'
import type { Scope } from './rules/scope.ts'

interface AuthenticatePorts {
  stores: { keys: Pick<KeyStore, 'findPrincipal'> }
  mint: Pick<Mint, 'hash'>
}

/**
 * The holder of this API key. `key` null: none was given.
 * Missing, unknown, revoked and expired keys are the same `unauthorized`, so that none of them can be told apart.
 */
export async function authenticate({ stores, mint }: AuthenticatePorts, key: string | null): Promise<Principal> {
  const principal = key === null ? null : await stores.keys.findPrincipal(mint.hash(key))
  if (principal === null) throw new AppError('unauthorized', 'Send a valid API key as "Authorization: Bearer bh_…".')
  return principal
}

/** Scopes do not imply each other. Throws `forbidden`. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (principal.scopes.includes(scope)) return
  throw new AppError('forbidden', `This API key lacks the scope "${scope}".`)
}
