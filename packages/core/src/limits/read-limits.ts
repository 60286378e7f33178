import type { RateLimit } from '../kernel/rules/rate-limit.ts'
import type { LimitStore } from './limit-store.ts'
import { type Limit, type LimitName, limitNames } from './rules/limits.ts'

interface ReadLimitsPorts {
  stores: { limits: Pick<LimitStore, 'readLimits'> }
  nowMs(): number
}

/** What this process counts itself. */
interface CountedHere {
  /** Of the key's requests; null: there is no limit. */
  rateLimit: RateLimit | null
  /** Open streams of the tenant. */
  streams: number
}

/** Every limit of the tenant, or of the key that asks, with what is used of it by now. */
export async function readLimits(
  { stores, nowMs }: ReadLimitsPorts,
  tenantId: string,
  { rateLimit, streams }: CountedHere,
): Promise<Limit[]> {
  const { limits, used, nextDay } = await stores.limits.readLimits(tenantId)
  const requests = rateLimit === null ? 0 : rateLimit.quota - rateLimit.left
  const allUsed = { ...used, requestsPerMinute: requests, maximumStreams: streams }
  const resets: Partial<Record<LimitName, Date | null>> = {
    requestsPerMinute: rateLimit && new Date(nowMs() + rateLimit.moreInSeconds * 1000),
    maximumBytesPerDay: nextDay,
  }
  return limitNames.map((name) => {
    const resetsAt = resets[name] ?? null
    return { name, maximum: limits[name], used: allUsed[name], ...(resetsAt === null ? {} : { resetsAt }) }
  })
}
