import { version } from '@backhaul/transfer'
import type { Announcer } from '../kernel/announcer.ts'
import type { Log } from '../kernel/log.ts'
import type { WorkerStore } from './worker-store.ts'

interface WorkerRecordPorts {
  stores: { operations: Pick<WorkerStore, 'reportWorker' | 'withdrawWorker'> }
  announcer: Announcer
  log: Pick<Log, 'info'>
  nowMs(): number
}

/** A worker that takes no more tasks. */
export interface Draining {
  worker: string
  /** Transfers that it has still in hand. */
  running: number
}

export interface WorkerRecord {
  /** Says that the worker lives and what it does; returns whether it is to drain. Call it every few seconds. */
  report(): Promise<boolean>
  /** Counts as a transfer in hand for as long as `work` takes. */
  running<T>(work: () => Promise<T>): Promise<T>
  /** Transfers in hand. */
  countRunning(): number
  /** Null: it takes tasks. */
  draining(): Draining | null
  /** The process ends, and is not listed any more. Rejects when the database is away; then it goes after a minute. */
  withdraw(): Promise<void>
}

/*
 * The life of a worker, as operators see it:
 *
 * - Running: it takes tasks.
 * - Draining: an operator said so. It takes no more, and the transfers in hand go on. It stays so until it ends.
 * - Drained: it drains, and none is in hand. It is said in the log, and the process stays: a supervisor would only replace
 *   one that ends, by one that takes tasks.
 */

/**
 * Tells operators of a worker, and the worker what they want of it. `onDraining` is called once: the worker is to take no
 * more tasks. It hears of that by an announcement, or else with its next report.
 */
export function createWorkerRecord(
  { stores, announcer, log, nowMs }: WorkerRecordPorts,
  { id, host, slots }: { id: string; host: string; slots: number },
  onDraining: () => void,
): WorkerRecord {
  const startedAtMs = nowMs()
  let running = 0
  let isDraining = false
  const sayIfDrained = () => {
    if (isDraining && running === 0) log.info({ event: 'worker.drained', workerId: id }, 'no transfer is left')
  }
  const drain = () => {
    if (isDraining) return
    isDraining = true
    unlisten()
    log.info({ event: 'worker.draining', workerId: id, running }, 'taking no more tasks')
    onDraining()
    sayIfDrained()
  }
  const unlisten = announcer.on('draining', ({ workerId }) => {
    if (workerId === id) drain()
  })
  return {
    async report() {
      const upMs = nowMs() - startedAtMs
      if (await stores.operations.reportWorker({ id, version, host, upMs, slots, running, isDraining })) drain()
      return isDraining
    },
    async running(work) {
      running += 1
      try {
        return await work()
      } finally {
        running -= 1
        sayIfDrained()
      }
    },
    countRunning: () => running,
    draining: () => (isDraining ? { worker: id, running } : null),
    async withdraw() {
      unlisten()
      await stores.operations.withdrawWorker(id)
    },
  }
}
