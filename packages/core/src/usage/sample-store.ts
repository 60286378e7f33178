import type { TenantSamples } from './rules/stats-points.ts'
import type { StatsSteps } from './rules/stats-range.ts'

/** What tenants' tasks were at each minute of the last hour, and each hour of the last week. */
export interface SampleStore {
  /** Samples all tenants, if a minute has begun since the last time and nobody else is at it; whether it did. */
  sampleTenants(): Promise<boolean>
  /** A tenant's samples of the last so many steps, and what is not in them yet, all as of one moment. */
  readSamples(tenantId: string, steps: StatsSteps): Promise<TenantSamples>
}
