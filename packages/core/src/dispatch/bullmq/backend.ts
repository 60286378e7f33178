import type { Job } from 'bullmq'

/**
 * BullMQ's storage of hints, and the part of its queues and workers that is used here: their types differ by backend.
 */
export interface Backend {
  queue(name: string): BackendQueue
  worker<Data>(name: string, concurrency: number, process: (job: Job<Data>) => Promise<void>): BackendWorker
  end(): Promise<void>
}
interface BackendQueue {
  on(event: 'error', listener: (error: Error) => void): unknown
  addBulk(jobs: { name: string; data: unknown; opts: { jobId: string } }[]): Promise<unknown>
  getWaitingCount(): Promise<number>
  waitUntilReady(): Promise<unknown>
  close(): Promise<void>
}
export interface BackendWorker {
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'failed', listener: (job: { id?: string } | undefined, error: Error) => void): unknown
  waitUntilReady(): Promise<unknown>
  run(): Promise<void>
  close(): Promise<void>
}

/** Timeout of calls to the queue. The dispatcher goes on without the queue: a lease brings the task back. */
export const timeoutMs = 2_000
export const reconnectMs = 1_000
/** A connection without a reply for this long is closed. Longer than a consumer's blocking wait. */
export const silenceMs = 5_000

/** A worker killed with a hint in hand is noticed within seven seconds (defaults: a minute, and the second time the job would fail for good). */
export const workerOptions = {
  autorun: false,
  lockDuration: 5_000,
  stalledInterval: 2_000,
  maxStalledCount: 1_000_000,
  runRetryDelay: 1_000,
  // Seconds. A waiting consumer looks by itself this often, so hints behind a silent connection are found.
  drainDelay: 2,
}
