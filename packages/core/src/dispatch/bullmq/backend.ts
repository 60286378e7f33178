import type { Job } from 'bullmq'

/** Where BullMQ keeps its hints, and as much of its queues and workers as we use: their types differ by backend. */
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

/** The dispatcher goes on without the queue: a lease brings the task back. So nobody waits longer for an answer. */
export const timeoutMs = 2_000
export const reconnectMs = 1_000
/** A connection on which an answer is overdue is given up. Longer than a consumer's wait for news. */
export const silenceMs = 5_000

/** A worker killed with a hint in hand is noticed within seven seconds (defaults: a minute, and the second time the job would fail for good). */
export const workerOptions = {
  autorun: false,
  lockDuration: 5_000,
  stalledInterval: 2_000,
  maxStalledCount: 1_000_000,
  runRetryDelay: 1_000,
  // Seconds. A consumer that waits for news looks by itself so often: what waits behind a silent connection is found.
  drainDelay: 2,
}
