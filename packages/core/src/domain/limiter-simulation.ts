import {
  admit,
  effectiveDelay,
  foreground,
  freshLimiter,
  gatedEnd,
  type LimiterPolicy,
  type LimiterState,
  wake,
} from './limiter.ts'
import { wakeDue } from './wake.ts'

/** As sessions have it unless configured otherwise. */
const wakeMaximumLatencySeconds = null

/** Times are virtual milliseconds from 0. A step without `at` comes so long after the wake that the ones before it lead to. */
export interface SimulationStep {
  do: 'create' | 'foreground' | 'background'
  at: number | null
  afterPreviousWake: number | null
  tasks: number
  transferMs: number
}
export interface SimulatedMoment {
  at: number
  what: 'create' | 'begin' | 'end' | 'wake' | 'deliver' | 'foreground' | 'background'
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
  transferMs: number
  gated: boolean
  begun: boolean
  beginAt: number
}

function nextOf({ beginAt, begun, transferMs }: Group): number {
  return begun ? beginAt + transferMs : beginAt
}

/**
 * What the limiter does about a client that has one session, completes each wake at once and is in the background unless
 * it says otherwise. The very functions that the service uses, in virtual time: the same steps always give the same answer.
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

  /** Events of tasks that have ended: told at once in the foreground, otherwise held for a wake. */
  const hold = () => {
    const drained = groups.every(({ begun }) => !begun)
    wakeAt = wakeDue({ drained, dueAtMs: wakeAt }, wakeMaximumLatencySeconds, now)
  }
  const end = (group: Group) => {
    groups = groups.filter((other) => other !== group)
    if (group.gated) state = gatedEnd(state, now, group.tasks)
    tell('end')
    if (present) tell('deliver')
    else hold()
  }
  const begin = (group: Group) => {
    group.begun = true
    tell('begin')
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
      const sooner = first === null ? -1 : nextOf(group) - nextOf(first)
      if (sooner < 0 || (sooner === 0 && !group.begun && first!.begun)) first = group
    }
    if (wakeAt !== null && (first === null || wakeAt < nextOf(first))) return { at: wakeAt, happen: open }
    if (first === null) return null
    const group = first
    return { at: nextOf(group), happen: () => (group.begun ? end(group) : begin(group)) }
  }
  const runWhile = (goesOn: (at: number) => boolean) => {
    for (let coming = next(); coming !== null && goesOn(coming.at); coming = next()) {
      now = Math.max(now, coming.at)
      coming.happen()
    }
  }
  const take = ({ do: what, tasks, transferMs }: SimulationStep) => {
    if (what === 'create') {
      const admitted = present ? { state, gatedUntil: null } : admit(state, now, tasks)
      state = admitted.state
      const { gatedUntil } = admitted
      groups.push({ tasks, transferMs, gated: gatedUntil !== null, begun: false, beginAt: gatedUntil ?? now })
      tell('create', gatedUntil)
      return
    }
    present = what === 'foreground'
    if (present) {
      state = foreground(state)
      for (const group of groups) {
        group.gated = false
        if (!group.begun) group.beginAt = Math.min(group.beginAt, now)
      }
    }
    tell(what)
    if (present && wakeAt !== null) {
      wakeAt = null
      tell('deliver')
    }
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
    take(step)
  }
  runWhile(() => true)
  return { timeline }
}

/** `count` one-task downloads, each created so long after the wake of the one before it: the delay after each wake. */
export function simulateChain(
  policy: LimiterPolicy,
  { count, thinkMs, transferMs }: { count: number; thinkMs: number; transferMs: number },
): number[] {
  const steps = Array.from({ length: count }, (_, n): SimulationStep => {
    const when = n === 0 ? { at: 0, afterPreviousWake: null } : { at: null, afterPreviousWake: thinkMs }
    return { do: 'create', ...when, tasks: 1, transferMs }
  })
  const simulated = simulateLimiter(policy, steps)
  if ('impossible' in simulated) throw new Error('a chain always goes on')
  return simulated.timeline.filter(({ what }) => what === 'wake').map(({ delaySeconds }) => delaySeconds)
}
