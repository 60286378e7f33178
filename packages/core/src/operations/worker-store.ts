import type { Page, PageQuery } from '../kernel/page.ts'
import type { WorkerState } from './rules/worker-state.ts'

/** What a worker says of itself every few seconds. */
export interface WorkerReport {
  id: string
  version: string
  /** Name of the machine or container. */
  host: string
  /** Milliseconds since it started. */
  upMs: number
  /** Transfers that it runs at most, and those in hand. */
  slots: number
  running: number
  /** It knows already that it is to drain. */
  isDraining: boolean
}

/** A worker as operators see it. Times are by the database's clock. */
export interface WorkerProcess {
  id: string
  version: string
  host: string
  startedAt: Date
  lastSeenAt: Date
  /** Transfers that it runs at most. */
  slots: number
  /** Transfers in hand when it was last seen. */
  running: number
  state: WorkerState
}

export interface WorkerStore {
  /** The worker lives. Returns whether it is to drain. Rows of workers that are long gone are removed. */
  reportWorker(report: WorkerReport): Promise<boolean>
  /** The worker ends. */
  withdrawWorker(id: string): Promise<void>
  /** In the order of their starts, without those that were not seen for a minute. Throws `invalid_request` (the cursor). */
  listWorkers(query: PageQuery): Promise<Page<WorkerProcess>>
  /** Has the worker take no more tasks, for as long as it lives. Null: no such worker is listed. */
  drainWorker(id: string): Promise<WorkerProcess | null>
}
