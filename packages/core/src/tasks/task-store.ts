import type { Once, Replay } from '../kernel/idempotent-request.ts'
import type { Page, PageQuery } from '../kernel/page.ts'
import type { Expected } from '../transfer/engine/rules/expected.ts'
import type { KeptTransfer } from './rules/resume-data.ts'
import type { ResumeDataUnavailableReason } from './rules/resume-data-unavailable.ts'
import type { PublicTaskState, Task } from './rules/task.ts'
import type { WaitingReason } from './rules/waiting-reason.ts'

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
}

export interface SummaryStore {
  /** How many tasks wait for each reason; a task that waits for two counts for both. */
  countWaiting(tenantId: string): Promise<Record<WaitingReason, number>>
}

/** What can be changed of a task that was created; what is not named stays as it is. */
export interface TaskChange {
  priority?: number | undefined
  /** null: none any more. */
  taskDescription?: string | null | undefined
  /** In the place of all that was there. */
  metadata?: Record<string, string> | undefined
  /** Checked. Only of a task that has not ended. */
  url?: { url: string; host: string } | undefined
}

/** Verbs on one task; as in stores.ts, each is one transaction. */
export interface TaskChangeStore {
  /** Cancels it and keeps what it has received, or tells why that cannot be. Repeating it is harmless. */
  cancelKeepingTransfer(
    tenantId: string,
    id: string,
  ): Promise<{ task: Task; kept: KeptTransfer | ResumeDataUnavailableReason } | 'not_found' | 'ended'>
  /**
   * A new URL is tried at once, from what is stored: a running attempt at the old one is called off and not charged.
   * `ended`: nothing was changed, because a new URL comes too late.
   */
  changeTask(tenantId: string, id: string, change: TaskChange): Promise<Task | 'not_found' | 'ended'>
  /** Gives the task the sole right to put its file at `key` (the whole object key). Repeating it is harmless. */
  claimFileKey(taskId: string, key: string): Promise<'claimed' | 'taken'>
  /** Gives up a claim on a key at which the task has put nothing. */
  releaseFileKey(taskId: string, key: string): Promise<void>
}
