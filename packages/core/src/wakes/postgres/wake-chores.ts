import type { Ledger } from '../../ledger/ledger.ts'
import type { LimiterPolicy } from '../rules/wake-limiter.ts'
import type { WakeChores } from '../wake-chores.ts'
import { bringWakesForward, openOwedWakes } from './owed-wakes.ts'

export function createWakeChores(ledger: Ledger, policy: LimiterPolicy): WakeChores {
  let lastLookedAt: string | null = null
  return {
    async bringWakesForward() {
      lastLookedAt = await bringWakesForward(ledger, lastLookedAt)
    },
    openWakes: () => openOwedWakes(ledger, policy),
  }
}
