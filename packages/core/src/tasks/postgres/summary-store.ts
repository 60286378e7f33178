import type { Database } from '../../database/database.ts'
import { isWaiting, waitingJoins, waitingReasonsOf } from '../../ledger/waiting-reasons-sql.ts'
import { type WaitingReason, waitingReasons } from '../rules/waiting-reason.ts'
import type { SummaryStore } from '../task-store.ts'

export function createSummaryStore(database: Database): SummaryStore {
  return {
    async countWaiting(tenantId) {
      const rows = await database.many<{ reason: WaitingReason; count: number }>(
        `select r.reason, count(*)::int as count from task t ${waitingJoins('$1')}
         cross join lateral unnest(${waitingReasonsOf}) as r(reason)
         where t.tenant_id = $1 and ${isWaiting} group by r.reason`,
        [tenantId],
      )
      const none = Object.fromEntries(waitingReasons.map((reason) => [reason, 0])) as Record<WaitingReason, number>
      return { ...none, ...Object.fromEntries(rows.map(({ reason, count }) => [reason, count])) }
    },
  }
}
