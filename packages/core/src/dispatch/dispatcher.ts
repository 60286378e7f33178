import type { DecisionStore } from '../decisions/decision-store.ts'
import type { DeliveryStore, LaneLease } from '../deliveries/delivery-store.ts'
import { garbageLeaseSeconds } from '../files/rules/garbage.ts'
import type { HostStore } from '../hosts/host-store.ts'
import type { Announcer } from '../kernel/announcer.ts'
import type { Log } from '../kernel/log.ts'
import { gatheringMs } from '../kernel/rules/batch-delay.ts'
import type { RepairStore } from '../recoveries/recovery-store.ts'
import type { Lease } from '../tasks/rules/lease.ts'
import type { ObjectStore } from '../transfer/storage/object-store.ts'
import type { TransferStore } from '../transfers/transfer-store.ts'
import { wakesAtOnce } from '../wakes/rules/wake.ts'
import type { DispatchStore } from './claim-store.ts'
import type { HintQueue } from './hint-queue.ts'
import { type Places, vacancies } from './rules/capacity.ts'

export interface DispatchPorts {
  store: DispatchStore &
    Pick<DeliveryStore, 'listDueLanes'> &
    Pick<TransferStore, 'giveBack'> &
    Pick<HostStore, 'forgetHosts'> &
    Pick<RepairStore, 'recoverEvents' | 'sweepEvents'> &
    Pick<DecisionStore, 'decide'>
  queue: HintQueue
  objects: ObjectStore
  announcer: Announcer
  log: Log
  nowMs(): number
  workerId: string
  /** Transfers in hand in this process. */
  running(): number
  /** Called after each round, whether or not the database answered. */
  cameRound(): void
  /** Calls back whenever a place has become free. */
  onSlotFreed(listener: () => void): void
  /** Calls back whenever a lane has ended of which something was sent: it has made room for others. */
  onLaneSent(listener: () => void): void
}

const lanesAtOnce = 100
const pollMs = 1_000
/** What another dispatcher held, or what a round did not come to. */
const lookAgainMs = 25
const housekeepingMs = 1_000
const sweepMs = 15_000
const reportMs = 5_000
/** After the database was away, leases could not be renewed: nothing is taken away for one full lease. */
const graceMs = 15_000
/** Places that become free within this time, at least, and lanes that end, are followed up in one round. */
const leastGatheringMs = 20
/** What the queue did not take is offered again after this. */
const queueRestMs = 1_000

