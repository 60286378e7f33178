import { classOf } from '../../tasks/rules/retry-policy.ts'
import type { TaskErrorName } from '../../tasks/rules/task-error.ts'

/**
 * One politeness state per host, shared by all tenants. While a host is blocked no task begins there. `halfOpen`: its
 * circuit is the reason, and after the block one request at a time tries the host. Times are Unix milliseconds.
 */
export interface HostHealth {
  blockedUntilMs: number | null
  halfOpen: boolean
  /** Connections one after the other that failed, without an answer between them. */
  failures: number
  /** When the first of these failures came; null: it answered since, or was never asked. */
  downSinceMs: number | null
  /**
   * The newest failure's error if it is suspect, as of a mistyped name; null: there is none, or it passes with time.
   */
  errorName: TaskErrorName | null
  /** Scheme of the request that failed: http and https of one name may be two servers. */
  errorScheme: HostScheme | null
  /** The reason for the newest change, a sentence for people: no tenant and no address in it. */
  reason: string | null
  decidedAtMs: number | null
}

export type HostScheme = 'http' | 'https'

/** The outcome of an attempt for the host. */
export type HostOutcome =
  | { kind: 'answered' }
  | { kind: 'slowDown'; status: number; retryAfterSeconds: number | null }
  | { kind: 'unreachable'; errorName: TaskErrorName; scheme: HostScheme }

interface HostHealthPolicy {
  /** Retry-After counts up to this. */
  askedCapMs: number
  /** Without Retry-After: the first back-off, and the longest that it doubles to. */
  backoffMs: number
  backoffCapMs: number
  /** Failed connections in a row that open the circuit. */
  failuresToOpen: number
  /** The first time that it stays open, and the longest that it doubles to. */
  openMs: number
  openCapMs: number
}

export const defaultHostHealthPolicy: HostHealthPolicy = {
  askedCapMs: 86_400_000,
  backoffMs: 1_000,
  backoffCapMs: 60_000,
  failuresToOpen: 5,
  openMs: 5_000,
  openCapMs: 600_000,
}

/** The state of a host that was reached. */
const reached = { failures: 0, downSinceMs: null, errorName: null, errorScheme: null } as const

export const unknownHost: HostHealth = {
  blockedUntilMs: null,
  halfOpen: false,
  ...reached,
  reason: null,
  decidedAtMs: null,
}

/** The state after an attempt; the same object when nothing changes. `random` is in [0, 1). */
export function nextHostHealth(
  policy: HostHealthPolicy,
  health: HostHealth,
  outcome: HostOutcome,
  nowMs: number,
  random: number,
): HostHealth {
  switch (outcome.kind) {
    case 'answered':
      return answered(health, nowMs)
    case 'slowDown':
      return slowedDown(policy, health, outcome, nowMs, random)
    case 'unreachable':
      return unreachable(policy, health, outcome, nowMs)
  }
}

/** A response closes the circuit. The host's own Retry-After is kept until its time has passed. */
function answered(health: HostHealth, nowMs: number): HostHealth {
  const asked = isBlocked(health, nowMs) && !health.halfOpen
  if (!needsAnswer(health) || (asked && health.failures === 0)) return health
  const blockedUntilMs = asked ? health.blockedUntilMs : null
  const reason = asked ? health.reason : 'it answered again'
  return { blockedUntilMs, halfOpen: false, ...reached, reason, decidedAtMs: nowMs }
}

/**
 * A 429 or 503 is a response too: the circuit closes, and all tasks wait until the later of the present block and the
 * one asked for.
 */
function slowedDown(
  policy: HostHealthPolicy,
  health: HostHealth,
  { status, retryAfterSeconds }: { status: number; retryAfterSeconds: number | null },
  nowMs: number,
  random: number,
): HostHealth {
  const until = (ms: number, reason: string): HostHealth => ({
    blockedUntilMs: Math.max(health.blockedUntilMs ?? 0, nowMs + ms),
    halfOpen: false,
    ...reached,
    reason,
    decidedAtMs: nowMs,
  })
  if (retryAfterSeconds !== null && retryAfterSeconds > 0) {
    return until(
      Math.min(retryAfterSeconds * 1000, policy.askedCapMs),
      `${status} with Retry-After: ${retryAfterSeconds} s`,
    )
  }
  // Attempts that began before the block say nothing new.
  if (isBlocked(health, nowMs)) return health.halfOpen ? until(0, `${status} without Retry-After`) : health
  // A 429 is often meant for one client alone: a single one slows no task; the block that it leaves has no length.
  if (status === 429 && health.blockedUntilMs === null) return until(0, '429 without Retry-After, once')
  const before = health.halfOpen ? 0 : (health.blockedUntilMs ?? 0) - (health.decidedAtMs ?? health.blockedUntilMs ?? 0)
  const ceiling = Math.min(Math.max(policy.backoffMs, before * 2), policy.backoffCapMs)
  return until(Math.round(ceiling * (0.5 + 0.5 * random)), `${status} without Retry-After`)
}

/** Failures of attempts that began before the block neither count nor make the block longer. */
function unreachable(
  policy: HostHealthPolicy,
  health: HostHealth,
  { errorName, scheme }: { errorName: TaskErrorName; scheme: HostScheme },
  nowMs: number,
): HostHealth {
  if (isBlocked(health, nowMs)) return health
  const failures = health.failures + 1
  const reason = `${failures} connection${failures === 1 ? '' : 's in a row'} failed: ${errorName}`
  const suspect = classOf(errorName) === 'suspect'
  const counted = {
    ...health,
    failures,
    downSinceMs: health.downSinceMs ?? nowMs,
    errorName: suspect ? errorName : null,
    errorScheme: suspect ? scheme : null,
    reason,
    decidedAtMs: nowMs,
  }
  if (failures < policy.failuresToOpen) return counted
  const doublings = Math.min(failures - policy.failuresToOpen, 30)
  const openMs = Math.min(policy.openMs * 2 ** doublings, policy.openCapMs)
  return { ...counted, blockedUntilMs: nowMs + openMs, halfOpen: true }
}

export function isBlocked({ blockedUntilMs }: Pick<HostHealth, 'blockedUntilMs'>, nowMs: number): boolean {
  return blockedUntilMs !== null && blockedUntilMs > nowMs
}

/** Whether an answer would change anything. */
function needsAnswer({ blockedUntilMs, halfOpen, failures }: HostHealth): boolean {
  return blockedUntilMs !== null || halfOpen || failures > 0
}

export const hostStates = ['healthy', 'backingOff', 'circuitOpen', 'halfOpen'] as const
export type HostStateName = (typeof hostStates)[number]

export function hostStateName(health: Pick<HostHealth, 'blockedUntilMs' | 'halfOpen'>, nowMs: number): HostStateName {
  if (isBlocked(health, nowMs)) return health.halfOpen ? 'circuitOpen' : 'backingOff'
  return health.halfOpen ? 'halfOpen' : 'healthy'
}
