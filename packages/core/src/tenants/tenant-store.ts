import type { IdempotentRequest, Replay } from '../idempotency/idempotent-request.ts'
import type { Page, PageQuery } from '../kernel/page.ts'
import type { ApiKey, NewApiKey } from '../keys/key-store.ts'
import type { TenantLimits } from '../limits/rules/limits.ts'
import type { PreferredHours } from '../sessions/rules/preferred-hours.ts'
import type { LimiterPolicy } from '../wakes/rules/wake-limiter.ts'
import type { GivenTenantState, TenantState } from './rules/tenant-state.ts'

export interface Tenant {
  id: string
  name: string
  state: TenantState
  createdAt: Date
  /** Its share of the slots beside other tenants, relative to theirs. */
  weight: number
  limiterPolicy: TenantLimiterPolicy
  /** When its discretionary tasks may begin, unless their session says otherwise; null: at any time. */
  preferredHours: PreferredHours | null
  /** What an operator has set for it; what is absent is the installation's. */
  limits: TenantLimits
}
/** null: the installation's. */
export type TenantLimiterPolicy = { [Field in keyof LimiterPolicy]: LimiterPolicy[Field] | null }

/** Members that are not given stay. */
export interface TenantChange {
  name?: string | undefined
  state?: GivenTenantState | undefined
  weight?: number | undefined
  limiterPolicy: { [Field in keyof TenantLimiterPolicy]?: TenantLimiterPolicy[Field] | undefined }
  preferredHours?: PreferredHours | null | undefined
  /** null: all of the installation's. */
  limits?: TenantLimits | null | undefined
  /** Those that are the installation's again, before `limits` are set. */
  resetLimits?: readonly (keyof TenantLimits)[] | undefined
}

export interface TenantStore {
  createTenant(
    name: string,
    key: NewApiKey,
    request?: IdempotentRequest<CreatedTenant>,
  ): Promise<CreatedTenant | Replay>
  /** `search`: only those whose name contains it, in any case, or whose id it is. */
  listTenants(query: PageQuery & { search?: string | undefined }): Promise<Page<Tenant>>
  findTenant(id: string): Promise<Tenant | null>
  /** `deleting`: nothing of it is changed any more. */
  changeTenant(id: string, change: TenantChange): Promise<Tenant | 'not_found' | 'deleting'>
  /**
   * Its keys are dead and its tasks taken from their workers with the commit; the rest is a chore. `deleting`: that has
   * begun before.
   */
  deleteTenant(id: string): Promise<Tenant | 'not_found' | 'deleting'>
  /** One that is being deleted counts. */
  hasTenants(): Promise<boolean>
}
export interface CreatedTenant {
  tenant: Tenant
  apiKey: ApiKey
}
