import { clockNow } from '../../database/database.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { reportSlots, withdrawSlots } from '../../ledger/worker-slots.ts'
import type { ClaimStore } from '../claim-store.ts'
import { createClaimer } from './claim-tasks.ts'
import { promoteDue } from './promote-due.ts'

export function createClaimStore(ledger: Ledger): ClaimStore {
  const claimer = createClaimer(ledger)
  return {
    promoteDue: () => promoteDue(ledger),
    claimTasks: (free) => claimer.claim(free),

    reportSlots: (workerId, workerSlots) => reportSlots(ledger, workerId, workerSlots),
    withdrawSlots: (workerId) => withdrawSlots(ledger, workerId),

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
  }
}
