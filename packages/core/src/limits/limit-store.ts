import type { LimitName, Limits } from './rules/limits.ts'

/** Counted by processes: not in the database. */
type CountedElsewhere = 'requestsPerMinute' | 'maximumStreams'

export interface LimitsAndUse {
  limits: Limits
  used: Record<Exclude<LimitName, CountedElsewhere>, number>
  /** When today's bytes do not count any more: midnight, UTC. */
  nextDay: Date
}

export interface LimitStore {
  /** Of one moment. */
  readLimits(tenantId: string): Promise<LimitsAndUse>
  /** From now on these are the installation's: all tenants have them for which nothing else is set. */
  setDefaults(limits: Limits): Promise<void>
  /** Removes the counted requests of keys that were not used lately; of how many. */
  forgetRequests(): Promise<number>
}
