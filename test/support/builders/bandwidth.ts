import { type Bandwidth, createBandwidth } from '#core/bandwidth/pace-transfers.ts'
import type { Stores } from '#core/runtime/stores.ts'

/** The bandwidth of a worker that runs transfers one by one; as nothing is limited, they are not paced. */
export function workerBandwidth(stores: Pick<Stores, 'bandwidth'>, workerId = 'wrk_test'): Bandwidth {
  return createBandwidth({ stores, log: { warn() {} }, workerId })
}
