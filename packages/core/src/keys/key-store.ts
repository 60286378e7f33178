import type { IdempotentRequest, Replay } from '../idempotency/idempotent-request.ts'
import type { Scope } from './rules/scope.ts'

export interface ApiKey {
  id: string
  name: string
  scopes: Scope[]
  createdAt: Date
  expiresAt: Date | null
  revokedAt: Date | null
}

/** The holder of a valid key. */
export interface Principal {
  tenantId: string
  keyId: string
  scopes: Scope[]
}

export interface NewApiKey {
  name: string
  scopes: Scope[]
  hash: Uint8Array
  expiresAt: Date | null
}

/** `expired`: it would be so from the start. */
export type CreatedApiKey = ApiKey | 'not_found' | 'expired'

export interface KeyStore {
  createApiKey(
    tenantId: string,
    key: NewApiKey,
    request?: IdempotentRequest<CreatedApiKey>,
  ): Promise<CreatedApiKey | Replay>
  /** null: unknown, revoked or expired. */
  findPrincipal(hash: Uint8Array): Promise<Principal | null>
}
