import type { Lease } from '../tasks/rules/lease.ts'
import type { FreeSlots, WorkerSlots } from './rules/capacity.ts'

export interface ClaimStore {
  /** Marks waiting tasks whose time has come as due, some at a time: only those are claimed. */
  promoteDue(): Promise<void>
  /**
   * Claims due tasks for free slots, fairly between tenants and within the caps of tenants, hosts and sessions. `hasMore`:
   * another round may soon find more.
   */
  claimTasks(free: FreeSlots): Promise<{ leases: Lease[]; hasMore: boolean }>
  /**
   * Reports that this process runs transfers, and its slots; waiting reasons are derived from it. Repeated every few
   * seconds.
   */
  reportSlots(workerId: string, workerSlots: WorkerSlots): Promise<void>
  /** The process takes no more tasks. */
  withdrawSlots(workerId: string): Promise<void>
  /** How many claimed tasks no worker has begun yet. */
  countDispatched(): Promise<number>
  /** Milliseconds until something is due (0: now), or null when nothing is planned. */
  nextDueInMs(): Promise<number | null>
  /** Ends every lease at once: for a database that no other process can use, so that no lease is in use. */
  endLeases(): Promise<void>
}
