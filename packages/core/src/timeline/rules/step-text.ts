import { seconds } from '../../kernel/rules/duration-text.ts'
import type { RetryReason } from '../../tasks/rules/retry-policy.ts'
import { type Gate, gateDetail } from '../../tasks/rules/waiting-reason-text.ts'
import type { StepKind, TaskStep } from './task-step.ts'
import type { Draft } from './timeline-entry.ts'

export const dueDetail = 'it may run from here on'

type Told = Omit<Draft, 'at' | 'kind' | 'n'>

/** The text of each kind of step. */
const said: Record<StepKind, (step: TaskStep) => Told> = {
  suspended: ({ data }) => {
    const gate = 'gatedUntil' in data ? '; when it is resumed, the wake limiter decides about it anew' : ''
    return { detail: `the client suspended it; what is stored stays${gate}` }
  },
  resumed: (step) => {
    const gate = gateOfStep(step)
    const delay = gate.gatedUntil === null ? '' : `; the wake limiter holds it back: ${gateDetail(step.at, gate)}`
    return { ...waits(step.at, step.data), detail: `the client resumed it${delay}` }
  },
  released: () => ({
    detail: "the client came to the foreground: the wake limiter's delay is 0, and its gate is open",
  }),
  changed: ({ data }) => {
    const fields = Array.isArray(data.fields) ? data.fields.join(', ') : ''
    const stopped = data.calledOff === true ? '; the attempt in hand was called off, and is not charged' : ''
    return { detail: `the client changed ${fields}${stopped}` }
  },
  putOff: ({ at, data }) => ({
    ...waits(at, data),
    detail: 'put off until its preferred hours begin: it is discretionary',
  }),
  dispatched: ({ at, data }) => {
    const due = time(data.readyAt)
    const waited = due === null ? '' : `, ${seconds(at.getTime() - due.getTime())} after its time had come`
    return { detail: `chosen to run${waited}` }
  },
  began: ({ data }) => {
    const told: Told = { detail: `attempt ${number(data.attempt) ?? 1} began` }
    return { ...told, ...attempt(data), ...worker(data) }
  },
  sealed: ({ data }) => {
    const bytes = number(data.bytes)
    return {
      ...(bytes === null ? {} : { bytes }),
      detail: 'all bytes are stored and as expected; storage makes them one object',
    }
  },
  attemptFailed: (step) => failed(step),
  handedBack: ({ at, data }) => {
    const wait = waits(at, data)
    const why =
      wait.until === undefined ? 'its worker stopped or lost touch' : 'the service itself could not go on with it'
    return { ...wait, detail: `${why}, and handed it back; no attempt is charged` }
  },
  leaseLost: ({ data }) => ({
    ...worker(data),
    detail:
      data.state === 'dispatched'
        ? 'no worker took it up in time; it goes back to waiting, no attempt charged'
        : 'its worker gave no sign of life; it goes back to waiting, no attempt charged',
  }),
  fileKept: () => ({ detail: 'the client keeps the file for good' }),
  fileMoved: ({ data }) => ({
    ...(typeof data.key === 'string' ? { key: data.key } : {}),
    detail: 'the client moved the file',
  }),
  fileRenewed: ({ at, data }) => ({
    ...waits(at, { readyAt: data.leaseExpiresAt }),
    detail: "the client renewed the file's lease",
  }),
  fileReleased: () => ({ detail: 'the client let the file go' }),
}

/** The gate that a step gave the task, or took away from it. */
export function gateOfStep({ data }: TaskStep): Gate {
  return { gatedUntil: time(data.gatedUntil), gateDelaySeconds: number(data.gateDelaySeconds) }
}

/** The consequence of a failed attempt that is not simply retried. */
export const asksDelegate = 'asksDelegate'

const reasons: Record<RetryReason, string> = {
  retryAfter: 'as the origin asked with Retry-After',
  backoff: 'by exponential back-off with jitter',
  startOver: 'from the first byte, because what was stored was not what it should be',
}

/** The step as the timeline tells it; a task that was chosen had become due before. */
export function entriesOfStep(step: TaskStep): Draft[] {
  const { at, kind } = step
  const entry: Draft = { at, kind, n: 2 * step.number, ...said[kind](step) }
  const due = kind === 'dispatched' ? time(step.data.readyAt) : null
  if (due === null) return [entry]
  return [{ at: due, kind: 'due', n: 2 * step.number - 1, detail: dueDetail }, entry]
}

function failed({ at, data }: TaskStep): Told {
  const next = time(data.readyAt)
  const why = reasons[data.because as RetryReason] ?? reasons.backoff
  const retried =
    next === null ? '' : `; the next attempt comes ${seconds(next.getTime() - at.getTime())} later, ${why}`
  const wait = data.because === asksDelegate ? '; the delegate is asked for a credential' : retried
  const status = number(data.status)
  return {
    ...attempt(data),
    ...(typeof data.error === 'string' ? { error: data.error } : {}),
    ...(status === null ? {} : { status }),
    ...(next === null ? {} : { until: next.toISOString() }),
    detail: `attempt ${number(data.attempt) ?? 1} failed: ${String(data.detail ?? '')}${wait}`,
  }
}

function waits(at: Date, { readyAt }: Record<string, unknown>): { until?: string } {
  const until = time(readyAt)
  return until === null || until <= at ? {} : { until: until.toISOString() }
}

function attempt(data: Record<string, unknown>): { attempt?: number } {
  const made = number(data.attempt)
  return made === null ? {} : { attempt: made }
}

function worker({ workerId }: Record<string, unknown>): { workerId?: string } {
  return typeof workerId === 'string' ? { workerId } : {}
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function time(value: unknown): Date | null {
  return typeof value === 'string' ? new Date(value) : null
}
