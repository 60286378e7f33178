import type { LimitStore } from './limit-store.ts'
import { type Limit, type LimitName, limitNames } from './rules/limits.ts'

interface ReadLimitsPorts {
  stores: { limits: Pick<LimitStore, 'readLimits'> }
}

/** What this process counts itself. */
interface CountedHere {
  /** Requests of the key within the last minute, and when the oldest of them no longer counts. */
  requests: { used: number; resetsAt: Date | null } | null
  /** Open streams of the tenant. */
  streams: number
}

/** Every limit of the tenant, or of the key that asks, with what is used of it by now. */
export async function readLimits(
  { stores }: ReadLimitsPorts,
  tenantId: string,
  { requests, streams }: CountedHere,
): Promise<Limit[]> {
  const { limits, used, nextDay } = await stores.limits.readLimits(tenantId)
  const allUsed = { ...used, requestsPerMinute: requests?.used ?? 0, maximumStreams: streams }
  const resets: Partial<Record<LimitName, Date | null>> = {
    requestsPerMinute: requests?.resetsAt ?? null,
    maximumBytesPerDay: nextDay,
  }
  return limitNames.map((name) => {
    const resetsAt = resets[name] ?? null
    return { name, maximum: limits[name], used: allUsed[name], ...(resetsAt === null ? {} : { resetsAt }) }
  })
}
