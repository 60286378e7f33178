import type { IdempotentRequest, Replay } from '../idempotency/idempotent-request.ts'
import type { Page, PageQuery } from '../kernel/page.ts'
import type { KeptTransfer } from './rules/resume-data.ts'
import type { ResumeDataUnavailableReason } from './rules/resume-data-unavailable.ts'
import type { PublicTaskState, Task } from './rules/task.ts'
import type { TaskSettings } from './rules/task-settings.ts'
import type { WaitingReason } from './rules/waiting-reason.ts'

export interface NewTask extends TaskSettings {
  id: string
  request: { url: string; headers: Record<string, string> }
  /** The URL's host, with its port unless it is the scheme's. */
  host: string
  earliestBeginDate: Date | null
  /** null: the session's. */
  isDiscretionary: boolean | null
  suspended: boolean
  /**
   * The parts it takes over: exactly these, or else it is not created; or those that the task keeps, if it keeps any.
   */
  resumes: KeptTransfer | { taskId: string; ifKept: true } | null
}

export interface TaskFilter {
  sessionIdentifier?: string | undefined
  state?: PublicTaskState | undefined
  /** Host of the original URL, as in {@link NewTask}. */
  host?: string | undefined
  waitingFor?: WaitingReason | undefined
  /** All of these are in the task's metadata. */
  metadata?: Record<string, string> | undefined
  /** Default: the oldest first. A cursor goes on in the order that its page had. */
  newestFirst?: boolean | undefined
}

/** The members of a task that can change; missing ones stay. */
export interface TaskChange {
  priority?: number | undefined
  /** null: none any more. */
  taskDescription?: string | null | undefined
  /** In the place of all that was there. */
  metadata?: Record<string, string> | undefined
  /** null: none any more. A transfer that runs goes by it within a second or two. */
  maximumBytesPerSecond?: number | null | undefined
  /** Checked. Only of a task that has not ended. */
  url?: { url: string; host: string } | undefined
}

type Found<T> = T | 'not_found'

/** `ended`: it comes too late, and nothing was changed. */
export type Interrupted = Found<Task> | 'ended'

export type CanceledKeeping = Found<{ task: Task; kept: KeptTransfer | ResumeDataUnavailableReason }> | 'ended'

export type CreatedTasks = Found<Task[]> | 'invalidated'

/** The one that has the identifier, or just this one. */
export type SessionOfTasks = string | { id: string }

export interface LongestWaits {
  /** When the task that has been ready for the longest could have begun, as far as its own times go. */
  readySince: Date | null
  /** When the oldest event happened that is held, and worth a wake. */
  heldSince: Date | null
}

/** Every verb is one transaction. */
export interface TaskStore {
  /** All or none, in one transaction with the wake limiter's decision. Throws TasksRefused. */
  createTasks(
    tenantId: string,
    session: SessionOfTasks,
    tasks: NewTask[],
    request?: IdempotentRequest<CreatedTasks>,
  ): Promise<CreatedTasks | Replay>
  findTask(tenantId: string, id: string): Promise<Task | null>
  listTasks(tenantId: string, filter: TaskFilter, query: PageQuery): Promise<Page<Task>>
  /** Counts by public state, of the tenant or of one session. */
  countTasks(tenantId: string, sessionIdentifier?: string): Promise<Record<PublicTaskState, number>>
  suspendTask(tenantId: string, id: string): Promise<Interrupted>
  resumeTask(tenantId: string, id: string): Promise<Interrupted>
  cancelTask(tenantId: string, id: string): Promise<Interrupted>
  /** How many tasks wait for each reason; a task that waits for two counts for both. */
  countWaiting(tenantId: string, sessionIdentifier?: string): Promise<Record<WaitingReason, number>>
  /** The oldest of what waits in a tenant's sessions, or in the newest one of that name. */
  longestWaits(tenantId: string, sessionIdentifier?: string): Promise<LongestWaits>
  /** Cancels it and keeps its parts, or returns why that cannot be. Repeating it is harmless. */
  cancelKeepingTransfer(tenantId: string, id: string): Promise<CanceledKeeping>
  /**
   * A new URL is tried at once, from the stored parts: a running attempt at the old one is stopped and not charged.
   * `ended`: nothing was changed, because a new URL comes too late.
   */
  changeTask(tenantId: string, id: string, change: TaskChange): Promise<Interrupted>
}

export interface TaskChores {
  /** Orphans the parts of failed and canceled tasks that no new task took over in time. */
  expireResumeData(): Promise<number>
}
