import type { DecisionStore } from '../decisions/decision-store.ts'
import type { Delivery, DeliveryAttempt, DeliveryFilter } from '../deliveries/delivery.ts'
import type { EndpointChangeStore, EndpointStore } from '../endpoints/endpoint-store.ts'
import type { StreamStore } from '../events/live/stream-store.ts'
import type { Envelope } from '../events/rules/event.ts'
import type { HostStore } from '../hosts/host-store.ts'
import type { Once, Replay } from '../kernel/idempotent-request.ts'
import type { Page, PageQuery } from '../kernel/page.ts'
import type { RateLimit } from '../kernel/rules/rate-limit.ts'
import type { ExchangeStore } from '../listen/connection-store.ts'
import type { RepairStore } from '../recoveries/recovery-store.ts'
import type { Session, SessionConfiguration, Wake } from '../sessions/rules/session.ts'
import type { KeptTransfer } from '../tasks/rules/resume-data.ts'
import type { Expected, PublicTaskState, Task } from '../tasks/rules/task.ts'
import type { WaitingReason } from '../tasks/rules/waiting-reason.ts'
import type { TaskChangeStore } from '../tasks/task-change-store.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import type { TimelineEntry } from '../timeline/rules/timeline-entry.ts'
import type { LimiterReading } from '../wakes/rules/limiter-view.ts'
import type { DeliveryStore, DispatchStore, TransferStore } from './worker-stores.ts'

/*
 * The truth, in atomic verbs: each is one transaction in which a change, its events and its deliveries are written
 * together. The database's clock decides. Every verb may throw DatabaseUnavailable. Verbs that take a `once` do their work
 * at most once for its key, and only with it answer with a Replay.
 */

export type PutSessionResult =
  | { kind: 'created'; session: Session; secret?: string }
  | { kind: 'exists'; session: Session }
  | { kind: 'no_such_endpoint' }
  | { kind: 'delegate_required' }

/** Where a session's events go, as the client gave it. A URL finds the tenant's endpoint with that address or makes one. */
export type GivenDelegate =
  | { kind: 'pull' }
  | { endpointId: string }
  | { url: string; newSecret: string; requiresVerification?: boolean }

export interface SessionStore {
  /** Creates the session if there is none that is not invalidated. `configuration` null: only look. */
  putSession(
    tenantId: string,
    identifier: string,
    configuration: (Omit<SessionConfiguration, 'delegate'> & { delegate: GivenDelegate }) | null,
  ): Promise<PutSessionResult>
  /**
   * Apple's reassociation: a client that is back gets what waits for it at once, not at the next planned attempt. At most
   * once a minute, so that a client that comes back again and again does not use up the attempts. What has ended without
   * being acknowledged comes in a new wake; its endpoint is enabled if it was disabled.
   */
  resumeDeliveries(sessionId: string): Promise<void>
  /** Tasks that have not ended, by their numbers. */
  listOutstandingTasks(sessionId: string, limit: number): Promise<Task[]>
  /**
   * The session takes no new tasks. `finish`: it ends when its tasks have; `cancel`: they are all canceled, some of them
   * now and the others by {@link DispatchStore.cancelTasks}. Repeating either is harmless. null: no such session.
   */
  invalidateSession(tenantId: string, identifier: string, how: 'finish' | 'cancel'): Promise<Session | null>
  /** The one of that identifier that is not invalidated, else the one that was made last. */
  findSession(tenantId: string, identifier: string): Promise<Session | null>
  listSessions(tenantId: string, query: PageQuery): Promise<Page<Session>>
  /** How the session's client could work better with the service, by its last wakes and tasks. Empty without the session. */
  readAdvice(tenantId: string, identifier: string): Promise<string[]>
}

export interface NewTask {
  id: string
  request: { url: string; headers: Record<string, string> }
  /** Of the URL, with its port unless it is the scheme's. */
  host: string
  earliestBeginDate: Date | null
  countOfBytesClientExpectsToSend: number | null
  countOfBytesClientExpectsToReceive: number | null
  maximumBytes: number | null
  expected: Expected | null
  priority: number
  taskDescription: string | null
  metadata: Record<string, string>
  /** null: the session's. */
  isDiscretionary: boolean | null
  suspended: boolean
  /** Where the file is to be, below the tenant's prefix; a valid key. */
  destinationKey: string | null
  /** What it takes over: just this, or else it is not created; or what that task keeps, if it keeps anything. */
  resumes: KeptTransfer | { taskId: string; ifKept: true } | null
}
export interface TaskFilter {
  sessionIdentifier?: string | undefined
  state?: PublicTaskState | undefined
  /** Of the original URL, as in {@link NewTask}. */
  host?: string | undefined
  waitingFor?: WaitingReason | undefined
  /** All of these are in the task's metadata. */
  metadata?: Record<string, string> | undefined
}
export type Found<T> = T | 'not_found'
export type CreatedTasks = Found<Task[]> | 'invalidated'

