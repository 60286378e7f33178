import { wakeDue } from './wake.ts'
import {
  admit,
  effectiveDelay,
  foreground,
  freshLimiter,
  gatedEnd,
  type LimiterPolicy,
  type LimiterState,
  suspendGated,
  wake,
} from './wake-limiter.ts'

/** As sessions have it unless configured otherwise. */
const wakeMaximumLatencySeconds = null

/** The client's steps. Suspending and resuming apply to all of its tasks that allow it. */
export const simulatedVerbs = ['create', 'suspend', 'resume', 'foreground', 'background'] as const

/** Times are virtual milliseconds from 0. A step without `at` comes so long after the wake that the ones before it lead to. */
export interface SimulationStep {
  do: (typeof simulatedVerbs)[number]
  at: number | null
  afterPreviousWake: number | null
  /** Settings of the created tasks. */
  tasks: number
  transferMs: number
  earliestBeginAt: number | null
  suspended: boolean
}
interface SimulatedMoment {
  at: number
  what: SimulationStep['do'] | 'begin' | 'end' | 'wake' | 'deliver'
  delaySeconds: number
  gatedUntil?: number
}
/** A step that cannot come: the wake it waits for never does, or the step before it is later. */
export interface ImpossibleStep {
  index: number
  code: 'noWake' | 'order'
}

/** Tasks that were created together: they begin, take as long and end together. */
interface Group {
  tasks: number
  earliestBeginAt: number
  state: 'suspended' | 'waiting' | 'running'
  hasBegun: boolean
  gated: boolean
  /** When a waiting one begins, or a running one ends. */
  nextAt: number
  /** The rest of its transfer while it does not run. */
  leftMs: number
}

/**
 * Simulates the limiter for a client that has one session, completes each wake at once and is in the background unless
 * it says otherwise. It uses the functions of the service, in virtual time: the same steps always give the same result.
 */
