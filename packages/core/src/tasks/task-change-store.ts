import type { KeptTransfer } from './rules/resume-data.ts'
import type { ResumeDataUnavailableReason } from './rules/resume-data-unavailable.ts'
import type { Task } from './rules/task.ts'

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
