import { connectionsPerHost } from '../../dispatch/rules/capacity.ts'
import { type HostHealth, type HostStateName, hostStateName, isBlocked } from './host-health.ts'

/** Politeness towards a host as JSON. Times are RFC 3339 with milliseconds. */
export interface HostView {
  host: string
  state: HostStateName
  blockedUntil: string | null
  downSince: string | null
  reason: string | null
  decidedAt: string | null
  bytesPerSecond: number | null
  singleConnectionUntil: string | null
  connections: { yours: number; limit: number }
  waitingTasks: number
}

/** The state of a host that all tenants share, and one tenant's own tasks there. */
export interface HostStanding {
  health: HostHealth
  /** Measured, smoothed; null: not known yet. */
  bytesPerSecond: number | null
  /** Until then a download has one connection there, by the database's clock; null: it has refused no second one. */
  singleConnectionUntilMs: number | null
  /** The database's clock. */
  nowMs: number
  /** The tenant's tasks in flight there. */
  connections: number
  /** The tenant's. */
  waitingTasks: number
}

export function hostView(host: string, facts: HostStanding): HostView {
  const { health, bytesPerSecond, singleConnectionUntilMs, nowMs, connections, waitingTasks } = facts
  const isSingle = singleConnectionUntilMs !== null && singleConnectionUntilMs > nowMs
  const { reason, decidedAtMs, blockedUntilMs, downSinceMs } = health
  return {
    host,
    state: hostStateName(health, nowMs),
    blockedUntil: isBlocked(health, nowMs) ? new Date(blockedUntilMs!).toISOString() : null,
    downSince: downSinceMs === null ? null : new Date(downSinceMs).toISOString(),
    reason,
    decidedAt: reason === null || decidedAtMs === null ? null : new Date(decidedAtMs).toISOString(),
    bytesPerSecond,
    singleConnectionUntil: isSingle ? new Date(singleConnectionUntilMs).toISOString() : null,
    connections: { yours: connections, limit: connectionsPerHost },
    waitingTasks,
  }
}
