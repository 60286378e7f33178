import type { IdempotentRequest, Replay } from '../idempotency/idempotent-request.ts'
import type { Page, PageQuery } from '../kernel/page.ts'
import type { PreferredHours } from '../sessions/rules/preferred-hours.ts'
import type { LimiterPolicy } from '../wakes/rules/wake-limiter.ts'

export const scopes = ['read', 'write', 'foreground', 'admin'] as const
export type Scope = (typeof scopes)[number]

export interface Tenant {
  id: string
  name: string
  createdAt: Date
  limiterPolicy: TenantLimiterPolicy
  /** When its discretionary tasks may begin, unless their session says otherwise; null: at any time. */
  preferredHours: PreferredHours | null
}
/** null: the installation's. */
export type TenantLimiterPolicy = { [Field in keyof LimiterPolicy]: LimiterPolicy[Field] | null }
export interface ApiKey {
  id: string
  name: string
  scopes: Scope[]
  createdAt: Date
  expiresAt: Date | null
  revokedAt: Date | null
}
export interface Principal {
  tenantId: string
  keyId: string
  scopes: Scope[]
}

export interface TenantStore {
  createTenant(
    name: string,
    key: NewApiKey,
    request?: IdempotentRequest<CreatedTenant>,
  ): Promise<CreatedTenant | Replay>
  listTenants(query: PageQuery): Promise<Page<Tenant>>
  /** Members that are not given stay. null: no such tenant. */
  changeTenant(
    id: string,
    change: {
      limiterPolicy: { [Field in keyof TenantLimiterPolicy]?: TenantLimiterPolicy[Field] | undefined }
      preferredHours?: PreferredHours | null | undefined
    },
  ): Promise<Tenant | null>
  createApiKey(
    tenantId: string,
    key: NewApiKey,
    request?: IdempotentRequest<CreatedApiKey>,
  ): Promise<CreatedApiKey | Replay>
  /** null: unknown, revoked or expired. */
  findPrincipal(hash: Uint8Array): Promise<Principal | null>
  countTenants(): Promise<number>
}
export interface CreatedTenant {
  tenant: Tenant
  apiKey: ApiKey
}
/** `expired`: it would be so from the start. */
export type CreatedApiKey = ApiKey | 'not_found' | 'expired'
export interface NewApiKey {
  name: string
  scopes: Scope[]
  hash: Uint8Array
  expiresAt: Date | null
}
