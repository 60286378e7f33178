import type { StatsSteps } from './rules/stats-range.ts'
import type { SampledWork } from './rules/work-shares.ts'

/** A tenant, and what it did. */
export interface TenantWork {
  tenantId: string
  name: string
  weight: number
  /** It has something to do: tasks that run, or that may begin and have no place yet. */
  isCompeting: boolean
  sampled: SampledWork
}

/** What several tenants did together. */
export interface OthersWork {
  tenants: number
  /** Those that have something to do, and their weights together. */
  competing: number
  competingWeight: number
  sampled: SampledWork
}

export interface WorkShareStore {
  /**
   * What tenants did in the last so many steps, all as of one moment: those one by one that did most, the others
   * together.
   */
  readWork(steps: StatsSteps): Promise<{ tenants: TenantWork[]; others: OthersWork }>
}