export function simulateLimiter(
  policy: LimiterPolicy,
  steps: readonly SimulationStep[],
): { timeline: SimulatedMoment[] } | { impossible: ImpossibleStep } {
  let state: LimiterState = freshLimiter
  let now = 0
  let present = false
  let groups: Group[] = []
  let wakeAt: number | null = null
  let lastWake: number | null = null
  const timeline: SimulatedMoment[] = []
  const tell = (what: SimulatedMoment['what'], gatedUntil: number | null = null) =>
    timeline.push({
      at: now,
      what,
      delaySeconds: effectiveDelay(state, now),
      ...(gatedUntil === null ? {} : { gatedUntil }),
    })

  /** Events of tasks that have ended: told at once in the foreground, otherwise pending until a wake. */
  const deferToWake = () => {
    const drained = groups.every((group) => group.state !== 'running')
    wakeAt = wakeDue({ drained, dueAtMs: wakeAt }, wakeMaximumLatencySeconds, now)
  }
  const begin = (group: Group) => {
    Object.assign(group, { state: 'running', hasBegun: true, nextAt: now + group.leftMs })
    tell('begin')
  }
  const end = (group: Group) => {
    groups = groups.filter((other) => other !== group)
    if (group.gated) state = gatedEnd(state, now, group.tasks)
    tell('end')
    if (present) tell('deliver')
    else deferToWake()
  }
  /**
   * Begins tasks that were created or resumed: those that have begun before go on, others are admitted. Returns until
   * when they are gated.
   */
  const resume = (group: Group): number | null => {
    if (group.hasBegun) {
      Object.assign(group, { state: 'running', nextAt: now + group.leftMs })
      return null
    }
    const beginAt = Math.max(now, group.earliestBeginAt)
    const admitted = present ? { state, gatedUntil: null } : admit(state, now, beginAt, group.tasks)
    const { gatedUntil } = admitted
    state = admitted.state
    Object.assign(group, { state: 'waiting', gated: gatedUntil !== null, nextAt: gatedUntil ?? beginAt })
    return gatedUntil
  }
  const suspend = (group: Group) => {
    if (group.gated) state = suspendGated(state, now, group.hasBegun, group.tasks)
    if (group.state === 'running') group.leftMs = group.nextAt - now
    Object.assign(group, { state: 'suspended', gated: false })
  }
  const open = () => {
    wakeAt = null
    lastWake = now
    state = wake(policy, state, now)
    tell('wake')
  }
  /** The next thing that happens by itself: at the same time, tasks begin before others end, and a wake comes last. */
  const next = (): { at: number; happen: () => void } | null => {
    let first: Group | null = null
    for (const group of groups) {
      if (group.state === 'suspended') continue
      const later = first === null ? -1 : group.nextAt - first.nextAt
      if (later < 0 || (later === 0 && group.state === 'waiting' && first!.state === 'running')) first = group
    }
    if (wakeAt !== null && (first === null || wakeAt < first.nextAt)) return { at: wakeAt, happen: open }
    if (first === null) return null
    const group = first
    return { at: group.nextAt, happen: () => (group.state === 'running' ? end(group) : begin(group)) }
  }
  const runWhile = (goesOn: (at: number) => boolean) => {
    for (let coming = next(); coming !== null && goesOn(coming.at); coming = next()) {
      now = Math.max(now, coming.at)
      coming.happen()
    }
  }
  const take: Record<SimulationStep['do'], (step: SimulationStep) => void> = {
    create({ tasks, transferMs, earliestBeginAt, suspended }) {
      const group: Group = {
        tasks,
        earliestBeginAt: earliestBeginAt ?? 0,
        state: 'suspended',
        hasBegun: false,
        gated: false,
        nextAt: 0,
        leftMs: transferMs,
      }
      groups.push(group)
      tell('create', suspended ? null : resume(group))
    },
    suspend() {
      for (const group of groups) if (group.state !== 'suspended') suspend(group)
      tell('suspend')
      if (wakeAt !== null) deferToWake()
    },
    resume() {
      const gates = groups.filter((group) => group.state === 'suspended').map(resume)
      tell(
        'resume',
        gates.find((gate) => gate !== null),
      )
    },
    foreground() {
      present = true
      state = foreground(state)
      for (const group of groups) {
        if (group.gated && !group.hasBegun) group.nextAt = Math.max(now, group.earliestBeginAt)
        group.gated = false
      }
      tell('foreground')
      if (wakeAt === null) return
      wakeAt = null
      tell('deliver')
    },
    background() {
      present = false
      tell('background')
    },
  }

  for (const [index, step] of steps.entries()) {
    let at = step.at ?? 0
    if (step.afterPreviousWake !== null) {
      const before: number | null = lastWake
      runWhile(() => lastWake === before)
      if (lastWake === null) return { impossible: { index, code: 'noWake' } }
      at = Math.max(at, lastWake + step.afterPreviousWake)
    }
    if (at < now) return { impossible: { index, code: 'order' } }
    runWhile((coming) => coming <= at)
    now = at
    take[step.do](step)
  }
  runWhile(() => true)
  return { timeline }
}

/**
 * `count` one-task downloads, each created so long after the wake of the one before it, with an `earliestBeginDate` so long
 * after its creation: the delay after each wake.
 */
export function simulateChain(
  policy: LimiterPolicy,
  { count, thinkMs, transferMs, aheadMs }: { count: number; thinkMs: number; transferMs: number; aheadMs: number },
): number[] {
  let state: LimiterState = freshLimiter
  let now = 0
  return Array.from({ length: count }, () => {
    const beginAt = now + aheadMs
    const { state: admitted, gatedUntil } = admit(state, now, beginAt)
    const endAt = (gatedUntil ?? beginAt) + transferMs
    state = wake(policy, gatedUntil === null ? admitted : gatedEnd(admitted, endAt), endAt)
    now = endAt + thinkMs
    return state.delaySeconds
  })
}
