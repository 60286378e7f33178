import type { TimelineEntry } from '@backhaul/sdk'
import type { Bar, LifeOf, Mark, Told } from './life.ts'
import { type Hold, holdOf, split, waitBars } from './life-waits.ts'

type Doing = 'waits' | 'suspended' | 'taken' | 'runs' | 'stores' | 'unknown'

/** Of a task that went round very often the first steps and the newest are kept (packages/core/src/timeline/rules/task-step.ts). */
const firstKeptSteps = 50
const stepKinds: ReadonlySet<string> = new Set([
  ...['suspended', 'resumed', 'released', 'changed', 'putOff', 'dispatched', 'began', 'sealed', 'attemptFailed'],
  ...['handedBack', 'leaseLost', 'fileKept', 'fileMoved', 'fileRenewed', 'fileReleased'],
])

/** How an attempt ended, by the entry that ended it; otherwise it went well. */
const broken: Partial<Record<TimelineEntry['kind'], string>> = {
  suspended: 'suspended',
  attemptFailed: 'failed',
  handedBack: 'handed back',
  leaseLost: 'its worker was lost',
  failed: 'failed',
  canceled: 'canceled',
}

interface States {
  waits: Bar[]
  attempts: Bar[]
  marks: Mark[]
}

/** What the task was doing from one entry to the next: it waited, ran, was suspended, or was stored. */
export function statesOf(task: LifeOf, { entries, omittedSteps }: Told, nowMs: number): States {
  const told: States = { waits: [], attempts: [], marks: [] }
  const created = Date.parse(task.createdAt)
  const startsSuspended = task.resumedAt === null || Date.parse(task.resumedAt) > created
  const state: { doing: Doing | null; since: number; attempt: number; holds: readonly Hold[]; last: number } = {
    doing: startsSuspended ? 'suspended' : 'waits',
    since: created,
    attempt: 1,
    holds: [],
    last: created,
  }

  /** What it has been doing ends here. */
  const flush = (to: number, by: TimelineEntry['kind'] | null, isOpen: boolean): void => {
    const { doing, since, holds, attempt } = state
    state.since = to
    if (doing === 'waits') told.waits.push(...waitBars(since, to, holds, isOpen))
    else if (doing !== null && (to > since || isOpen)) {
      const bar = { from: since, to, ...(isOpen ? { isOpen } : {}) }
      if (doing === 'suspended') told.waits.push({ ...bar, phase: 'suspended', words: 'Suspended by the client' })
      else if (doing === 'unknown')
        told.waits.push({ ...bar, phase: 'unknown', words: `${omittedSteps} steps between were not kept` })
      else if (doing === 'taken') told.attempts.push({ ...bar, phase: 'taken', words: 'Chosen; a worker takes it up' })
      else if (doing === 'stores')
        told.attempts.push({ ...bar, phase: 'storing', words: 'Storage makes it one object' })
      else {
        const outcome = by === null ? undefined : broken[by]
        const words = `Attempt ${attempt}${outcome ? `: ${outcome}` : ''}`
        told.attempts.push({ ...bar, phase: outcome ? 'interrupted' : 'attempt', words })
      }
    }
  }
  const become = (next: Doing | null, at: number, by: TimelineEntry['kind'], holds: readonly Hold[] = []): void => {
    flush(at, by, false)
    Object.assign(state, { doing: next, holds })
  }

  let steps = 0
  for (const entry of entries) {
    const { kind } = entry
    const at = Math.max(state.last, Date.parse(entry.at))
    if (stepKinds.has(kind) && ++steps === firstKeptSteps + 1 && omittedSteps > 0 && state.doing !== null) {
      flush(state.last, null, false)
      state.doing = 'unknown'
    }
    const hold = holdOf(entry)
    switch (kind) {
      case 'gated':
      case 'held':
      case 'putOff':
      case 'asked':
        if (state.doing === 'waits') flush(at, kind, false)
        state.holds = [...state.holds, ...hold]
        break
      case 'due':
      case 'released':
      case 'decided':
        if (state.doing === 'waits') flush(at, kind, false)
        state.holds = split(state.holds, kind)
        break
      case 'dispatched':
        // An attempt that was called off has no entry for its end.
        if (state.doing === 'runs') become('waits', state.last, 'suspended')
        become('taken', at, kind)
        break
      case 'began':
        become('runs', at, kind)
        state.attempt = entry.attempt ?? 1
        break
      case 'sealed':
        become('stores', at, kind)
        break
      case 'suspended':
      case 'attemptFailed':
      case 'handedBack':
      case 'leaseLost':
        if (state.doing === 'runs') told.marks.push({ at, kind: 'interruption', words: entry.detail })
        become(kind === 'suspended' ? 'suspended' : 'waits', at, kind, hold)
        break
      case 'resumed':
        become('waits', at, kind, hold)
        break
      case 'completed':
      case 'failed':
      case 'canceled':
        told.marks.push({ at, kind: 'end', words: entry.detail })
        become(null, at, kind)
        break
      case 'waiting':
        // What holds it now is known, whatever was foreseen.
        state.holds = [...state.holds.filter(({ reason }) => reason !== entry.reason), ...hold]
        break
    }
    if (state.doing !== null) state.last = at
  }
  const end = task.endedAt === null ? nowMs : Date.parse(task.endedAt)
  flush(Math.max(state.last, end), null, task.endedAt === null)
  return told
}
