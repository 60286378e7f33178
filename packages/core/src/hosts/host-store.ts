import type { Page, PageQuery } from '../kernel/page.ts'
import type { HostStanding } from './rules/host-view.ts'

export interface NamedHostStanding extends HostStanding {
  host: string
}

export interface HostStore {
  /** null: the tenant has no task for it, so it learns nothing of other tenants' tasks there. */
  readHost(tenantId: string, host: string): Promise<HostStanding | null>
  /** Those for which the tenant has a task, by their names. `healthy`: only those in that state, or only the others. */
  listHosts(
    tenantId: string,
    filter: { healthy?: boolean | undefined },
    query: PageQuery,
  ): Promise<Page<NamedHostStanding>>
  /**
   * Adds a measurement to the host's rate; for the same host every few seconds only. A transaction of its own, so it
   * never delays the end of a task.
   */
  measureHost(host: string, bytesPerSecond: number, nowMs: number): Promise<void>
  /** Removes rows that were not needed for a day: at most a thousand; returns how many. */
  forgetHosts(): Promise<number>
}
