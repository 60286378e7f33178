import { groupBy, type Invariant, isAcknowledged, type Post } from '../history.ts'

/**
 * What each session's receiver took, by the first time it took it: places in the lane one after the other; `session.wake`
 * before everything of its wake, once; nothing of another wake, and nothing without one, until `session.events_finished`
 * has come behind the last of it (behind some of it, where the client completes wakes itself).
 */
export const framedWakes: Invariant = ({ posts, wakes, sessions }) => {
  const explicit = new Set(sessions.filter(({ isExplicit }) => isExplicit).map(({ id }) => id))
  const firsts = [...groupBy(posts.filter(isAcknowledged), ({ webhookId }) => webhookId).values()].map(
    ([first]) => first!,
  )
  const found = [...groupBy(firsts, ({ event }) => event.sessionId)].flatMap(([sessionId, taken]) =>
    framesOf(taken, explicit.has(sessionId)),
  )
  const told = new Map<string, number>()
  for (const { event } of firsts)
    if (event.type === 'session.wake') told.set(event.wakeId!, (told.get(event.wakeId!) ?? 0) + 1)
  const miscounted = wakes
    .filter(({ id }) => told.get(id) !== 1)
    .map(({ id }) => ({ id, what: `${told.get(id) ?? 0} events session.wake told of it` }))
  return [...found, ...miscounted]
}

function framesOf(firsts: readonly Post[], isExplicit: boolean): { id: string; what: string }[] {
  const found: { id: string; what: string }[] = []
  let open: string | null = null
  let isFinished = true
  for (const [index, { event }] of firsts.entries()) {
    const { id, type, position, wakeId } = event
    const say = (what: string) => void found.push({ id, what: `${type} (${wakeId}) ${what}` })
    if (position !== index + 1) say(`is at place ${position} of its lane, and came as number ${index + 1}`)
    if (type === 'session.wake') {
      if (!isFinished) say(`came within the wake ${open}`)
      open = wakeId
      isFinished = false
    } else if (wakeId === null) {
      if (!isFinished) say(`belongs to no wake, and came within ${open}`)
    } else {
      if (wakeId !== open) say(`came within the wake ${open}`)
      isFinished = type === 'session.events_finished' || (isExplicit && isFinished)
    }
  }
  if (!isFinished) found.push({ id: open!, what: 'its last event is not session.events_finished' })
  return found
}

const almost = (a: number, b: number) => Math.abs(a - b) < 1e-6 * Math.max(1, b)

/** Each wake's delay is the base, or one step above the delay of the wake before; the limiter has that of the newest. */
export const limiterRaisedOnce: Invariant = ({ wakes, limiters }) =>
  limiters.flatMap(({ tenantId, policy, delaySeconds, lastWakeAtMs, wasInForeground }) => {
    const { baseSeconds, factor, capSeconds } = policy
    // Within a millisecond, the lower delay was first.
    const own = wakes
      .filter((wake) => wake.tenantId === tenantId)
      .toSorted((a, b) => a.openedAtMs - b.openedAtMs || a.delayAfterSeconds - b.delayAfterSeconds)
    const jumps = own.filter(({ delayAfterSeconds }, n) => {
      const before = own[n - 1]?.delayAfterSeconds ?? 0
      const oneStep = Math.min(before * factor, capSeconds)
      return !almost(delayAfterSeconds, baseSeconds) && !(before > 0 && almost(delayAfterSeconds, oneStep))
    })
    const found = jumps.map(({ id, delayAfterSeconds }) => {
      const before = own[own.findIndex((wake) => wake.id === id) - 1]?.delayAfterSeconds ?? 0
      return { id, what: `the delay behind it is ${delayAfterSeconds} s, and was ${before} s before it` }
    })
    const last = own.at(-1)
    if (last === undefined && lastWakeAtMs === null) return found
    const isLast = last !== undefined && last.openedAtMs === lastWakeAtMs
    const isDelay = almost(delaySeconds, last?.delayAfterSeconds ?? 0) || (wasInForeground && delaySeconds === 0)
    if (isLast && isDelay) return found
    const what = `the limiter has ${delaySeconds} s since ${lastWakeAtMs}; the newest wake (${last?.id}) left ${last?.delayAfterSeconds} s at ${last?.openedAtMs}`
    return [...found, { id: tenantId, what }]
  })
