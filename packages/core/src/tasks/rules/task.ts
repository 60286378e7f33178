import type { Checksums, TaskResponse, Transaction } from '@backhaul/transfer/rules'
import type { PreferredHours } from '../../sessions/rules/preferred-hours.ts'

import type { TaskError } from './task-error.ts'
import type { TaskSettings } from './task-settings.ts'
import type { WaitingFacts } from './waiting-reason.ts'

/**
 * As stored. Clients see `dispatched` as waiting and `completing` as running.
 *
 * - `suspended`: made without being resumed, or stopped by the client. Nothing happens until it is resumed.
 * - `waiting`: it is to run. `due` says that its own time has come; a dispatcher then claims it when there is room.
 * - `dispatched`: claimed, with a lease of 8 s. Its hint is in the queue, and no worker has taken it yet.
 * - `running`: a worker downloads it and renews the lease every second.
 * - `completing`: finalized. All bytes are in storage, size and checksums are on record; the object is being completed.
 * - `completed`, `failed`, `canceled`: ended, for good. The client has been told and nothing takes it back.
 *
 * A task leaves `dispatched`, `running` and `completing` with a higher epoch, which fences the worker that had it.
 */
export type TaskState =
  | 'suspended'
  | 'waiting'
  | 'dispatched'
  | 'running'
  | 'completing'
  | 'completed'
  | 'failed'
  | 'canceled'

/** As the client sees it: the API's field `state`. */
export const publicTaskStates = ['suspended', 'waiting', 'running', 'completed', 'failed', 'canceled'] as const
export type PublicTaskState = (typeof publicTaskStates)[number]

const unended = ['suspended', 'waiting', 'dispatched', 'running', 'completing'] as const
const inFlight = ['dispatched', 'running', 'completing'] as const

/** All transitions of a task. Any other is illegal; every change is a compare-and-set on `from`. */
export const taskTransitions = {
  resume: { from: ['suspended'], to: 'waiting' },
  suspend: { from: ['waiting', ...inFlight], to: 'suspended' },
  dispatch: { from: ['waiting'], to: 'dispatched' },
  begin: { from: ['dispatched'], to: 'running' },
  finalize: { from: ['running'], to: 'completing' },
  /** The lease ended, the attempt failed or the worker is stopping. */
  giveBack: { from: inFlight, to: 'waiting' },
  complete: { from: ['running', 'completing'], to: 'completed' },
  fail: { from: ['waiting', ...inFlight], to: 'failed' },
  cancel: { from: unended, to: 'canceled' },
} as const satisfies Record<string, { from: readonly TaskState[]; to: TaskState }>

export type TaskTransition = keyof typeof taskTransitions

export function isEnded(state: TaskState): state is 'completed' | 'failed' | 'canceled' {
  return state === 'completed' || state === 'failed' || state === 'canceled'
}

export const inFlightStates: readonly TaskState[] = inFlight
export const unendedStates: readonly TaskState[] = unended

/** The stored states behind one that clients name. */
export function storedStates(state: PublicTaskState): TaskState[] {
  if (state === 'waiting') return ['waiting', 'dispatched']
  if (state === 'running') return ['running', 'completing']
  return [state]
}

export function publicState(state: TaskState): PublicTaskState {
  if (state === 'dispatched') return 'waiting'
  if (state === 'completing') return 'running'
  return state
}

/** Where the body broke off in a row of attempts that gained nothing. Stored with the task. */
export interface BodyCut {
  /** The byte of the file behind the last one that came. */
  at: number
  /** What the task had received then; more of it is a gain although the body ended at the same byte. */
  bytesReceived: number
  /** Attempts in a row, the newest one included. */
  times: number
}

export type FileState = 'temporary' | 'permanent' | 'released' | 'expired'

export interface TaskFile {
  state: FileState
  key: string
  bytes: number
  checksums: Checksums
  leaseExpiresAt: Date | null
}

export interface Task extends TaskSettings {
  id: string
  tenantId: string
  sessionId: string
  sessionIdentifier: string
  taskIdentifier: number
  state: TaskState
  epoch: number
  request: { url: string; headers: Record<string, string> }
  /** As the client gave it, when its delegate has changed it since; otherwise null. */
  originalRequest: { url: string; headers: Record<string, string> } | null
  /** The URL after redirects, once there was an answer. */
  currentUrl: string | null
  createdIn: 'foreground' | 'background'
  /** Of the request that created it (W3C Trace Context); null: it came without. */
  traceparent: string | null
  isDiscretionary: boolean
  effectiveDiscretionary: boolean
  readyAt: Date
  /** The delegate was asked about it and may answer until then. */
  decisionUntil: Date | null
  earliestBeginDate: Date | null
  gatedUntil: Date | null
  /** From the wake that gated it to `gatedUntil`. */
  gateDelaySeconds: number | null
  retryAt: Date | null
  deadline: Date | null
  /** A discretionary task begins no later than this, whatever the conditions; null for others, and before it was resumed. */
  latestStart: Date | null
  /** In force for its session; null: any time, or not looked up, because it does not wait. */
  preferredHours: PreferredHours | null
  bytesReceived: number
  bytesExpected: number | null
  bytesPerSecond: number | null
  attempts: number
  suspectFailures: number
  cleanRestarts: number
  bodyCut: BodyCut | null
  response: TaskResponse | null
  file: TaskFile | null
  error: TaskError | null
  /** Resume data: the token for the parts that it keeps since it has failed or was canceled; null: it keeps nothing. */
  resumeData: string | null
  transactions: Transaction[]
  /** Null for a task that does not wait. */
  waiting: WaitingFacts | null
  createdAt: Date
  resumedAt: Date | null
  beganAt: Date | null
  endedAt: Date | null
}
