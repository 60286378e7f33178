import type { Ledger } from '../../ledger/ledger.ts'
import type { RetentionChores, RetentionStore } from '../retention-store.ts'
import { type RetentionSettings, retentionOf } from '../rules/retention.ts'
import { forgetSessions } from './forget-sessions.ts'
import { forgetTasks, type LookedAt } from './forget-tasks.ts'
import { forgetTraces, forgetUsage } from './forget-traces.ts'

export function createRetentionStore(ledger: Ledger, settings: RetentionSettings): RetentionStore & RetentionChores {
  const days = retentionOf(settings)
  let lastTask: LookedAt | null = null
  let lastSession: LookedAt | null = null
  return {
    async isGone(tenantId, taskId) {
      const row = await ledger.first('select 1 from gone_task where tenant_id = $1 and id = $2', [tenantId, taskId])
      return row !== null
    },
    async forgetTasks() {
      const { forgotten, last } = await forgetTasks(ledger, days, lastTask)
      lastTask = last
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
