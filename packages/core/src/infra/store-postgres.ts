import type { Mint, Sealer } from '../app/ports.ts'
import type { Store } from '../app/stores.ts'
import type { LimiterPolicy } from '../domain/limiter.ts'
import type { Database } from './database.ts'
import { createDeliveryReader } from './read-deliveries.ts'
import { createDecisionStore } from './store-decisions.ts'
import { createDeliveryStore } from './store-deliveries.ts'
import { createDispatchStore } from './store-dispatch.ts'
import { createEndpointChangeStore } from './store-endpoint-changes.ts'
import { createEndpointStore } from './store-endpoints.ts'
import { createExchangeStore } from './store-exchanges.ts'
import { createFeedStore } from './store-feed.ts'
import { createFileStore } from './store-files.ts'
import { createHostStore } from './store-hosts.ts'
import { createLimiterStore } from './store-limiter.ts'
import { createRepairStore } from './store-repair.ts'
import { createSessionStore } from './store-sessions.ts'
import { createStreamStore } from './store-stream.ts'
import { createSummaryStore } from './store-summary.ts'
import { createTaskChangeStore } from './store-task-changes.ts'
import { createTaskStore } from './store-tasks.ts'
import { createTenantStore } from './store-tenants.ts'
import { createTimelineStore } from './store-timeline.ts'
import { createTransferStore } from './store-transfers.ts'

/** The truth: every verb one transaction. Events are kept for so many days. */
export function createStore(
  database: Database,
  mint: Mint,
  sealer: Sealer,
  policy: LimiterPolicy,
  { eventRetentionDays = 30 }: { eventRetentionDays?: number } = {},
): Store {
  return {
    ...createTenantStore(database, mint, sealer),
    ...createEndpointStore(database, mint, sealer),
    ...createEndpointChangeStore(database, mint, sealer),
    ...createSessionStore(database, mint, sealer),
    ...createTaskStore(database, mint, sealer),
    ...createTaskChangeStore(database, mint, sealer),
    ...createFileStore(database, sealer),
    ...createTimelineStore(database, sealer),
    ...createSummaryStore(database),
    ...createFeedStore(database, mint, sealer),
    ...createDeliveryReader(database, sealer),
    ...createRepairStore(database, mint, sealer, eventRetentionDays),
    ...createHostStore(database),
    ...createStreamStore(database, sealer),
    ...createLimiterStore(database, policy),
    ...createTransferStore(database, mint, sealer),
    ...createDispatchStore(database, mint, sealer, policy, eventRetentionDays),
    ...createDecisionStore(database, mint, sealer),
    ...createDeliveryStore(database, mint, sealer),
    ...createExchangeStore(database, sealer),
  }
}
