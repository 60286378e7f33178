import { createAuditStore } from '../audit/postgres/audit-store.ts'
import { createBandwidthStore } from '../bandwidth/postgres/bandwidth-store.ts'
import type { Database } from '../database/database.ts'
import { createDecisionStore } from '../decisions/postgres/decision-store.ts'
import { createDeliveryLogStore } from '../deliveries/postgres/delivery-log-store.ts'
import { createDeliveryStore } from '../deliveries/postgres/delivery-store.ts'
import { createClaimStore } from '../dispatch/postgres/claim-store.ts'
import { createEncryptionStore } from '../encryption/postgres/encryption-store.ts'
import { createEndpointStore } from '../endpoints/postgres/endpoint-store.ts'
import { createFeedStore } from '../events/postgres/feed-store.ts'
import { createStreamStore } from '../events/postgres/stream-store.ts'
import { createFileChores } from '../files/postgres/file-chores.ts'
import { createFileStore } from '../files/postgres/file-leases.ts'
import { createHostStore } from '../hosts/postgres/host-store.ts'
import { forgetResponses } from '../idempotency/postgres/idempotency-keys.ts'
import type { Keyring } from '../kernel/encryptor.ts'
import type { Mint } from '../kernel/ids.ts'
import { createKeyStore } from '../keys/postgres/key-store.ts'
import { createSignInStore } from '../keys/postgres/sign-in-store.ts'
import { createLedger } from '../ledger/ledger.ts'
import { createLimitStore } from '../limits/postgres/limit-store.ts'
import { createConnectionStore } from '../listen/postgres/connection-store.ts'
import { createFleetStore } from '../operations/postgres/fleet-store.ts'
import { createQueueStore } from '../operations/postgres/queue-store.ts'
import { createWorkerStore } from '../operations/postgres/worker-store.ts'
import { createRecoveryStore } from '../recoveries/postgres/recovery-store.ts'
import { createRetentionStore } from '../retention/postgres/retention-store.ts'
import type { RetentionSettings } from '../retention/rules/retention.ts'
import { createSessionChores } from '../sessions/postgres/session-chores.ts'
import { createSessionStore } from '../sessions/postgres/session-store.ts'
import { expireResumeData } from '../tasks/postgres/resume-handover.ts'
import { createTaskStore } from '../tasks/postgres/task-store.ts'
import { createTenantChores } from '../tenants/postgres/tenant-chores.ts'
import { createTenantStore } from '../tenants/postgres/tenant-store.ts'
import { createTimelineStore } from '../timeline/postgres/read-timeline.ts'
import { reap } from '../transfers/postgres/reap.ts'
import { createTransferStore } from '../transfers/postgres/transfer-store.ts'
import { createSampleStore } from '../usage/postgres/sample-store.ts'
import { createUsageStore } from '../usage/postgres/usage-store.ts'
import { createWorkShareStore } from '../usage/postgres/work-share-store.ts'
import { createLimiterStore } from '../wakes/postgres/limiter-store.ts'
import { createWakeChores } from '../wakes/postgres/wake-chores.ts'
import { createWakeStore } from '../wakes/postgres/wake-store.ts'
import type { LimiterPolicy } from '../wakes/rules/wake-limiter.ts'
import type { Stores } from './stores.ts'

/** The truth: every verb one transaction. Ended tasks and events are kept for so many days. */
export function createStores(
  database: Database,
  mint: Mint,
  encryptor: Keyring,
  policy: LimiterPolicy,
  { taskRetentionDays = 30, eventRetentionDays = 30 }: Partial<RetentionSettings> = {},
): Stores {
  const ledger = createLedger(database, mint, encryptor)
  return {
    keys: { ...createKeyStore(ledger), ...createSignInStore(ledger) },
    tenants: { ...createTenantStore(ledger), ...createTenantChores(ledger) },
    limits: createLimitStore(ledger),
    sessions: { ...createSessionStore(ledger), ...createSessionChores(ledger) },
    tasks: { ...createTaskStore(ledger), expireResumeData: () => expireResumeData(ledger) },
    timeline: createTimelineStore(ledger),
    hosts: createHostStore(ledger),
    dispatch: createClaimStore(ledger),
    bandwidth: createBandwidthStore(ledger),
    transfers: { ...createTransferStore(ledger), reap: () => reap(ledger) },
    files: { ...createFileStore(ledger), ...createFileChores(ledger, eventRetentionDays) },
    events: { ...createFeedStore(ledger), ...createStreamStore(ledger) },
    wakes: {
      ...createWakeStore(ledger),
      ...createLimiterStore(ledger, policy),
      ...createWakeChores(ledger, policy),
    },
    decisions: createDecisionStore(ledger),
    endpoints: createEndpointStore(ledger),
    deliveries: { ...createDeliveryStore(ledger), ...createDeliveryLogStore(ledger) },
    listen: createConnectionStore(ledger),
    recoveries: createRecoveryStore(ledger, eventRetentionDays),
    operations: { ...createFleetStore(ledger), ...createQueueStore(ledger), ...createWorkerStore(ledger) },
    encryption: createEncryptionStore(ledger, encryptor),
    retention: createRetentionStore(ledger, { taskRetentionDays, eventRetentionDays }),
    idempotency: { forgetResponses: () => forgetResponses(ledger) },
    audit: createAuditStore(ledger),
    usage: { ...createUsageStore(ledger), ...createSampleStore(ledger), ...createWorkShareStore(ledger) },
  }
}
