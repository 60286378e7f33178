import type { Garbage, garbageLeaseSeconds } from '../files/rules/garbage.ts'
import type { Lease } from '../tasks/rules/lease.ts'
import type { Places, Vacancies } from './rules/capacity.ts'

export interface DispatchStore {
  /**
   * Claims up to `slots` due tasks, fairly between tenants and within the caps of tenants, hosts and sessions, and up to
   * `reserve` (0) more for tenants that have nothing in flight, one each. Discretionary tasks get no more than `spare` (all)
   * of the slots; the reserve is for tasks of any kind. `lookAgain` is called when another round may soon find more.
   */
  claimTasks(slots: number, room?: Partial<Omit<Vacancies, 'slots'>> & { lookAgain?: () => void }): Promise<Lease[]>
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
  /** Returns tasks whose lease has ended, and fails those whose deadline has passed or whose host is given up; how many. */
  reap(): Promise<number>
  /** Goes on canceling the tasks of sessions that are invalidated with their tasks; how many were canceled. */
  cancelTasks(): Promise<number>
  /** Ends finishing sessions that have nothing left to do or to tell and were not ended when that became so. */
  invalidateSessions(): Promise<number>
  /** Puts due discretionary tasks off whose preferred hours have closed, unless their latest start has come; how many. */
  holdClosedSessions(): Promise<number>
  /** Finds sessions that have drained although nobody has noticed, some at a time: their wakes are due. */
  bringWakesForward(): Promise<void>
  /** Opens the wakes that are owed; expires those whose deadline has passed. */
  openWakes(): Promise<number>
  /** Expires temporary files whose lease has ended and whose completion has been delivered. */
  expireFiles(): Promise<number>
  /** Makes garbage of what failed and canceled tasks had received and nobody has taken over in time. */
  expireResumeData(): Promise<number>
  /** Removes answers to idempotent requests that are no longer replayed. */
  forgetAnswers(): Promise<number>
  /** Tasks with garbage, some at a time, leased to the caller for {@link garbageLeaseSeconds}. */
  leaseGarbage(): Promise<{ taskId: string; garbage: Garbage[] }[]>
  clearGarbage(taskId: string, garbage: Garbage[]): Promise<void>
}
