import type { AuditStore } from '../audit/audit-store.ts'
import type { BandwidthStore } from '../bandwidth/bandwidth-store.ts'
import type { DecisionStore } from '../decisions/decision-store.ts'
import type { DeliveryLogStore } from '../deliveries/delivery-log-store.ts'
import type { DeliveryStore } from '../deliveries/delivery-store.ts'
import type { ClaimStore } from '../dispatch/claim-store.ts'
import type { EncryptionStore } from '../encryption/encryption-store.ts'
import type { EndpointStore } from '../endpoints/endpoint-store.ts'
import type { FeedStore } from '../events/feed-store.ts'
import type { StreamStore } from '../events/live/stream-store.ts'
import type { FileChores } from '../files/file-chores.ts'
import type { FileStore } from '../files/file-store.ts'
import type { HostStore } from '../hosts/host-store.ts'
import type { IdempotencyChores } from '../idempotency/idempotency-chores.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { SignInStore } from '../keys/sign-in-store.ts'
import type { LimitStore } from '../limits/limit-store.ts'
import type { ConnectionStore } from '../listen/connection-store.ts'
import type { FleetStore } from '../operations/fleet-store.ts'
import type { QueueStore } from '../operations/queue-store.ts'
import type { WorkerStore } from '../operations/worker-store.ts'
import type { RecoveryStore } from '../recoveries/recovery-store.ts'
import type { RetentionChores, RetentionStore } from '../retention/retention-store.ts'
import type { SessionChores } from '../sessions/session-chores.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { TaskChores, TaskStore } from '../tasks/task-store.ts'
import type { TenantChores } from '../tenants/tenant-chores.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import type { TimelineStore } from '../timeline/timeline-store.ts'
import type { TransferChores } from '../transfers/transfer-chores.ts'
import type { TransferStore } from '../transfers/transfer-store.ts'
import type { SampleStore } from '../usage/sample-store.ts'
import type { UsageStore } from '../usage/usage-store.ts'
import type { WorkShareStore } from '../usage/work-share-store.ts'
import type { LimiterStore } from '../wakes/limiter-store.ts'
import type { WakeChores } from '../wakes/wake-chores.ts'
import type { WakeStore } from '../wakes/wake-store.ts'

/** The rooms' ports to the database. A use case declares the rooms and verbs that it uses (README.md). */
export interface Stores {
  keys: KeyStore & SignInStore
  tenants: TenantStore & TenantChores
  limits: LimitStore
  sessions: SessionStore & SessionChores
  tasks: TaskStore & TaskChores
  timeline: TimelineStore
  hosts: HostStore
  dispatch: ClaimStore
  transfers: TransferStore & TransferChores
  bandwidth: BandwidthStore
  files: FileStore & FileChores
  events: FeedStore & StreamStore
  wakes: WakeStore & LimiterStore & WakeChores
  decisions: DecisionStore
  endpoints: EndpointStore
  deliveries: DeliveryStore & DeliveryLogStore
  listen: ConnectionStore
  recoveries: RecoveryStore
  operations: FleetStore & QueueStore & WorkerStore
  encryption: EncryptionStore
  idempotency: IdempotencyChores
  audit: AuditStore
  retention: RetentionStore & RetentionChores
  usage: UsageStore & SampleStore & WorkShareStore
}
