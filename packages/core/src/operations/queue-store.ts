import type { FleetSample } from './rules/fleet-sample.ts'
import type { WorkerState } from './rules/worker-state.ts'

/** Tasks that a worker has. `late`: its lease has ended, and the reaper is about to take the task back. */
export interface Leases {
  leases: number
  late: number
  /** When the first of them ends; null: there is none. */
  nextEndAt: Date | null
}

/** `gone`: it is not listed any more, and its leases are about to end. */
export interface WorkerLeases extends Leases {
  workerId: string
  host: string | null
  slots: number | null
  state: WorkerState | 'gone'
}

export interface Queue {
  at: Date
  /** Tasks that dispatch has claimed, and no worker has begun yet. */
  claimed: Leases
  workers: WorkerLeases[]
  deliveryLanes: { due: number; leased: number; late: number }
  /** What would take long to count is counted by one process for all; null: nobody did yet. */
  sample: (FleetSample & { at: Date }) | null
}

export interface QueueStore {
  /** What dispatch and workers are at, over all tenants, all as of one moment. */
  readQueue(): Promise<Queue>
}
