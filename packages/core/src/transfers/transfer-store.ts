import type { Progress, StoredFile, Transfer, TransferFacts } from '@backhaul/transfer'
import type { SavedPart } from '@backhaul/transfer/rules'
import type { Upload } from '@backhaul/transfer/storage'
import type { LimitsNow } from '../bandwidth/rules/transfer-rates.ts'
import type { OrphanedObject } from '../files/rules/orphaned-object.ts'
import type { HostOutcome } from '../hosts/rules/host-health.ts'
import type { SessionConfiguration } from '../sessions/rules/session.ts'
import type { Lease } from '../tasks/rules/lease.ts'
import type { Task } from '../tasks/rules/task.ts'
import type { FailedTransfer } from './rules/failed-transfer.ts'

export interface TransferJob {
  task: Task
  configuration: SessionConfiguration
  limits: LimitsNow
  transfer: Transfer | null
  parts: SavedPart[]
  /** Until the task's deadline, by the database's clock. */
  remainingMs: number | null
}

export interface TransferStore {
  /** dispatched → running in this epoch; null when the hint is stale or the task is being canceled with its session. */
  beginTransfer(lease: Lease, workerId: string): Promise<TransferJob | null>
  /** Renews the lease and shows progress, which stays if the worker is killed; null when the lease is lost. */
  renewLease(lease: Lease, progress: Progress): Promise<LimitsNow | null>
  /** Tells readers of the live stream that the transfer continues behind what it has; nothing is stored. */
  noteResumed(lease: Lease, resumed: { offset: number; expectedTotalBytes: number | null }): Promise<void>
  /** Begins a new generation: forgets the parts of the one before, which is orphaned. */
  startGeneration(lease: Lease, transfer: Transfer, facts: TransferFacts): Promise<boolean>
  /** The upload that has begun for it. */
  recordUpload(lease: Lease, upload: Upload): Promise<boolean>
  /**
   * How many connections to the task's host it may use, of those it wants: within the caps of session and host over all
   * workers, and one only while other tasks wait for that host, or when it has refused a second lately. Null: the lease is lost.
   */
  useConnections(lease: Lease, wanted: number): Promise<number | null>
  /**
   * It keeps one connection, because `refusedBy` (host and port) has refused a second. If that is the task's host, every task has one
   * there for an hour.
   */
  noteSecondRefused(lease: Lease, refusedBy: string): Promise<void>
  recordPart(lease: Lease, generation: number, part: SavedPart): Promise<boolean>
  /** running → completing: from here on the next epoch asks storage, not the origin. */
  finalizeTransfer(lease: Lease, transfer: Transfer, facts: TransferFacts): Promise<boolean>
  /** Completions of a session at the same time share a transaction. */
  completeTask(lease: Lease, stored: StoredFile, sessionId: string): Promise<boolean>
  /** The attempt failed at the origin's side. `retryInMs` null: for good. */
  failAttempt(lease: Lease, failure: FailedTransfer): Promise<boolean>
  /**
   * An object that a worker without a lease may have left in storage. It is swept once the task has ended, unless the task goes on
   * with it, has it as its file, was canceled, or failed with resume data: then the end has recorded what was
   * there, and another task may go on with it.
   */
  recordOrphan(taskId: string, orphan: OrphanedObject): Promise<void>
  /**
   * Back to waiting without charging an attempt: after an internal error, or when the worker is stopping. `hostOutcome`: what the attempt has
   * shown of the task's host all the same.
   */
  giveBack(lease: Lease, inMs: number, hostOutcome?: HostOutcome): Promise<boolean>
}
