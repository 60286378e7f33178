import type { Lease } from '../tasks/rules/lease.ts'
import type { Places, Vacancies } from './rules/capacity.ts'

export interface ClaimStore {
  /** Marks waiting tasks whose time has come as due, some at a time: only those are claimed. */
  promoteDue(): Promise<void>
  /**
   * Claims due tasks for free places, fairly between tenants and within the caps of tenants, hosts and sessions. `hasMore`:
   * another round may soon find more.
   */
  claimTasks(free: Vacancies): Promise<{ leases: Lease[]; hasMore: boolean }>
  /** Tells those who explain what tasks wait for that this process fetches, and how much at once. Repeated every few seconds. */
  reportPlaces(workerId: string, places: Places): Promise<void>
  /** The process takes no more tasks. */
  withdrawPlaces(workerId: string): Promise<void>
  /** How many claimed tasks no worker has begun yet. */
  countDispatched(): Promise<number>
  /** Milliseconds until something is due (0: now), or null when nothing is planned. */
  nextDueInMs(): Promise<number | null>
  /** Ends every lease at once: for a database that no other process can have, so that nobody is left who holds one. */
  endLeases(): Promise<void>
}
