import type { Ledger } from '../../ledger/ledger.ts'
import type { RetentionChores, RetentionStore } from '../retention-store.ts'
import { type RetentionSettings, retentionOf } from '../rules/retention.ts'
import { afterCall, firstRound, type Round } from '../rules/round.ts'
import { forgetSessions } from './forget-sessions.ts'
import { forgetTasks, type LookedAt } from './forget-tasks.ts'
import { forgetTraces, forgetUsage } from './forget-traces.ts'

export function createRetentionStore(ledger: Ledger, settings: RetentionSettings): RetentionStore & RetentionChores {
  const days = retentionOf(settings)
  let round: Round<LookedAt> = firstRound
  let lastSession: LookedAt | null = null
  return {
    async isGone(tenantId, taskId) {
      const row = await ledger.first('select 1 from gone_task where tenant_id = $1 and id = $2', [tenantId, taskId])
      return row !== null
    },
    async forgetTasks() {
      const { forgotten, ...end } = await forgetTasks(ledger, days, round.after)
      round = afterCall(round, end)
      return forgotten
    },
    async forgetSessions() {
      const { forgotten, last } = await forgetSessions(ledger, days, lastSession)
      lastSession = last
      return forgotten
    },
    forgetTraces: () => forgetTraces(ledger, days),
    forgetUsage: () => forgetUsage(ledger, days),
  }
}
