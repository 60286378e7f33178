import { clockNow, type Database } from '../../database/database.ts'
import { expireFiles, forgetAnswers, type LookedAtFile, leaseGarbage } from '../../files/postgres/sweep-files.ts'
import type { Garbage } from '../../files/rules/garbage.ts'
import { giveUpHosts } from '../../hosts/postgres/fail-unreachable.ts'
import { invalidateFinished } from '../../ledger/end-session.ts'
import { failTask } from '../../ledger/fail-task.ts'
import { releaseClearedKeys } from '../../ledger/file-keys.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { notingStates } from '../../ledger/notify-live.ts'
import { holdClosedSessions, hoursInForce, promotePlanned } from '../../ledger/preferred-hours-sql.ts'
import { reportPlaces, withdrawPlaces } from '../../ledger/worker-slots.ts'
import { countStep, writingSteps } from '../../ledger/write-steps.ts'
import { cancelMarkedSessions } from '../../sessions/postgres/cancel-tasks.ts'
import { expireResumeData } from '../../tasks/postgres/resume-handover.ts'
import { bringWakesForward, openOwedWakes } from '../../wakes/postgres/owed-wakes.ts'
import type { LimiterPolicy } from '../../wakes/rules/wake-limiter.ts'
import type { DispatchStore } from '../claim-store.ts'
import { createClaimer } from './claim-tasks.ts'
import { becomingDue } from './promote-due.ts'

const promotedAtOnce = 2_000

export function createDispatchStore(ledger: Ledger, policy: LimiterPolicy, eventRetentionDays: number): DispatchStore {
  const claimer = createClaimer(ledger)
  let lastLookedAt: string | null = null
  let lastFile: LookedAtFile | null = null
  return {
    async claimTasks(slots, { reserve = 0, spare = slots, lookAgain = () => {} } = {}) {
      await promote(ledger)
      return slots + reserve > 0 ? claimer.claim({ slots, reserve, spare }, lookAgain) : []
    },

    reportPlaces: (workerId, places) => reportPlaces(ledger, workerId, places),
    withdrawPlaces: (workerId) => withdrawPlaces(ledger, workerId),

    async countDispatched() {
      const row = await ledger.first<{ count: number }>(
        "select count(*)::int as count from task where state = 'dispatched'",
      )
      return row!.count
    },

    async nextDueInMs() {
      const row = await ledger.first<{ ms: number | null }>(
        `select (extract(epoch from least(
           (select min(ready_at) from task where state = 'waiting' and not due and decision_until is null),
           (select min(wake_due_at) from session where wake_due_at > statement_timestamp()),
           (select min(expires_at) from decision where state = 'open' and expires_at > statement_timestamp()),
           (select min(due_at) from delivery_lane where due_at > statement_timestamp()),
           (select min(next_send_at) from endpoint where next_send_at > statement_timestamp()),
           (select min(next_probe_at) from endpoint where next_probe_at > statement_timestamp()),
           (select min(blocked_until) from host_state where blocked_until > statement_timestamp())
         ) - clock_timestamp()) * 1000)::float8 as ms`,
      )
      return row?.ms == null ? null : Math.max(0, Math.ceil(row.ms))
    },

    async endLeases() {
      await ledger.run(
        `update task set lease_until = ${clockNow} where state in ('dispatched', 'running', 'completing')`,
      )
      await ledger.run('update delivery_lane set lease_until = null where lease_until is not null')
    },

    reap: () => reap(ledger),
    cancelTasks: () => cancelMarkedSessions(ledger),
    invalidateSessions: () => invalidateFinished(ledger),
    holdClosedSessions: () => holdClosedSessions(ledger),
    async bringWakesForward() {
      lastLookedAt = await bringWakesForward(ledger, lastLookedAt)
    },
    openWakes: () => openOwedWakes(ledger, policy),
    async expireFiles() {
      const { expired, last } = await expireFiles(ledger, eventRetentionDays, lastFile)
      lastFile = last
      return expired
    },
    forgetAnswers: () => forgetAnswers(ledger),
    expireResumeData: () => expireResumeData(ledger),
    leaseGarbage: () => leaseGarbage(ledger),
    async clearGarbage(taskId: string, garbage: Garbage[]) {
      await ledger.transaction(async (tx) => {
        const cleared = await tx.run(
          'update task set garbage = null, garbage_lease_until = null where id = $1 and garbage = $2',
          [taskId, JSON.stringify(garbage)],
        )
        if (cleared === 1) await releaseClearedKeys(tx, taskId, garbage)
      })
    },
  }
}

/** Marks waiting tasks whose time has come. Those with hours are planned apart. */
async function promote(database: Database): Promise<void> {
  const found = await database.first<{ planned: number }>(
    `with ready as (
       select id, session_id, tenant_id, effective_discretionary from task
       where id in (${becomingDue}) and state = 'waiting' and not due for update skip locked
     ), planned as (
       select ready.id from ready join session s on s.id = ready.session_id join tenant n on n.id = ready.tenant_id
       where ready.effective_discretionary and ${hoursInForce} is not null
     ), promoted as (
       update task set due = true where id in (select id from ready except select id from planned)
     )
     select count(*)::int as planned from planned`,
    [promotedAtOnce],
  )
  if (found!.planned > 0) await promotePlanned(database, promotedAtOnce)
}

/** Tasks whose lease has ended go back to waiting, no attempt charged; those past their deadline, or for a host that is given up, fail. */
async function reap(ledger: Ledger): Promise<number> {
  const returned = await ledger.first<{ count: number }>(
    `with lost as (
       select id, state as lost_state, worker_id as lost_worker from task
       where state in ('dispatched', 'running', 'completing') and lease_until < clock_timestamp()
       limit 1000 for update skip locked
     ), returned as (
       update task set state = 'waiting', due = true, epoch = epoch + 1, worker_id = null, lease_until = null,
         bytes_per_second = null, ${countStep}
       from lost where task.id = lost.id
       returning task.id, task.tenant_id, task.session_id, task.state, task.steps, lost.lost_state, lost.lost_worker
     ), ${writingSteps('returned', 'leaseLost')}, noted as (${notingStates('returned')})
     select (select count(*) from returned)::int as count, (select count(*) from noted) as noted`,
  )
  const late = await ledger.many<{ id: string }>(
    `select id from task where state in ('waiting', 'dispatched', 'running') and deadline < statement_timestamp() limit 100`,
  )
  for (const { id } of late)
    await ledger.transaction((tx) =>
      failTask(
        tx,
        { id },
        {
          fault: 'deadline_exceeded',
          detail: 'the task did not finish within timeoutIntervalForResource',
          retriable: true,
          transactions: [],
          response: null,
        },
      ),
    )
  return returned!.count + late.length + (await giveUpHosts(ledger))
}
