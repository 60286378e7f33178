import type { Mint, Sealer } from '../app/ports.ts'
import type { Store } from '../app/stores.ts'
import type { LimiterPolicy } from '../domain/limiter.ts'
import type { Database } from './database.ts'
import { createDeliveryStore } from './store-deliveries.ts'
import { createDispatchStore } from './store-dispatch.ts'
import { createEndpointStore } from './store-endpoints.ts'
import { createFeedStore } from './store-feed.ts'
import { createFileStore } from './store-files.ts'
import { createLimiterStore } from './store-limiter.ts'
import { createSessionStore } from './store-sessions.ts'
import { createStreamStore } from './store-stream.ts'
import { createTaskStore } from './store-tasks.ts'
import { createTenantStore } from './store-tenants.ts'
import { createTransferStore } from './store-transfers.ts'

/** The truth: every verb one transaction. */
export function createStore(database: Database, mint: Mint, sealer: Sealer, policy: LimiterPolicy): Store {
  return {
    ...createTenantStore(database, mint, sealer),
    ...createEndpointStore(database, mint, sealer),
    ...createSessionStore(database, mint, sealer),
    ...createTaskStore(database, mint, sealer),
    ...createFileStore(database, sealer),
    ...createFeedStore(database, sealer),
    ...createStreamStore(database, sealer),
    ...createLimiterStore(database, policy),
    ...createTransferStore(database, mint, sealer),
    ...createDispatchStore(database, mint, sealer, policy),
    ...createDeliveryStore(database, mint, sealer),
  }
}
