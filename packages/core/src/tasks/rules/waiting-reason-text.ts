import { connectionsPerHost } from '../../dispatch/rules/capacity.ts'
import { seconds } from '../../kernel/rules/duration-text.ts'
import type { Task } from './task.ts'
import { type ReachedQuota, type WaitingFacts, type WaitingReason, waitingReasons } from './waiting-reason.ts'

export interface WaitingFor {
  reason: WaitingReason
  /** RFC 3339; absent when no clock decides it. */
  until?: string
  detail: string
}

type ReasonText = Omit<WaitingFor, 'reason'>

/** The text of each reason, for clients. */
const reasonText: Record<WaitingReason, (task: Task, facts: WaitingFacts) => ReasonText> = {
  earliestBeginDate: (task) => ({
    ...until(task.earliestBeginDate),
    detail: 'its earliestBeginDate has not come',
  }),
  wakeLimiter: (task, { at }) => ({ ...until(task.gatedUntil), detail: gateDetail(at, task) }),
  discretionary: (task, { at }) =>
    task.readyAt > at
      ? { ...until(task.readyAt), detail: 'discretionary; the preferred hours begin then' }
      : { detail: 'discretionary; there is no spare capacity at the moment' },
  tenantCapacity: (_task, { tenantInFlight, tenantCap }) => ({
    detail:
      tenantInFlight >= tenantCap
        ? `${tenantInFlight} of ${tenantCap} concurrent tasks in use`
        : `the ${tenantInFlight} concurrent tasks in use expect as many bytes as a tenant may at once`,
  }),
  quota: (_task, { quotas }) => {
    const times = quotas.map(({ resetsAt }) => resetsAt)
    return {
      // Without a quota that only deleting files helps against, it begins when the clock says so.
      ...until(times.includes(null) ? null : (times[0] ?? null)),
      detail: quotas.map(quotaDetail).join('; ') || "a quota of the tenant's bytes is reached",
    }
  },
  hostCapacity: (_task, { hostInFlight, hostCap, fleetAtHost }) => ({
    detail:
      fleetAtHost >= connectionsPerHost
        ? `${fleetAtHost} of ${connectionsPerHost} concurrent tasks at this host in use, by all tenants`
        : `${hostInFlight} of ${hostCap} concurrent tasks of the session at this host in use (httpMaximumConnectionsPerHost)`,
  }),
  hostBackoff: (_task, { at, hostBlockedUntil, hostReason }) => {
    const why = hostReason === null ? '' : `: ${hostReason}`
    if (hostBlockedUntil === null || hostBlockedUntil <= at)
      return { detail: `the host has failed; one request at a time tries it again${why}` }
    return { ...until(hostBlockedUntil), detail: `backing off from this host until then, for all tenants${why}` }
  },
  retryBackoff: (task) => ({
    ...until(task.retryAt),
    detail: `attempt ${task.attempts} failed${task.error ? `: ${task.error.detail}` : ''}`,
  }),
  delegateDecision: (task) => ({
    ...until(task.decisionUntil),
    detail: "waiting for the delegate's decision",
  }),
  // After an internal error no attempt is charged, but the task pauses for a moment.
  capacity: (task, { at, workers }) => {
    if (task.readyAt > at)
      return { ...until(task.readyAt), detail: 'the service had an internal error and retries then' }
    return {
      detail: workers === 0 ? 'ready; no worker is available' : 'ready; waiting for a free worker',
    }
  },
}

/** Why a waiting task has not begun, in the order of {@link waitingReasons}; nothing for a task that does not wait. */
export function waitingFor(task: Task): WaitingFor[] {
  const { waiting } = task
  if (waiting === null) return []
  return waiting.reasons
    .toSorted((a, b) => waitingReasons.indexOf(a) - waitingReasons.indexOf(b))
    .map((reason) => ({ reason, ...reasonText[reason](task, waiting) }))
}

function quotaDetail({ name, maximum, used, resetsAt }: ReachedQuota): string {
  const helps =
    resetsAt === null
      ? 'it begins when files have expired or are deleted, or the operator allows more'
      : 'it begins on the next day, UTC, or when the operator allows more'
  return `${used} of ${maximum} bytes are used (${name}); ${helps}`
}

function until(time: Date | null): { until?: string } {
  return time === null ? {} : { until: time.toISOString() }
}

/** Until when the wake limiter holds a task back, and the delay that it met. */
export interface Gate {
  gatedUntil: Date | null
  gateDelaySeconds: number | null
}

/** Why a task is gated at `at`: when its client was woken, and the delay. A task of an older release may not know its delay. */
export function gateDetail(at: Date, { gatedUntil, gateDelaySeconds: delaySeconds }: Gate): string {
  if (gatedUntil === null || delaySeconds === null) return 'the delay since the client was last woken has not elapsed'
  const wokenAtMs = gatedUntil.getTime() - delaySeconds * 1000
  return `the client was woken ${seconds(at.getTime() - wokenAtMs)} ago; the delay is ${delaySeconds} s`
}
