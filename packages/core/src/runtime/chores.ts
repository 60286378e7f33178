import type { ObjectStore } from '@backhaul/transfer/storage'
import type { Chores } from '../dispatch/chore.ts'
import type { WorkerSlots } from '../dispatch/rules/capacity.ts'
import { removeGarbage } from '../files/remove-garbage.ts'
import { wakesAtOnce } from '../wakes/rules/wake.ts'
import type { Store } from './store.ts'

const housekeepingMs = 1_000
const sweepMs = 15_000
const reportMs = 5_000

/** What every worker's dispatcher does besides handing out work, in its order. */
export function dispatchChores(
  { store, objects, nowMs }: { store: Store; objects: ObjectStore; nowMs(): number },
  { workerId, workerSlots }: { workerId: string; workerSlots: WorkerSlots },
): Chores {
  return {
    before: [
      { name: 'reporting slots', everyMs: reportMs, run: () => store.reportSlots(workerId, workerSlots) },
      // First, so that what comes back goes out again at once.
      { name: 'reaping', everyMs: housekeepingMs, waitsAfterOutage: true, run: store.reap },
      { name: 'keeping to preferred hours', everyMs: housekeepingMs, run: store.holdClosedSessions },
      { name: 'looking for drained sessions', everyMs: housekeepingMs, run: store.bringWakesForward },
      // What is decided may begin at once.
      { name: 'deciding', everyMs: 0, run: store.decide },
      // Before tasks go out, so that none does that is about to be canceled.
      { name: 'canceling tasks', everyMs: 0, run: store.cancelTasks },
      { name: 'recovering events', everyMs: 0, run: async () => ((await store.recoverEvents()) ? 'more' : null) },
    ],
    after: [
      {
        name: 'opening wakes',
        everyMs: 0,
        run: async () => ((await store.openWakes()) >= wakesAtOnce ? 'more' : null),
      },
      { name: 'ending sessions', everyMs: sweepMs, run: store.invalidateSessions },
      { name: 'expiring files', everyMs: sweepMs, run: store.expireFiles },
      { name: 'expiring resume data', everyMs: sweepMs, run: store.expireResumeData },
      { name: 'forgetting answers', everyMs: sweepMs, run: store.forgetAnswers },
      { name: 'sweeping events', everyMs: sweepMs, run: store.sweepEvents },
      { name: 'forgetting hosts', everyMs: sweepMs, run: store.forgetHosts },
      { name: 'removing garbage', everyMs: sweepMs, run: () => removeGarbage({ store, objects, nowMs }) },
    ],
  }
}
