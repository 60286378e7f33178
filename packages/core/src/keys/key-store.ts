import type { IdempotentRequest, Replay } from '../idempotency/idempotent-request.ts'
import type { Page, PageQuery } from '../kernel/page.ts'
import type { Limits } from '../limits/rules/limits.ts'
import type { Scope } from './rules/scope.ts'

export interface ApiKey {
  id: string
  name: string
  scopes: Scope[]
  /** The key's last four characters; null: it was created before they were kept. */
  hint: string | null
  createdAt: Date
  /** The id of the key that it was created with, or `operator`. */
  createdBy: string
  expiresAt: Date | null
  /** When a request with it began, give or take a minute. */
  lastUsedAt: Date | null
  revokedAt: Date | null
  /** Address ranges that requests with it may come from; empty: anywhere. */
  allowedCidrs: string[]
  /** The key that it was rotated into. */
  replacedBy: string | null
}

/** The holder of a valid key. */
export interface Principal {
  tenantId: string
  keyId: string
  scopes: Scope[]
  /** The sign-in that stands for the key; null: the key itself was sent. */
  signInId: string | null
  /** Those of the tenant's that processes count, and not the database. */
  limits: Pick<Limits, 'requestsPerMinute' | 'maximumStreams'>
}
/** A valid key, where and until when it may be used, and whether its tenant is suspended. */
export type FoundKey = Principal & Pick<ApiKey, 'allowedCidrs' | 'expiresAt'> & { suspended: boolean }

/** What is stored of a key's text. */
export interface StoredSecret {
  hash: Uint8Array
  hint: string
}
export interface NewApiKey extends StoredSecret, Pick<ApiKey, 'name' | 'scopes' | 'createdBy' | 'allowedCidrs'> {
  expiresAt: Date | null
}

/** `expired`: it would be so from the start. */
export type CreatedApiKey = ApiKey | 'not_found' | 'expired'
export type RevokedApiKey = 'revoked' | 'not_found' | 'last_admin_key'
/** The successor, or why there is none; `replaced`: the key was rotated before. */
export type RotatedApiKey = ApiKey | 'not_found' | 'revoked' | 'expired' | 'replaced'

/** A key lives while it is neither revoked nor expired. */
export interface KeyStore {
  createApiKey(
    tenantId: string,
    key: NewApiKey,
    request?: IdempotentRequest<CreatedApiKey>,
  ): Promise<CreatedApiKey | Replay>
  /** Dead ones too, in the order of their creation. null: no such tenant. */
  listApiKeys(tenantId: string, query: PageQuery): Promise<Page<ApiKey> | null>
  findApiKey(tenantId: string, id: string): Promise<ApiKey | null>
  /** Announced to all processes. A key that is revoked stays so; the last living key with scope `admin` lives on. */
  revokeApiKey(tenantId: string, id: string): Promise<RevokedApiKey>
  /**
   * A new key with name, scopes, ranges and expiry of this one, which ends after the overlap, or earlier as it would
   * have.
   */
  rotateApiKey(
    tenantId: string,
    id: string,
    successor: StoredSecret & Pick<ApiKey, 'createdBy'>,
    overlapSeconds: number,
    request?: IdempotentRequest<RotatedApiKey>,
  ): Promise<RotatedApiKey | Replay>
  /** null: unknown, revoked or expired, or its tenant is being deleted. */
  findKey(hash: Uint8Array): Promise<FoundKey | null>
  /** There is a key with this text, living or not. */
  wasKey(hash: Uint8Array): Promise<boolean>
  /** The keys among these that live, and whose tenant is active. */
  listLivingKeys(keyIds: readonly string[]): Promise<Set<string>>
  /** Moves the last uses of these keys forward, never back. */
  noteUses(uses: readonly { keyId: string; agoMs: number }[]): Promise<void>
}
