import type { DecisionKind } from '../../decisions/rules/decision.ts'
import { isEnded, type Task } from '../../tasks/rules/task.ts'
import { type Gate, gateDetail, waitingFor } from '../../tasks/rules/waiting-reason-text.ts'
import { type TaskDelivery, type TaskEvent, type TaskWake, telling } from './delivery-text.ts'
import { dueDetail, entriesOfStep, gateOfStep } from './step-text.ts'
import type { TaskStep } from './task-step.ts'
import { type Draft, rankOf, type TimelineEntry } from './timeline-entry.ts'

export interface TaskDecision {
  kind: DecisionKind
  state: 'open' | 'answered' | 'settled' | 'timedOut' | 'withdrawn'
  disposition: string | null
  askedAt: Date
  expiresAt: Date
  settledAt: Date | null
}
/** The rows that tell of a task. */
export interface TimelineFacts {
  at: Date
  task: Task
  /** How many steps were written; more than there are when the middle was forgotten. */
  stepCount: number
  steps: TaskStep[]
  events: TaskEvent[]
  deliveries: TaskDelivery[]
  wakes: TaskWake[]
  decisions: TaskDecision[]
}

interface Timeline {
  /** Oldest first. `place` is unique and sorts as they do. */
  entries: { place: TimelinePlace; entry: TimelineEntry }[]
  /** Steps in the middle that are no longer kept. */
  omittedSteps: number
}
/** Time in milliseconds, rank of the kind, number. */
type TimelinePlace = readonly [number, number, number]

/** Everything that is known to have happened to a task. */
export function timelineOf(facts: TimelineFacts): Timeline {
  const drafts = [
    ...beginning(facts),
    ...facts.steps.flatMap(entriesOfStep),
    ...dueNow(facts),
    ...requests(facts.task),
    ...facts.decisions.flatMap(deciding),
    ...ending(facts.task),
    ...telling(facts),
    ...waitingNow(facts),
  ]
  const due = new Set<number>()
  const entries = drafts
    // A task that is chosen again had become due once.
    .filter(({ kind, at }) => kind !== 'due' || (!due.has(at.getTime()) && due.add(at.getTime())))
    .map(({ n = 0, at, ...rest }) => ({
      place: [at.getTime(), rankOf(rest.kind), n] as const,
      entry: { at: at.toISOString(), ...rest },
    }))
    .toSorted((a, b) => comparePlaces(a.place, b.place))
  // One may have been written between the reading of the task and of its steps.
  return { entries, omittedSteps: Math.max(0, facts.stepCount - facts.steps.length) }
}

export function comparePlaces(a: TimelinePlace, b: TimelinePlace): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}

/** The creation, with the effect of the wake limiter and the begin date. */
function beginning({ task, steps }: TimelineFacts): Draft[] {
  const { createdAt: at, createdIn, taskIdentifier, sessionIdentifier, earliestBeginDate } = task
  const suspended = task.resumedAt === null || task.resumedAt > at
  const drafts: Draft[] = [
    {
      at,
      kind: 'created',
      detail: `created in the ${createdIn} as task ${taskIdentifier} of session ${sessionIdentifier}${suspended ? ', suspended' : ''}`,
    },
  ]
  const gate = gateAtCreation(task, steps)
  if (gate.gatedUntil !== null) {
    const detail = `the wake limiter holds it back: ${gateDetail(at, gate)}`
    drafts.push({ at, kind: 'gated', until: gate.gatedUntil.toISOString(), detail })
  } else if (!suspended) {
    // A suspended task meets the wake limiter when it is resumed.
    const why =
      createdIn === 'foreground'
        ? 'the client was in the foreground'
        : 'none was in force, or it had elapsed when the task could begin'
    drafts.push({ at, kind: 'admitted', detail: `no delay: ${why}` })
  }
  if (earliestBeginDate !== null && earliestBeginDate > at)
    drafts.push({
      at,
      kind: 'held',
      until: earliestBeginDate.toISOString(),
      detail: 'held until earliestBeginDate, as it was asked',
    })
  return drafts
}

