import type { ObjectStore } from '@backhaul/transfer/storage'
import type { Chores } from '../dispatch/chore.ts'
import type { WorkerSlots } from '../dispatch/rules/capacity.ts'
import { reencrypt } from '../encryption/reencrypt.ts'
import { removeOrphans } from '../files/remove-orphans.ts'
import type { Log } from '../kernel/log.ts'
import type { WorkerRecord } from '../operations/worker-record.ts'
import { removeTenants } from '../tenants/remove-tenants.ts'
import { wakesAtOnce } from '../wakes/rules/wake.ts'
import type { Stores } from './stores.ts'

const housekeepingMs = 1_000
const sweepMs = 15_000
/** Rows that cost nothing but their space. */
const forgetMs = 600_000
const reportMs = 5_000
const seldomMs = 3_600_000

/** The chores of every worker's dispatcher, in their order. */
export function dispatchChores(
  { stores, objects, log, nowMs }: { stores: Stores; objects: ObjectStore; log: Log; nowMs(): number },
  { workerId, workerSlots, report }: { workerId: string; workerSlots: WorkerSlots; report: WorkerRecord['report'] },
): Chores {
  return {
    before: [
      {
        name: 'reporting slots',
        everyMs: reportMs,
        async run() {
          // No task is to wait for a place that is not given.
          if (await report()) await stores.dispatch.withdrawSlots(workerId)
          else await stores.dispatch.reportSlots(workerId, workerSlots)
        },
      },
      // First, so that tasks brought back can be claimed in the same round.
      { name: 'reaping', everyMs: housekeepingMs, waitsAfterOutage: true, run: stores.transfers.reap },
      { name: 'giving back what rests', everyMs: housekeepingMs, run: stores.tenants.giveBackResting },
      { name: 'keeping to preferred hours', everyMs: housekeepingMs, run: stores.sessions.holdClosedSessions },
      { name: 'looking for drained sessions', everyMs: housekeepingMs, run: stores.wakes.bringWakesForward },
      // Decided tasks may begin in the same round.
      { name: 'deciding', everyMs: 0, run: stores.decisions.decide },
      // Before tasks go out, so that none does that is about to be canceled.
      { name: 'canceling tasks', everyMs: 0, run: stores.sessions.cancelTasks },
      {
        name: 'recovering events',
        everyMs: 0,
        run: async () => ((await stores.recoveries.recoverEvents()) ? 'more' : null),
      },
    ],
    after: [
      {
        name: 'opening wakes',
        everyMs: 0,
        run: async () => ((await stores.wakes.openWakes()) >= wakesAtOnce ? 'more' : null),
      },
      { name: 'ending sessions', everyMs: sweepMs, run: stores.sessions.invalidateSessions },
      { name: 'expiring files', everyMs: sweepMs, run: stores.files.expireFiles },
      { name: 'expiring resume data', everyMs: sweepMs, run: stores.tasks.expireResumeData },
      { name: 'forgetting responses', everyMs: sweepMs, run: stores.idempotency.forgetResponses },
      { name: 'sweeping events', everyMs: sweepMs, run: stores.recoveries.sweepEvents },
      { name: 'sweeping the audit', everyMs: sweepMs, run: stores.audit.sweepAudit },
      { name: 'forgetting tasks', everyMs: housekeepingMs, run: stores.retention.forgetTasks },
      { name: 'forgetting sessions', everyMs: sweepMs, run: stores.retention.forgetSessions },
      { name: 'forgetting traces', everyMs: sweepMs, run: stores.retention.forgetTraces },
      { name: 'forgetting usage', everyMs: seldomMs, run: stores.retention.forgetUsage },
      { name: 'forgetting shares of bandwidth', everyMs: sweepMs, run: stores.bandwidth.forgetShares },
      { name: 'forgetting hosts', everyMs: sweepMs, run: stores.hosts.forgetHosts },
      { name: 'forgetting sign-ins', everyMs: forgetMs, run: stores.keys.sweepSignIns },
      { name: 'forgetting requests', everyMs: forgetMs, run: stores.limits.forgetRequests },
      // With a million tasks that wait it takes seconds.
      {
        name: 'counting the fleet',
        everyMs: reportMs,
        beside: true,
        run: () => stores.operations.sampleFleet(),
      },
      // At each minute's beginning. With thousands of tenants at work it takes a while.
      {
        name: 'sampling tenants',
        everyMs: housekeepingMs,
        beside: true,
        run: () => stores.usage.sampleTenants(),
      },
      // Between key rotations it is one look at a table of a few rows.
      {
        name: 'encrypting with the newest key',
        everyMs: housekeepingMs,
        beside: true,
        run: () => reencrypt({ stores, log, nowMs }),
      },
      // Storage may be slow or away, and tasks do not wait for it.
      {
        name: 'removing deleted tenants',
        everyMs: housekeepingMs,
        beside: true,
        run: () => removeTenants({ stores, objects, nowMs }),
      },
      {
        name: 'removing orphaned objects',
        everyMs: sweepMs,
        beside: true,
        run: () => removeOrphans({ stores, objects, nowMs }),
      },
    ],
  }
}
