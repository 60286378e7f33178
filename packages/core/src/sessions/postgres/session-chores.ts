import { invalidateFinished } from '../../ledger/end-session.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { holdClosedSessions } from '../../ledger/preferred-hours-sql.ts'
import type { SessionChores } from '../session-chores.ts'
import { cancelMarkedSessions } from './cancel-tasks.ts'

export function createSessionChores(ledger: Ledger): SessionChores {
  return {
    cancelTasks: () => cancelMarkedSessions(ledger),
    invalidateSessions: () => invalidateFinished(ledger),
    holdClosedSessions: () => holdClosedSessions(ledger),
  }
}
