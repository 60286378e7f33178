import type { WaitingFor } from '@backhaul/sdk'
import { wordFor } from './known.ts'

export type Reason = WaitingFor['reason']

/** In words, and a colour that stays the same on every page. */
export const reasons: Record<Reason, { words: string; colour: string }> = {
  earliestBeginDate: { words: 'not before its begin date', colour: '#0284c7' },
  wakeLimiter: { words: 'wake limiter', colour: '#d97706' },
  discretionary: { words: 'discretionary: when it suits', colour: '#059669' },
  tenantCapacity: { words: 'your share of the workers is in use', colour: '#7c3aed' },
  quota: { words: 'quota reached', colour: '#db2777' },
  hostCapacity: { words: 'connections of the host are in use', colour: '#4f46e5' },
  hostBackoff: { words: 'host rests', colour: '#dc2626' },
  retryBackoff: { words: 'before the next attempt', colour: '#ea580c' },
  delegateDecision: { words: 'waits for your decision', colour: '#0d9488' },
  capacity: { words: 'all workers are busy', colour: '#64748b' },
}

/** Of a reason that a newer service has, its own name. */
export function lookOfReason(reason: Reason): { words: string; colour: string } {
  return wordFor<{ words: string; colour: string }>(reasons, reason, { words: reason, colour: '#64748b' })
}

/** Those that hold tasks, most first. */
export function heldBy(counts: Record<Reason, number>): { reason: Reason; tasks: number }[] {
  return (Object.entries(counts) as [Reason, number][])
    .filter(([, tasks]) => tasks > 0)
    .map(([reason, tasks]) => ({ reason, tasks }))
    .sort((a, b) => b.tasks - a.tasks)
}
