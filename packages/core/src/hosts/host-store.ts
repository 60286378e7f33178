import type { HostStanding } from './rules/host-view.ts'

export interface HostStore {
  /** null: the tenant has no task for it, so it learns nothing of what others do there. */
  readHost(tenantId: string, host: string): Promise<HostStanding | null>
  /** Takes a measurement into the host's rate; the same host every few seconds only. Of its own, so never in the way of an end. */
  measureHost(host: string, bytesPerSecond: number, nowMs: number): Promise<void>
  /** Removes what nobody has needed for a day: at most a thousand rows; how many. */
  forgetHosts(): Promise<number>
}
