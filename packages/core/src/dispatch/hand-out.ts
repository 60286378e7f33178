import type { DeliveryLane, DeliveryStore } from '../deliveries/delivery-store.ts'
import type { Lease } from '../tasks/rules/lease.ts'
import type { TransferStore } from '../transfers/transfer-store.ts'
import type { ClaimStore } from './claim-store.ts'
import type { HintQueue } from './hint-queue.ts'
import { freeSlots, type WorkerSlots } from './rules/capacity.ts'

export interface HandOutPorts {
  stores: {
    dispatch: ClaimStore
    deliveries: Pick<DeliveryStore, 'listDueDeliveryLanes'>
    transfers: Pick<TransferStore, 'giveBack'>
  }
  queue: HintQueue
  /** Transfers in hand in this process. */
  running(): number
  /** Whether this process claims tasks; one that drains does not. */
  takesTasks(): boolean
  /** Called whenever it could claim, whether or not there was anything to claim, or a slot for it. */
  couldClaim(): void
}

const lanesAtOnce = 100
/** Hints that the queue did not take are offered again after this. */
const queueRestMs = 1_000

/** Claims tasks for the free slots and puts them into the queue. Returns whether another round may soon find more. */
export async function handOutTasks(
  { stores, queue, running, takesTasks, couldClaim }: HandOutPorts,
  workerSlots: WorkerSlots,
  dispatched: number,
): Promise<boolean> {
  await stores.dispatch.promoteDue()
  if (!takesTasks()) return false
  // No more than there are slots: tasks waiting in the queue would take the reserve from the tenants it is for.
  const free = freeSlots(workerSlots, running() + dispatched)
  const isFull = free.slots + free.reserve === 0
  const { leases, hasMore } = isFull ? { leases: [], hasMore: false } : await stores.dispatch.claimTasks(free)
  couldClaim()
  if (leases.length === 0) return hasMore
  try {
    await queue.addTasks(leases)
  } catch (error) {
    // Hints that the queue took after all are stale then. The reaper finds tasks that cannot be given back.
    await giveBackAll(stores, leases)
    throw error
  }
  return hasMore
}

async function giveBackAll(stores: HandOutPorts['stores'], leases: readonly Lease[]): Promise<void> {
  await Promise.allSettled(leases.map((lease) => stores.transfers.giveBack(lease, queueRestMs)))
}

/** Puts due delivery lanes into the queue, except those in `handedOut`, and adds them there. */
export async function handOutDeliveryLanes({ stores, queue }: HandOutPorts, handedOut: Set<string>): Promise<void> {
  const keyOf = ({ sessionId, endpointId }: DeliveryLane) => `${sessionId} ${endpointId}`
  const lanes = (await stores.deliveries.listDueDeliveryLanes(lanesAtOnce)).filter(
    (lane) => !handedOut.has(keyOf(lane)),
  )
  if (lanes.length === 0) return
  await queue.addDeliveryLanes(lanes)
  for (const lane of lanes) handedOut.add(keyOf(lane))
}
