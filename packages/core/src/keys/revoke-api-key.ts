import { AppError, notFound } from '../kernel/rules/errors.ts'
import type { KeyStore } from './key-store.ts'

interface RevokeApiKeyPorts {
  stores: { keys: Pick<KeyStore, 'revokeApiKey'> }
}

/** Ends the key everywhere; repeating it is harmless. Throws `not_found`, `last_admin_key`. */
export async function revokeApiKey({ stores }: RevokeApiKeyPorts, tenantId: string, id: string): Promise<void> {
  const revoked = await stores.keys.revokeApiKey(tenantId, id)
  if (revoked === 'not_found') throw notFound('key')
  if (revoked === 'last_admin_key')
    throw new AppError('last_admin_key', 'Without it, nobody but an operator could make keys for the tenant.')
}
