/** What can be limited for a tenant; `requestsPerMinute` for each of its keys. The API's names. */
export const limitNames = [
  'requestsPerMinute',
  'maximumTasksWaiting',
  'maximumTasksInFlight',
  'maximumStoredBytes',
  'maximumBytesPerDay',
  'maximumBytesPerSecond',
  'maximumSessions',
  'maximumEndpoints',
  'maximumApiKeys',
  'maximumStreams',
] as const
export type LimitName = (typeof limitNames)[number]

/** null: none. */
export type Limits = Record<LimitName, number | null>
/** What an operator has set for a tenant; absent: the installation's default. */
export type TenantLimits = Partial<Limits>

/** A limit as its tenant sees it. */
export interface Limit {
  name: LimitName
  /** null: none. */
  maximum: number | null
  /** Of it, by now. */
  used: number
  /** When what was used so far does not count any more, where a clock decides that. */
  resetsAt?: Date
}

/** In the order of {@link limitNames}: what an operator has set for the tenant goes before the installation's default. */
export function effectiveLimits(installations: Limits, tenants: TenantLimits): Limits {
  const entries = limitNames.map((name) => {
    const own = tenants[name]
    return [name, own === undefined ? installations[name] : own]
  })
  return Object.fromEntries(entries) as Limits
}

/** A quota that a request would go beyond. */
export interface Violation {
  name: LimitName
  maximum: number
  /** Before the request. */
  used: number
}

/** null: `adding` to what is `used` stays within the maximum, or there is none. */
export function violationOf(name: LimitName, maximum: number | null, used: number, adding = 1): Violation | null {
  return maximum === null || used + adding <= maximum ? null : { name, maximum, used }
}
