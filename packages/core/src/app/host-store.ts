import type { HostHealth } from '../domain/host-health.ts'

/** What all tenants share of a host, and the tenant's own tasks there. */
export interface HostReading {
  health: HostHealth
  /** Measured, smoothed; null: not known yet. */
  bytesPerSecond: number | null
  /** The database's clock. */
  nowMs: number
  /** The tenant's tasks in flight there. */
  connections: number
  waitingTasks: number
}

export interface HostStore {
  /** null: the tenant has no task for it, so it learns nothing of what others do there. */
  readHost(tenantId: string, host: string): Promise<HostReading | null>
  /** Takes a measurement into the host's rate; the same host every few seconds only. Of its own, so never in the way of an end. */
  measureHost(host: string, bytesPerSecond: number, nowMs: number): Promise<void>
  /** Removes what nobody has needed for a day: at most a thousand rows; how many. */
  forgetHosts(): Promise<number>
}
