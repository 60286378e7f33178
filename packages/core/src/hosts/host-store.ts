import type { HostStanding } from './rules/host-view.ts'

export interface HostStore {
  /** null: the tenant has no task for it, so it learns nothing of other tenants' tasks there. */
  readHost(tenantId: string, host: string): Promise<HostStanding | null>
  /**
   * Adds a measurement to the host's rate; for the same host every few seconds only. A transaction of its own, so it
   * never delays the end of a task.
   */
  measureHost(host: string, bytesPerSecond: number, nowMs: number): Promise<void>
  /** Removes rows that were not needed for a day: at most a thousand; returns how many. */
  forgetHosts(): Promise<number>
}
