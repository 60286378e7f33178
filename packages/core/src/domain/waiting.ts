import type { Task } from './task.ts'

export const waitingReasons = [
  'earliestBeginDate',
  'wakeLimiter',
  'retryBackoff',
  'delegateDecision',
  'capacity',
] as const
export type WaitingReason = (typeof waitingReasons)[number]

export interface WaitingFor {
  reason: WaitingReason
  /** RFC 3339; absent when no clock decides it. */
  until?: string
  detail: string
}

/** Why a waiting task has not begun, by the facts of its row: every gate that is still shut, or else room on a worker. */
export function waitingFor(task: Task, nowMs: number): WaitingFor[] {
  if (task.state !== 'waiting' && task.state !== 'dispatched') return []
  if (task.decisionUntil !== null)
    return [
      {
        reason: 'delegateDecision',
        until: task.decisionUntil.toISOString(),
        detail: 'the delegate was asked what to do with it and has not given a usable answer yet',
      },
    ]
  const reasons: WaitingFor[] = []
  const shut = (until: Date | null): until is Date => until !== null && until.getTime() > nowMs
  if (shut(task.earliestBeginDate))
    reasons.push({
      reason: 'earliestBeginDate',
      until: task.earliestBeginDate.toISOString(),
      detail: 'the task asked not to begin before this time',
    })
  if (shut(task.gatedUntil))
    reasons.push({
      reason: 'wakeLimiter',
      until: task.gatedUntil.toISOString(),
      detail: 'it was created in the background soon after the client had been woken; the delay has not elapsed yet',
    })
  if (shut(task.retryAt))
    reasons.push({
      reason: 'retryBackoff',
      until: task.retryAt.toISOString(),
      detail: `attempt ${task.attempts} failed${task.error ? `: ${task.error.detail}` : ''}`,
    })
  // After a fault of our own no attempt is charged, but the task rests for a moment.
  if (reasons.length === 0 && task.beganAt !== null && shut(task.readyAt))
    reasons.push({
      reason: 'capacity',
      until: task.readyAt.toISOString(),
      detail: 'the service could not carry on with it and will take it up again',
    })
  if (reasons.length === 0) reasons.push({ reason: 'capacity', detail: 'it may run now and waits for a free worker' })
  return reasons
}
