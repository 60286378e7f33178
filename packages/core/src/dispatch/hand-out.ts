import type { DeliveryLane, DeliveryStore } from '../deliveries/delivery-store.ts'
import type { Lease } from '../tasks/rules/lease.ts'
import type { TransferStore } from '../transfers/transfer-store.ts'
import type { ClaimStore } from './claim-store.ts'
import type { HintQueue } from './hint-queue.ts'
import { freeSlots, type WorkerSlots } from './rules/capacity.ts'

export interface HandOutPorts {
  store: ClaimStore & Pick<DeliveryStore, 'listDueDeliveryLanes'> & Pick<TransferStore, 'giveBack'>
  queue: HintQueue
  /** Transfers in hand in this process. */
  running(): number
}

const lanesAtOnce = 100
/** What the queue did not take is offered again after this. */
const queueRestMs = 1_000

/** Claims what may begin for the slots that are free and puts it into the queue; whether another round may soon find more. */
export async function handOutTasks(
  { store, queue, running }: HandOutPorts,
  workerSlots: WorkerSlots,
  dispatched: number,
): Promise<boolean> {
  await store.promoteDue()
  // No more than there are slots for: what waits in the queue would take the reserve from those it is for.
  const free = freeSlots(workerSlots, running() + dispatched)
  if (free.slots + free.reserve === 0) return false
  const { leases, hasMore } = await store.claimTasks(free)
  if (leases.length === 0) return hasMore
  try {
    await queue.addTasks(leases)
  } catch (error) {
    // Whatever of it the queue took after all is stale by this. What cannot be given back is found by the reaper.
    await giveBackAll(store, leases)
    throw error
  }
  return hasMore
}

async function giveBackAll(store: HandOutPorts['store'], leases: readonly Lease[]): Promise<void> {
  await Promise.allSettled(leases.map((lease) => store.giveBack(lease, queueRestMs)))
}

/** Puts the delivery lanes that have something due into the queue, but for those `handedOut` already, and notes them there. */
export async function handOutDeliveryLanes({ store, queue }: HandOutPorts, handedOut: Set<string>): Promise<void> {
  const keyOf = ({ sessionId, endpointId }: DeliveryLane) => `${sessionId} ${endpointId}`
  const lanes = (await store.listDueDeliveryLanes(lanesAtOnce)).filter((lane) => !handedOut.has(keyOf(lane)))
  if (lanes.length === 0) return
  await queue.addDeliveryLanes(lanes)
  for (const lane of lanes) handedOut.add(keyOf(lane))
}
