import type { TimelineEntry } from '@backhaul/sdk'
import type { Bar } from './life.ts'
import type { Reason } from './waiting-reasons.ts'

/** What holds a task, until when. */
export interface Hold {
  reason: Reason
  until: number
}

/** What an entry says holds the task from then on. */
const reasonOf: Partial<Record<TimelineEntry['kind'], Reason>> = {
  gated: 'wakeLimiter',
  held: 'earliestBeginDate',
  resumed: 'wakeLimiter',
  putOff: 'discretionary',
  attemptFailed: 'retryBackoff',
  handedBack: 'hostBackoff',
  asked: 'delegateDecision',
}

export function holdOf({ kind, until, reason: told }: TimelineEntry): Hold[] {
  const reason = kind === 'waiting' ? told : reasonOf[kind]
  if (!reason) return []
  if (until) return [{ reason, until: Date.parse(until) }]
  // Now, and nobody knows for how long.
  return kind === 'waiting' ? [{ reason, until: Number.POSITIVE_INFINITY }] : []
}

/** What still holds it behind an entry that ends a wait for something. */
export function split(holds: readonly Hold[], kind: 'due' | 'released' | 'decided'): Hold[] {
  if (kind === 'due') return []
  const over = kind === 'decided' ? 'delegateDecision' : 'wakeLimiter'
  return holds.filter(({ reason }) => reason !== over)
}

/** A wait: as long as something holds it, by what holds it longest; then for its turn. What is still to come is planned. */
export function waitBars(from: number, to: number, holds: readonly Hold[], isOpen: boolean): Bar[] {
  if (to <= from && !isOpen) return []
  const open = isOpen ? { isOpen } : {}
  const [holding] = holds.filter(({ until }) => until > from).toSorted((a, b) => b.until - a.until)
  const turn = { phase: 'wait', to, words: 'Waited for its turn', reason: null, ...open } as const
  if (!holding) return [{ ...turn, from }]
  const { reason, until } = holding
  const held = { phase: 'wait', from, words: 'Waited', reason } as const
  if (until < to)
    return [
      { ...held, to: until },
      { ...turn, from: until },
    ]
  const bar: Bar = { ...held, to, ...open }
  if (!isOpen || until === to || until === Number.POSITIVE_INFINITY) return [bar]
  return [bar, { ...held, from: to, to: until, words: 'Will wait', isPlanned: true }]
}
