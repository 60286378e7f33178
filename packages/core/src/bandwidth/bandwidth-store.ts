import type { WorkerUse } from './rules/divide-rate.ts'

/** A maximum that transfers of several workers keep to together: a tenant's or a session's. */
export interface ScopeUse extends WorkerUse {
  /** The tenant's id, or the session's. */
  scopeId: string
  tenantId: string
  /** Bytes per second. */
  maximum: number
}

export interface BandwidthStore {
  /**
   * Reports what a worker's transfers use of each maximum, and answers what they may read from now on, in the order of `uses`; bytes per
   * second. A worker without transfers gives its share back. A share that is not reported for 15 seconds is forgotten, as a lease is.
   */
  divide(workerId: string, uses: readonly ScopeUse[]): Promise<number[]>
  /** Removes the shares of workers that have died. */
  forgetShares(): Promise<void>
}