/** Finds what is due and hands it out, until `stopping`. Any number of processes may do this at once. */
export async function dispatch(ports: DispatchPorts, places: Places, stopping: AbortSignal): Promise<void> {
  const { store, announcer, log, nowMs } = ports
  const bell = createBell(stopping)
  const unlisten = announcer.on('work', () => bell.ring('work'))
  let tookMs = 0
  const soonMs = () => gatheringMs(tookMs, leastGatheringMs)
  ports.onSlotFreed(() => bell.ringSoon('places', soonMs()))
  ports.onLaneSent(() => bell.ringSoon('lanes', soonMs()))
  /** A place that has become free changes nothing but what may begin; a lane that has ended, nothing but what may be sent. */
  let why: ReadonlySet<Why> = all
  /** Since the last whole round: most of them wait in the queue, and need not be put there again and again. */
  const handedOut = new Set<string>()
  let lookAt = 0
  let housekeepingAt = 0
  let sweepAt = 0
  let reportAt = 0
  let reapFrom = 0
  /** One failing does not keep the others from their work. */
  const step = async (what: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work()
      return true
    } catch (error) {
      log.warn({ event: 'dispatch.step_failed', what, error }, 'dispatch is held up')
      return false
    } finally {
      // A database or storage that hangs makes each step long, but the loop goes on.
      ports.cameRound()
    }
  }
  while (!stopping.aborted) {
    let dispatched = 0
    let again = false
    const beganMs = performance.now()
    const isWhole = why.has('work')
    if (isWhole) handedOut.clear()
    const isThere = await step('asking the database', async () => {
      dispatched = await store.countDispatched()
    })
    const handOut = () =>
      step('handing out tasks', () =>
        handOutTasks(ports, places, dispatched, () => {
          again = true
        }),
      )
    if (!isThere) {
      reapFrom = nowMs() + graceMs
      lookAt = nowMs() + pollMs
    } else if (!isWhole) {
      if (why.has('places')) await handOut()
      if (why.has('lanes')) await step('handing out lanes', () => handOutLanes(ports, handedOut))
      tookMs = performance.now() - beganMs
    } else {
      if (nowMs() >= reportAt) {
        reportAt = nowMs() + reportMs
        await step('reporting places', () => store.reportPlaces(ports.workerId, places))
      }
      // First, so that what comes back goes out again at once.
      if (nowMs() >= Math.max(housekeepingAt, reapFrom)) {
        housekeepingAt = nowMs() + housekeepingMs
        await step('reaping', store.reap)
        await step('keeping to preferred hours', store.holdClosedSessions)
        await step('looking for drained sessions', store.bringWakesForward)
      }
      // What is decided may begin at once.
      await step('deciding', store.decide)
      // Before tasks go out, so that none does that is about to be canceled.
      await step('canceling tasks', store.cancelTasks)
      await handOut()
      await step('recovering events', async () => {
        if (await store.recoverEvents()) again = true
      })
      await step('handing out lanes', () => handOutLanes(ports, handedOut))
      await step('opening wakes', async () => {
        if ((await store.openWakes()) >= wakesAtOnce) again = true
      })
      if (nowMs() >= sweepAt) {
        sweepAt = nowMs() + sweepMs
        await step('ending sessions', store.invalidateSessions)
        await step('expiring files', store.expireFiles)
        await step('expiring resume data', store.expireResumeData)
        await step('forgetting answers', store.forgetAnswers)
        await step('sweeping events', store.sweepEvents)
        await step('forgetting hosts', store.forgetHosts)
        await step('removing garbage', () => removeGarbage(ports))
      }
      lookAt = nowMs() + pollMs
      await step('planning', async () => {
        lookAt = nowMs() + Math.min(pollMs, (await store.nextDueInMs()) ?? pollMs)
      })
    }
    ports.cameRound()
    if (again) lookAt = Math.min(lookAt, nowMs() + lookAgainMs)
    why = await bell.wait(Math.min(Math.max(lookAt - nowMs(), 0), pollMs))
  }
  unlisten()
  await step('withdrawing places', () => store.withdrawPlaces(ports.workerId))
}

async function handOutTasks(
  { store, queue, running }: DispatchPorts,
  places: Places,
  dispatched: number,
  lookAgain: () => void,
): Promise<void> {
  // No more than there are places for: what waits in the queue would take the reserve from those it is for.
  const { slots, ...room } = vacancies(places, running() + dispatched)
  const leases = await store.claimTasks(slots, { ...room, lookAgain })
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

async function handOutLanes({ store, queue }: DispatchPorts, handedOut: Set<string>): Promise<void> {
  const keyOf = ({ sessionId, endpointId }: LaneLease) => `${sessionId} ${endpointId}`
  const lanes = (await store.listDueLanes(lanesAtOnce)).filter((lane) => !handedOut.has(keyOf(lane)))
  if (lanes.length === 0) return
  await queue.addLanes(lanes)
  for (const lane of lanes) handedOut.add(keyOf(lane))
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

type Why = 'work' | 'places' | 'lanes'

const all: ReadonlySet<Why> = new Set(['work'] as const)

/** A wait that announcements end early, and says why it has ended. One that comes between two waits is not lost. */
function createBell(stopping: AbortSignal): {
  ring(why: Why): void
  /** With all that is to come within so long. */
  ringSoon(why: Why, ms: number): void
  wait(ms: number): Promise<ReadonlySet<Why>>
} {
  let rung = new Set<Why>()
  let wake = () => {}
  const gathering = new Set<Why>()
  const ring = (why: Why) => {
    rung.add(why)
    wake()
  }
  stopping.addEventListener('abort', () => ring('work'))
  return {
    ring,
    ringSoon(why, ms) {
      if (gathering.has(why)) return
      gathering.add(why)
      setTimeout(() => {
        gathering.delete(why)
        ring(why)
      }, ms)
    },
    async wait(ms) {
      if (rung.size === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      const why = rung.size === 0 ? all : rung
      rung = new Set()
      return why
    },
  }
}