/** A step that released it or ended its wake delay has kept the delay; a task that was resumed before that had none. */
function gateAtCreation(task: Task, steps: readonly TaskStep[]): Gate {
  const first = steps.find(({ data }) => 'gatedUntil' in data)
  if (first === undefined) return task
  return first.kind === 'resumed' ? { gatedUntil: null, gateDelaySeconds: null } : gateOfStep(first)
}

/** Its time has come, and it is not claimed yet. A claimed task's step has the time at which it was due. */
function dueNow({ task, stepCount, at }: TimelineFacts): Draft[] {
  if (task.state !== 'waiting' || task.readyAt > at) return []
  return [{ at: task.readyAt, kind: 'due', n: 2 * stepCount + 1, detail: dueDetail }]
}

/** The requests that were made, by the clocks of the workers that made them. */
function requests({ transactions }: Task): Draft[] {
  return transactions.flatMap((transaction, n) => {
    const time = transaction.requestStart ?? transaction.responseStart ?? transaction.responseEnd
    if (time === null) return []
    const at = new Date(time)
    const { status, url, resumedFrom, countOfResponseBodyBytesReceived: bytes, notes = [] } = transaction
    const response = status === null ? 'without an answer' : `answered with ${status}`
    const from = resumedFrom === null ? '' : ` from byte ${resumedFrom}`
    const asked: Draft = {
      at,
      kind: 'requested',
      n,
      bytes,
      detail: [
        `GET ${url}${from}, ${response}`,
        `${bytes} bytes of its body came`,
        ...notes.map(({ detail }) => detail),
      ].join('; '),
    }
    if (status !== null) asked.status = status
    if (resumedFrom === null) return [asked]
    asked.offset = resumedFrom
    // A range that does not fit is thrown away unread.
    if (status !== 206 || bytes === 0) return [asked]
    const detail = `went on from byte ${resumedFrom}: what was stored before is of the same version`
    return [asked, { at, kind: 'resumedAtOffset', n, offset: resumedFrom, detail }]
  })
}

const questions: Record<DecisionKind, string> = {
  delayedRequest: 'the delegate was asked whether it may begin',
  authenticationChallenge: 'the delegate was asked for a credential',
}
const fallbacks: Record<DecisionKind, string> = {
  delayedRequest: 'no usable answer came in time: it goes on as it is',
  authenticationChallenge: 'no usable answer came in time: it fails',
}

/** The questions to its delegate, and their outcomes. */
function deciding({ kind, state, disposition, askedAt, expiresAt, settledAt }: TaskDecision, n: number): Draft[] {
  const asked: Draft = { at: askedAt, kind: 'asked', n, until: expiresAt.toISOString(), detail: questions[kind] }
  if (settledAt === null) return [asked]
  const detail =
    state === 'settled'
      ? `the delegate decided: ${disposition}`
      : state === 'timedOut'
        ? fallbacks[kind]
        : 'the question was withdrawn: the task was suspended, got another URL or has ended'
  return [asked, { at: settledAt, kind: 'decided', n, detail }]
}

/** Last, what the task waits for at this moment. */
function waitingNow({ task, at }: TimelineFacts): Draft[] {
  return waitingFor(task).map(({ reason, detail, until }, n) => ({
    at,
    kind: 'waiting',
    n,
    reason,
    detail,
    ...(until === undefined ? {} : { until }),
  }))
}

const endings: Record<'completed' | 'failed' | 'canceled', (task: Task) => string> = {
  completed: ({ file, attempts }) =>
    `${file?.bytes ?? 0} bytes are in storage; ${attempts === 1 ? 'the first attempt' : `${attempts} attempts`}`,
  failed: ({ error }) => error?.detail ?? 'it failed',
  canceled: ({ error }) => error?.detail ?? 'it was canceled',
}

function ending(task: Task): Draft[] {
  const { state, endedAt: at, error, file, attempts } = task
  if (at === null || !isEnded(state)) return []
  const draft: Draft = { at, kind: state, attempt: attempts, detail: endings[state](task) }
  if (state === 'completed' && file !== null) draft.bytes = file.bytes
  if (state === 'failed' && error !== null) draft.error = error.name
  return [draft]
}