export interface TaskStore {
  /** All or none, in one transaction with the wake limiter's decision. Throws TasksRefused. `session`: the one that has the identifier, or just this one. */
  createTasks(
    tenantId: string,
    session: string | { id: string },
    tasks: NewTask[],
    once?: Once<CreatedTasks>,
  ): Promise<CreatedTasks | Replay>
  findTask(tenantId: string, id: string): Promise<Task | null>
  listTasks(tenantId: string, filter: TaskFilter, query: PageQuery): Promise<Page<Task>>
  /** Counts by public state. */
  countTasks(tenantId: string): Promise<Record<PublicTaskState, number>>
  suspendTask(tenantId: string, id: string): Promise<Found<Task> | 'ended'>
  resumeTask(tenantId: string, id: string): Promise<Found<Task> | 'ended'>
  cancelTask(tenantId: string, id: string): Promise<Found<Task> | 'ended'>
  /** Keeps, renews or releases the file in place; `task` shows what it was when refused. */
  changeFile(
    tenantId: string,
    id: string,
    change:
      | { kind: 'keep' }
      | { kind: 'release' }
      | { kind: 'renew'; seconds: number }
      | { kind: 'moved'; key: string },
  ): Promise<{ kind: 'changed' | 'refused'; task: Task } | 'not_found' | 'key_taken'>
}

export interface SummaryStore {
  /** How many tasks wait for each reason; a task that waits for two counts for both. */
  countWaiting(tenantId: string): Promise<Record<WaitingReason, number>>
}

export interface TimelineStore {
  /**
   * What happened to a task, oldest first; `omittedSteps` in its middle are no longer kept. It is read row by row, not
   * as of one moment. null: no such task.
   */
  readTimeline(
    tenantId: string,
    id: string,
    query: PageQuery,
  ): Promise<(Page<TimelineEntry> & { omittedSteps: number }) | null>
}

export interface EventFilter {
  sessionIdentifier?: string | undefined
  type?: string | undefined
}
export interface FeedStore {
  /** In the tenant's order; the cursor never skips an event, even one whose transaction committed late. `nextCursor` is never null: it continues the feed. */
  listEvents(
    tenantId: string,
    filter: EventFilter,
    query: { limit: number; after?: string | undefined },
  ): Promise<{ data: Envelope[]; nextCursor: string | null }>
  listDeliveries(tenantId: string, filter: DeliveryFilter, query: PageQuery): Promise<Page<Delivery>>
  /** null: no such delivery. */
  listAttempts(tenantId: string, deliveryId: string): Promise<DeliveryAttempt[] | null>
  listWakes(tenantId: string, filter: { sessionIdentifier?: string | undefined }, query: PageQuery): Promise<Page<Wake>>
  findWake(tenantId: string, id: string): Promise<Wake | null>
  /** Harmless when it was completed already. `expired`: the deadline has passed; nothing is changed. null: no such wake. */
  completeWake(tenantId: string, id: string): Promise<Wake | 'expired' | null>
  /** The deadline becomes `seconds` from now if that is later, and not beyond the maximum. Refused unless the wake is open. */
  extendWake(tenantId: string, id: string, seconds: number): Promise<Wake | 'completed' | 'expired' | null>
}

export interface LimiterStore {
  readLimiter(tenantId: string): Promise<LimiterReading>
  /**
   * Takes or renews the foreground lease, for `ttlSeconds` from now: the delay is 0, every gated task is released and
   * held events go out. `limited`: too many were taken in the last hour, and nothing is changed.
   */
  enterForeground(
    tenantId: string,
    keyId: string,
    ttlSeconds: number,
  ): Promise<
    { kind: 'foreground'; limiter: LimiterReading; rateLimit: RateLimit } | { kind: 'limited'; rateLimit: RateLimit }
  >
  /** Harmless when there is no lease. */
  leaveForeground(tenantId: string, keyId: string): Promise<LimiterReading>
}

export type Store = TenantStore &
  LimiterStore &
  EndpointStore &
  EndpointChangeStore &
  SessionStore &
  TaskStore &
  TimelineStore &
  SummaryStore &
  TaskChangeStore &
  FeedStore &
  RepairStore &
  HostStore &
  StreamStore &
  TransferStore &
  DispatchStore &
  DecisionStore &
  DeliveryStore &
  ExchangeStore
