import type { DecisionKind } from '../../decisions/rules/decision.ts'
import { canonicalJson } from '../../kernel/rules/canonical-json.ts'
import { masked } from '../../kernel/rules/masking.ts'
import type { NextWake, Wake } from '../../wakes/rules/wake.ts'
import type { BandwidthWindow } from './bandwidth-timetable.ts'
import type { PreferredHours } from './preferred-hours.ts'

/**
 * - `active`: takes tasks.
 * - `finishing`: takes no new tasks. Those it has go on, or are canceled some at a time when the client asked for that.
 * - `invalidated`: its last task has ended and its client has been told (see `isSessionDone` below).
 *   `session.invalidated` was its last event. The identifier may be used for a new session.
 */
export const sessionStates = ['active', 'finishing', 'invalidated'] as const
export type SessionState = (typeof sessionStates)[number]

export const sessionTransitions = {
  finish: { from: ['active'], to: 'finishing' },
  invalidate: { from: ['active', 'finishing'], to: 'invalidated' },
} as const satisfies Record<string, { from: readonly SessionState[]; to: SessionState }>

export type Delegate = { kind: 'pull' } | { endpointId: string }

/** Frozen at creation. Durations are seconds. Names are Apple's where the concept is. */
export interface SessionConfiguration {
  delegate: Delegate
  isDiscretionary: boolean
  /** When its discretionary tasks may begin; null: as the tenant prefers. */
  preferredHours: PreferredHours | null
  sessionSendsLaunchEvents: boolean
  /** Idle time: no byte for so long is a retry. */
  timeoutIntervalForRequest: number
  /** Total time from max(resumed, earliestBeginDate); waiting counts. */
  timeoutIntervalForResource: number
  httpMaximumConnectionsPerHost: number
  httpAdditionalHeaders: Record<string, string>
  httpStatusPolicy: 'fail' | 'deliver'
  /** Statuses (400 to 599) that are retried although they are final otherwise: objects that appear late. */
  retryStatuses: number[]
  /**
   * What an attempt does with stored parts that no validator identifies. `never`: it begins anew. `compare`: it fetches them again,
   * compares them with what is stored, and stores only what follows.
   */
  resumeWithoutValidator: 'never' | 'compare'
  /** `decode`: a body in a content coding (gzip, deflate, br, zstd) is stored decoded. */
  contentDecoding: 'keep' | 'decode'
  /** Of all its transfers together, over all workers; null: no limit but the tenant's. */
  maximumBytesPerSecond: number | null
  /** Times of the week in which another maximum holds in the place of `maximumBytesPerSecond`. */
  bandwidthTimetable: BandwidthWindow[]
  /** How long an event is pending at most before the client is woken; null: until the session drains. */
  wakeMaximumLatency: number | null
  wakeCompletion: 'implied' | 'explicit'
  delegateDecisions: DecisionKind[]
  /** How long a task waits for its delegate's answer. */
  decisionTimeout: number
  fileRetention: 'lease' | 'untilReturn' | 'permanent'
  fileLeaseSeconds: number
}

export const defaultConfiguration: Omit<SessionConfiguration, 'delegate'> = {
  isDiscretionary: false,
  preferredHours: null,
  sessionSendsLaunchEvents: true,
  timeoutIntervalForRequest: 60,
  timeoutIntervalForResource: 604_800,
  httpMaximumConnectionsPerHost: 6,
  httpAdditionalHeaders: {},
  httpStatusPolicy: 'fail',
  retryStatuses: [],
  resumeWithoutValidator: 'never',
  contentDecoding: 'keep',
  maximumBytesPerSecond: null,
  bandwidthTimetable: [],
  wakeMaximumLatency: null,
  wakeCompletion: 'implied',
  delegateDecisions: [],
  decisionTimeout: 300,
  fileRetention: 'lease',
  fileLeaseSeconds: 86_400,
}

/** Grows when a default changes. A session keeps the version that its configuration was filled up with. */
export const defaultsVersion = 2

/**
 * The defaults for members that a client left out, by the version of the defaults when the session was created: a
 * client that comes back after an upgrade with the same request means the same configuration.
 */
export function defaultsOf(version: number): typeof defaultConfiguration {
  return version < 2 ? { ...defaultConfiguration, wakeMaximumLatency: 60 } : defaultConfiguration
}

interface Difference {
  /** JSON pointer into the configuration. */
  pointer: string
  stored: unknown
  given: unknown
}

/** Field by field; header values are compared but shown masked, their names compared whatever their case. */
export function differences(stored: SessionConfiguration, given: SessionConfiguration): Difference[] {
  const found: Difference[] = []
  for (const field of Object.keys(defaultConfiguration) as (keyof typeof defaultConfiguration)[]) {
    if (field === 'httpAdditionalHeaders') continue
    // Equal JSON, whatever the order of members in which the database returns it.
    if (canonicalJson(stored[field]) !== canonicalJson(given[field]))
      found.push({ pointer: `/${field}`, stored: stored[field], given: given[field] })
  }
  if (!sameDelegate(stored.delegate, given.delegate))
    found.push({ pointer: '/delegate', stored: stored.delegate, given: given.delegate })
  const before = byLowerName(stored.httpAdditionalHeaders)
  const after = byLowerName(given.httpAdditionalHeaders)
  for (const lower of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(lower)?.value === after.get(lower)?.value) continue
    // As it was written: the pointer is to lead there.
    const { name } = (after.get(lower) ?? before.get(lower))!
    const pointer = `/httpAdditionalHeaders/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    found.push({ pointer, stored: before.has(lower) ? masked : null, given: after.has(lower) ? masked : null })
  }
  return found
}

function sameDelegate(a: Delegate, b: Delegate): boolean {
  return 'kind' in a ? 'kind' in b : !('kind' in b) && a.endpointId === b.endpointId
}

function byLowerName(headers: Record<string, string>): Map<string, { name: string; value: string }> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), { name, value }]))
}

export interface Session {
  id: string
  tenantId: string
  identifier: string
  state: SessionState
  configuration: SessionConfiguration
  /** The version of the defaults that filled it up. */
  defaultsVersion: number
  createdAt: Date
  taskCounts: Record<'suspended' | 'waiting' | 'running' | 'completed' | 'failed' | 'canceled', number>
  openWake: Wake | null
  undeliveredEvents: number
  /** The pending events. */
  heldEvents: number
  /** Null: no wake is owed. */
  nextWake: NextWake | null
  /** How its client could work better with the service (advice.ts). */
  advice: string[]
}

/** The facts that decide whether a session that takes no new tasks has ended. */
export interface Ending {
  state: SessionState
  /** Suspended tasks are among them: they have not ended. */
  hasUnendedTasks: boolean
  wakeIsOpen: boolean
  wakeIsOwed: boolean
  /** Its client is called when it is in the background. */
  canBeWoken: boolean
  inForeground: boolean
}

/**
 * A finishing session ends with its last task, unless its client has still to be told in a wake: then when that is closed.
 * A client in the foreground needs no wake, and one that cannot be woken gets none.
 */
export function isSessionDone(ending: Ending): boolean {
  if (ending.state !== 'finishing' || ending.hasUnendedTasks || ending.wakeIsOpen) return false
  return !ending.wakeIsOwed || !ending.canBeWoken || ending.inForeground
}
