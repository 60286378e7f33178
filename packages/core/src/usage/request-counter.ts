import type { Log } from '../kernel/log.ts'
import type { UsageStore } from './usage-store.ts'

/** Counts the requests that this process takes, by tenant. */
export interface RequestCounter {
  /** One more. Costs no write. */
  count(tenantId: string): void
  /** Writes what has been counted since. Of a failed write nothing is kept, so that nothing is counted twice. */
  write(): Promise<void>
}

/** Tenants in a statement: it bounds the time for which their rows are locked. */
const tenantsAtOnce = 100

export function createRequestCounter(
  stores: { usage: Pick<UsageStore, 'countRequests'> },
  log: Pick<Log, 'warn'>,
): RequestCounter {
  let counts = new Map<string, number>()
  return {
    count: (tenantId) => void counts.set(tenantId, (counts.get(tenantId) ?? 0) + 1),
    async write() {
      const all = [...counts]
      counts = new Map()
      try {
        for (let n = 0; n < all.length; n += tenantsAtOnce)
          await stores.usage.countRequests(new Map(all.slice(n, n + tenantsAtOnce)))
      } catch (error) {
        log.warn({ event: 'usage.requests_lost', error }, 'counted requests could not be written')
      }
    },
  }
}
