import type { Page, PageQuery } from '../kernel/page.ts'
import type { TenantUsagePoint } from './rules/usage-csv.ts'
import type { CountedUsage } from './rules/usage-points.ts'
import type { UsageRange } from './rules/usage-range.ts'

export interface UsageStore {
  /** What was counted for a tenant, all as of one moment. */
  readUsage(tenantId: string, range: UsageRange): Promise<CountedUsage>
  /**
   * Every point of every tenant, or of one, in the order of the tenants' ids and then of time; null: there is no such
   * tenant.
   */
  listUsage(range: UsageRange, tenantId: string | null, page: PageQuery): Promise<Page<TenantUsagePoint> | null>
  /** Adds requests to the hour that it is, by tenant. Tenants that are gone are left out. */
  countRequests(requests: ReadonlyMap<string, number>): Promise<void>
}
