import type { DecisionStore } from './decision-store.ts'
import type { Announcer, HintQueue, Log, ObjectStore } from './ports.ts'
import {
  type DeliveryStore,
  type DispatchStore,
  garbageLeaseSeconds,
  type Lease,
  type TransferStore,
} from './worker-stores.ts'

export interface DispatchPorts {
  store: DispatchStore &
    Pick<DeliveryStore, 'listDueLanes'> &
    Pick<TransferStore, 'giveBack'> &
    Pick<DecisionStore, 'decide'>
  queue: HintQueue
  objects: ObjectStore
  announcer: Announcer
  log: Log
  nowMs(): number
  /** Transfers in hand in this process. */
  running(): number
  /** Calls back whenever a place has become free. */
  onSlotFreed(listener: () => void): void
}

const lanesAtOnce = 100
const pollMs = 1_000
const housekeepingMs = 1_000
const sweepMs = 15_000
/** After the database was away, leases could not be renewed: nothing is taken away for one full lease. */
const graceMs = 15_000
/** What the queue did not take is offered again after this. */
const queueRestMs = 1_000

/** Places for transfers in a process: for everybody, and beyond them for tenants that have nothing in flight. */
export interface Places {
  regular: number
  reserve: number
}

/** Finds what is due and hands it out, until `stopping`. Any number of processes may do this at once. */
export async function dispatch(ports: DispatchPorts, places: Places, stopping: AbortSignal): Promise<void> {
  const { store, announcer, log, nowMs } = ports
  const bell = createBell(stopping)
  const unlisten = announcer.on('work', bell.ring)
  ports.onSlotFreed(bell.ring)
  let housekeepingAt = 0
  let sweepAt = 0
  let reapFrom = 0
  /** One failing does not keep the others from their work. */
  const step = async (what: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work()
      return true
    } catch (error) {
      log.warn({ what, error }, 'dispatch is held up')
      return false
    }
  }
  while (!stopping.aborted) {
    let waitMs = pollMs
    let dispatched = 0
    const isThere = await step('asking the database', async () => {
      dispatched = await store.countDispatched()
    })
    if (isThere) {
      // First, so that what comes back goes out again at once.
      if (nowMs() >= Math.max(housekeepingAt, reapFrom)) {
        housekeepingAt = nowMs() + housekeepingMs
        await step('reaping', store.reap)
      }
      // What is decided may begin at once.
      await step('deciding', store.decide)
      await step('handing out tasks', () => handOutTasks(ports, places, dispatched))
      await step('handing out lanes', () => handOutLanes(ports))
      await step('opening wakes', store.openWakes)
      if (nowMs() >= sweepAt) {
        sweepAt = nowMs() + sweepMs
        await step('expiring files', store.expireFiles)
        await step('forgetting answers', store.forgetAnswers)
        await step('removing garbage', () => removeGarbage(ports))
      }
      await step('planning', async () => {
        waitMs = Math.min(pollMs, (await store.nextDueInMs()) ?? pollMs)
      })
    } else reapFrom = nowMs() + graceMs
    await bell.wait(waitMs)
  }
  unlisten()
}

async function handOutTasks(
  { store, queue, running }: DispatchPorts,
  { regular, reserve }: Places,
  dispatched: number,
): Promise<void> {
  // No more than there are places for: what waits in the queue would take the reserve from those it is for.
  const taken = running() + dispatched
  const slots = Math.max(0, regular - taken)
  const leases = await store.claimTasks(slots, Math.max(0, regular + reserve - Math.max(taken, regular)))
  if (leases.length === 0) return
  try {
    await queue.addTasks(leases)
  } catch (error) {
    // Whatever of it the queue took after all is stale by this. What cannot be given back is found by the reaper.
    await giveBackAll(store, leases)
    throw error
  }
}

async function giveBackAll(store: DispatchPorts['store'], leases: readonly Lease[]): Promise<void> {
  await Promise.allSettled(leases.map((lease) => store.giveBack(lease, queueRestMs)))
}

async function handOutLanes({ store, queue }: DispatchPorts): Promise<void> {
  const lanes = await store.listDueLanes(lanesAtOnce)
  if (lanes.length > 0) await queue.addLanes(lanes)
}

async function removeGarbage({ store, objects, nowMs }: DispatchPorts): Promise<void> {
  const leased = await store.leaseGarbage()
  // Well before the lease ends: what another sweeper has freed may hold a new file by then.
  const until = nowMs() + (garbageLeaseSeconds * 1000) / 2
  for (const { taskId, garbage } of leased) {
    for (const { key, uploadId } of garbage) {
      if (nowMs() > until) return
      if (uploadId !== undefined) await objects.abort({ key, uploadId })
      await objects.remove(key)
    }
    await store.clearGarbage(taskId, garbage)
  }
}

/** A wait that announcements end early. One that comes between two waits is not lost. */
function createBell(stopping: AbortSignal): { ring(): void; wait(ms: number): Promise<void> } {
  let rung = false
  let wake = () => {}
  const ring = () => {
    rung = true
    wake()
  }
  stopping.addEventListener('abort', ring)
  return {
    ring,
    async wait(ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      rung = false
    },
  }
}
