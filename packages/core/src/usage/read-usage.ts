import type { Page, PageQuery } from '../kernel/page.ts'
import { AppError, found } from '../kernel/rules/errors.ts'
import { type TenantUsagePoint, usageCsv, usageCsvHeader } from './rules/usage-csv.ts'
import { type Usage, type UsagePoint, usagePoints } from './rules/usage-points.ts'
import { type GivenUsageRange, type UsageRange, usageRange } from './rules/usage-range.ts'
import type { UsageStore } from './usage-store.ts'

interface UsagePorts {
  stores: { usage: Pick<UsageStore, 'readUsage' | 'listUsage'> }
  nowMs(): number
}

/** Rows that are read at once for CSV. */
const csvRows = 1000

/** A tenant's usage by hours or days, and in all. Throws `invalid_request`. */
export async function readUsage(
  { stores, nowMs }: UsagePorts,
  tenantId: string,
  given: GivenUsageRange,
): Promise<{ data: UsagePoint[]; totals: Usage }> {
  const range = rangeOf(given, nowMs())
  return usagePoints(range, await stores.usage.readUsage(tenantId, range))
}

/** The usage of one tenant or of all, page by page. Throws `invalid_request`, `not_found`. */
export async function listUsage(
  { stores, nowMs }: UsagePorts,
  { tenant = null, ...given }: GivenUsageRange & { tenant?: string | null | undefined },
  page: PageQuery,
): Promise<Page<TenantUsagePoint>> {
  return found('tenant', await stores.usage.listUsage(rangeOf(given, nowMs()), tenant, page))
}

/**
 * The same as CSV, in pieces that are read as they are taken. What can be refused is refused before: throws
 * `invalid_request`, `not_found`.
 */
export async function usageAsCsv(
  { stores, nowMs }: UsagePorts,
  { tenant = null, ...given }: GivenUsageRange & { tenant?: string | null | undefined },
): Promise<AsyncIterable<string>> {
  const range = rangeOf(given, nowMs())
  const pageBehind = async (cursor?: string) =>
    found('tenant', await stores.usage.listUsage(range, tenant, { limit: csvRows, cursor }))
  const first = await pageBehind()
  return (async function* pieces() {
    yield usageCsvHeader
    let page = first
    while (true) {
      yield usageCsv(page.data)
      if (page.nextCursor === null) return
      page = await pageBehind(page.nextCursor)
    }
  })()
}

function rangeOf(given: GivenUsageRange, nowMs: number): UsageRange {
  const checked = usageRange(given, nowMs)
  if ('range' in checked) return checked.range
  throw new AppError('invalid_request', 'There is no usage of that range.', { errors: checked.errors })
}
