import { connectionsPerHost } from '../../dispatch/rules/capacity.ts'
import type { Task } from './task.ts'
import { type WaitingFacts, type WaitingReason, waitingReasons } from './waiting-reason.ts'
import { gateDetail } from './wake-delay-text.ts'

export interface WaitingFor {
  reason: WaitingReason
  /** RFC 3339; absent when no clock decides it. */
  until?: string
  detail: string
}

type Said = Omit<WaitingFor, 'reason'>

/** One row is a reason and what is said of it. */
const said: Record<WaitingReason, (task: Task, facts: WaitingFacts) => Said> = {
  earliestBeginDate: (task) => ({
    ...until(task.earliestBeginDate),
    detail: 'the task asked not to begin before this time',
  }),
  wakeLimiter: (task, { at }) => ({ ...until(task.gatedUntil), detail: gateDetail(at, task) }),
  discretionary: (task, { at }) =>
    task.readyAt > at
      ? { ...until(task.readyAt), detail: 'it is discretionary, and the preferred hours begin then' }
      : { detail: 'it is discretionary, and there is no spare capacity at the moment' },
  tenantCapacity: (_task, { tenantInFlight, tenantCap }) => ({
    detail:
      tenantInFlight >= tenantCap
        ? `${tenantInFlight} of the tenant's tasks are on their way, and ${tenantCap} may be at once`
        : `${tenantInFlight} of the tenant's tasks are on their way, and bring as many bytes as may be expected at once`,
  }),
  hostCapacity: (_task, { hostInFlight, hostCap, fleetAtHost }) => ({
    detail:
      fleetAtHost >= connectionsPerHost
        ? `${fleetAtHost} tasks of all tenants are on their way to this host, and ${connectionsPerHost} may be at once`
        : `${hostInFlight} of the session's tasks are on their way to this host, and httpMaximumConnectionsPerHost is ${hostCap}`,
  }),
  hostBackoff: (_task, { at, hostBlockedUntil, hostReason }) => {
    const why = hostReason === null ? '' : `: ${hostReason}`
    if (hostBlockedUntil === null || hostBlockedUntil <= at)
      return { detail: `the host did not answer usably; one request at a time tries it again${why}` }
    return { ...until(hostBlockedUntil), detail: `the host is left alone until then, by all tenants${why}` }
  },
  retryBackoff: (task) => ({
    ...until(task.retryAt),
    detail: `attempt ${task.attempts} failed${task.error ? `: ${task.error.detail}` : ''}`,
  }),
  delegateDecision: (task) => ({
    ...until(task.decisionUntil),
    detail: 'the delegate was asked what to do with it and has not given a usable answer yet',
  }),
  // After a fault of our own no attempt is charged, but the task rests for a moment.
  capacity: (task, { at, workers }) => {
    if (task.readyAt > at)
      return { ...until(task.readyAt), detail: 'the service could not carry on with it and will take it up again' }
    return {
      detail: workers === 0 ? 'it may run now, but no worker is there' : 'it may run now and waits for a free worker',
    }
  },
}

/** Why a waiting task has not begun, in the order of {@link waitingReasons}; nothing for a task that does not wait. */
export function waitingFor(task: Task): WaitingFor[] {
  const { waiting } = task
  if (waiting === null) return []
  return waiting.reasons
    .toSorted((a, b) => waitingReasons.indexOf(a) - waitingReasons.indexOf(b))
    .map((reason) => ({ reason, ...said[reason](task, waiting) }))
}

function until(time: Date | null): { until?: string } {
  return time === null ? {} : { until: time.toISOString() }
}
