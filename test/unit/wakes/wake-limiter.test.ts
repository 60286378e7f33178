import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  admit,
  defaultLimiterPolicy,
  effectiveDelay,
  foreground,
  freshLimiter,
  gatedEnd,
  gateUntil,
  isForeground,
  type LimiterPolicy,
  type LimiterState,
  quietUntil,
  suspendGated,
  wake,
} from '#core/wakes/rules/wake-limiter.ts'

const policy = defaultLimiterPolicy

/**
 * `count` one-task downloads, each created so long after the wake of the one before it, to begin `aheadSeconds` later than
 * that at the earliest; the delay after each wake.
 */
function chain(count: number, thinkSeconds: number, transferSeconds: number, aheadSeconds = 0, by = policy): number[] {
  const delays: number[] = []
  let state = freshLimiter
  let at = 0
  for (let task = 0; task < count; task++) {
    const beginAt = at + aheadSeconds * 1000
    const admitted = admit(state, at, beginAt)
    const end = (admitted.gatedUntil ?? beginAt) + transferSeconds * 1000
    state = admitted.gatedUntil === null ? admitted.state : gatedEnd(admitted.state, end)
    state = wake(by, state, end)
    delays.push(state.delaySeconds)
    at = end + thinkSeconds * 1000
  }
  return delays
}

/** The same rule once more, in seconds and with infinities for "never": written from the definition, not from the code. */
function modelOf({ baseSeconds, factor, capSeconds }: LimiterPolicy) {
  let delay = 0
  let lastWake = Number.NEGATIVE_INFINITY
  let lastGatedEnd = Number.NEGATIVE_INFINITY
  let live = 0
  const effective = (t: number) =>
    delay === 0 || (live === 0 && t >= Math.max(lastWake, lastGatedEnd) + delay) ? 0 : delay
  return {
    effective,
    delay: () => delay,
    live: () => live,
    wake(t: number) {
      const before = effective(t)
      delay = before === 0 ? baseSeconds : Math.min(before * factor, capSeconds)
      lastWake = t
    },
    create(t: number, begin: number, count: number): number | null {
      if (effective(t) === 0 || Math.max(t, begin) >= lastWake + delay) return null
      live += count
      return lastWake + delay
    },
    end(t: number) {
      live -= 1
      lastGatedEnd = t
    },
    suspend(t: number, begun: boolean) {
      live -= 1
      if (begun) lastGatedEnd = t
    },
    foreground() {
      delay = 0
      live = 0
    },
  }
}

const step = fc.record({
  do: fc.constantFrom(
    'create' as const,
    'end' as const,
    'suspend' as const,
    'suspendBegun' as const,
    'wake' as const,
    'foreground' as const,
  ),
  afterSeconds: fc.oneof(fc.nat(5), fc.nat(120), fc.nat(30_000)),
  aheadSeconds: fc.oneof(fc.constant(0), fc.nat(5), fc.nat(120), fc.nat(30_000)),
  count: fc.integer({ min: 1, max: 5 }),
})
const policies = fc.record({
  baseSeconds: fc.integer({ min: 1, max: 120 }),
  factor: fc.constantFrom(1, 1.5, 2, 3),
  capSeconds: fc.integer({ min: 120, max: 21_600 }),
})

describe('the wake limiter', () => {
  it('doubles for a chain of 11 s downloads, each created 5 s after the wake', () => {
    expect(chain(8, 5, 11)).toEqual([60, 120, 240, 480, 960, 1920, 3840, 7680])
  })

  it('stays at 60 s for a chain with pauses of 200 s', () => {
    expect(chain(4, 200, 11)).toEqual([60, 60, 60, 60])
  })

  it.each([
    ['a base of 60 s and begin dates a day ahead', 12, 86_400, policy, Array(12).fill(60)],
    ['a base of 2 s and begin dates 12 s ahead', 8, 12, { ...policy, baseSeconds: 2 }, Array(8).fill(2)],
  ])('stays as it is for a client whose tasks begin later than the gate: %s', (_, count, ahead, by, delays) => {
    expect(chain(count, 0, 1, ahead, by)).toEqual(delays)
  })

  it('doubles for tasks that could begin just before the gate', () => {
    expect(chain(4, 0, 1, 59)).toEqual([60, 120, 240, 480])
  })

  it.each([
    [59_999, 60_000],
    [60_000, null],
    [60_001, null],
  ])('gates by the moment a task could begin: at %d until %s', (beginAt, until) => {
    expect(admit(wake(policy, freshLimiter, 0), 1_000, beginAt).gatedUntil).toBe(until)
  })

  it('has no delay at quietUntil when a gated task was suspended before it began', () => {
    const gated = admit(wake(policy, freshLimiter, 0), 1_000, 1_000).state
    const suspended = suspendGated(gated, 5_000, false)
    expect(suspended).toMatchObject({ gatedLive: 0, lastGatedEndAt: null })
    expect([effectiveDelay(suspended, 59_999), effectiveDelay(suspended, 60_000)]).toEqual([60, 0])
    expect(admit(suspended, 6_000, 6_000).gatedUntil).toBe(60_000)
  })

  it('counts the quiet period from the suspension of a gated task that had begun: pausing it does not lower the delay', () => {
    const gated = admit(wake(policy, freshLimiter, 0), 1_000, 1_000).state
    const suspended = suspendGated(gated, 61_000, true)
    expect(suspended).toMatchObject({ gatedLive: 0, lastGatedEndAt: 61_000 })
    expect([effectiveDelay(suspended, 120_999), effectiveDelay(suspended, 121_000)]).toEqual([60, 0])
  })

  it('counts a batch of ten as one wake, and is at 0 again 60 s later', () => {
    const admitted = admit(freshLimiter, 0, 0, 10)
    expect(admitted.gatedUntil).toBeNull()
    const woken = wake(policy, admitted.state, 10_000)
    expect(woken.delaySeconds).toBe(60)
    expect(effectiveDelay(woken, 69_999)).toBe(60)
    expect(effectiveDelay(woken, 70_000)).toBe(0)
    expect(admit(woken, 70_000, 70_000).gatedUntil).toBeNull()
  })

  it('stops at the cap', () => {
    expect(chain(14, 1, 1).slice(-4)).toEqual([21_600, 21_600, 21_600, 21_600])
    expect(wake({ baseSeconds: 60, factor: 2, capSeconds: 10 }, freshLimiter, 0).delaySeconds).toBe(10)
  })

  it('gates nobody who was never woken, and says so', () => {
    expect(admit(freshLimiter, 0, 0, 1000)).toEqual({ state: freshLimiter, gatedUntil: null })
    expect(gateUntil(freshLimiter)).toBeNull()
    expect(quietUntil(freshLimiter)).toBeNull()
    expect(effectiveDelay(freshLimiter, 0)).toBe(0)
  })

  it('does not fall while a gated task is alive, and counts the quiet period from its end', () => {
    const gated = admit(wake(policy, freshLimiter, 0), 1_000, 1_000)
    expect(gated.gatedUntil).toBe(60_000)
    expect(effectiveDelay(gated.state, 1e12)).toBe(60)
    const ended = gatedEnd(gated.state, 100_000)
    expect(quietUntil(ended)).toBe(160_000)
    expect([effectiveDelay(ended, 159_999), effectiveDelay(ended, 160_000)]).toEqual([60, 0])
  })

  it('lets a task begin at once when the gate has passed, though the delay is still in force', () => {
    const gated = admit(wake(policy, freshLimiter, 0), 1_000, 1_000).state
    expect(effectiveDelay(gated, 60_000)).toBe(60)
    expect(admit(gated, 60_000, 60_000)).toEqual({ state: gated, gatedUntil: null })
  })

  it('is nothing in the foreground, gates nobody there, and begins anew with the next wake', () => {
    const woken = admit(wake(policy, wake(policy, freshLimiter, 0), 1_000), 2_000, 2_000, 3).state
    const there = foreground(woken)
    expect(there).toEqual({ delaySeconds: 0, lastWakeAt: 1_000, lastGatedEndAt: null, gatedLive: 0 })
    expect([effectiveDelay(there, 2_000), admit(there, 2_000, 2_000).gatedUntil]).toEqual([0, null])
    expect(wake(policy, there, 3_000).delaySeconds).toBe(60)
    expect(foreground(freshLimiter)).toEqual(freshLimiter)
  })

  it.each([
    [null, 5_000, false],
    [5_000, 4_999, true],
    [5_000, 5_000, false],
    [5_000, 5_001, false],
  ])('a foreground lease until %s holds at %d: %s', (until, at, holds) => {
    expect(isForeground(until, at)).toBe(holds)
  })

  it('does as an independent model does, whatever happens', () => {
    fc.assert(
      fc.property(policies, fc.array(step, { maxLength: 60, size: 'max' }), (given, steps) => {
        const model = modelOf(given)
        let state: LimiterState = freshLimiter
        let t = 1_800_000_000
        for (const { do: what, afterSeconds, aheadSeconds, count } of steps) {
          t += afterSeconds
          if (what === 'wake') {
            state = wake(given, state, t * 1000)
            model.wake(t)
          } else if (what === 'create') {
            const admitted = admit(state, t * 1000, (t + aheadSeconds) * 1000, count)
            const gate = model.create(t, t + aheadSeconds, count)
            state = admitted.state
            expect(admitted.gatedUntil === null ? null : admitted.gatedUntil / 1000).toBe(gate)
          } else if (what === 'foreground') {
            state = foreground(state)
            model.foreground()
          } else if (model.live() > 0 && what !== 'end') {
            state = suspendGated(state, t * 1000, what === 'suspendBegun')
            model.suspend(t, what === 'suspendBegun')
          } else if (model.live() > 0) {
            state = gatedEnd(state, t * 1000)
            model.end(t)
          }
          expect([state.delaySeconds, state.gatedLive]).toEqual([model.delay(), model.live()])
          for (const ahead of [0, 1, model.delay() - 1, model.delay(), 1e6])
            expect(effectiveDelay(state, (t + ahead) * 1000)).toBe(model.effective(t + ahead))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('has no delay at quietUntil without a gated task that waits or runs, whatever is done to tasks', () => {
    const verbs = ['create', 'createSuspended', 'begin', 'suspend', 'resume', 'end', 'wake', 'foreground'] as const
    const deed = fc.record({
      verb: fc.constantFrom(...verbs),
      which: fc.nat(50),
      afterSeconds: fc.oneof(fc.nat(5), fc.nat(120)),
      aheadSeconds: fc.oneof(fc.constant(0), fc.nat(300)),
    })
    interface Job {
      state: 'suspended' | 'waiting' | 'running' | 'ended'
      begun: boolean
      gated: boolean
      beginAt: number
    }
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 80, size: 'max' }), (deeds) => {
        let state: LimiterState = freshLimiter
        let at = 0
        const jobs: Job[] = []
        const wait = (job: Job) => {
          const admitted = job.begun ? { state, gatedUntil: null } : admit(state, at, job.beginAt)
          state = admitted.state
          Object.assign(job, { state: 'waiting', gated: admitted.gatedUntil !== null })
        }
        for (const { verb, which, afterSeconds, aheadSeconds } of deeds) {
          at += afterSeconds * 1000
          const can: Partial<Record<typeof verb, Job['state'][]>> = {
            begin: ['waiting'],
            suspend: ['waiting', 'running'],
            resume: ['suspended'],
            end: ['waiting', 'running', 'suspended'],
          }
          const fit = jobs.filter((job) => can[verb]?.includes(job.state))
          const job = fit[which % Math.max(1, fit.length)]
          if (verb === 'wake') state = wake(policy, state, at)
          else if (verb === 'foreground') {
            state = foreground(state)
            for (const released of jobs) released.gated = false
          } else if (verb === 'create' || verb === 'createSuspended') {
            const made: Job = { state: 'suspended', begun: false, gated: false, beginAt: at + aheadSeconds * 1000 }
            jobs.push(made)
            if (verb === 'create') wait(made)
          } else if (job === undefined) continue
          else if (verb === 'begin') Object.assign(job, { state: 'running', begun: true })
          else if (verb === 'resume') wait(job)
          else {
            if (job.gated) state = verb === 'end' ? gatedEnd(state, at) : suspendGated(state, at, job.begun)
            Object.assign(job, { state: verb === 'end' ? 'ended' : 'suspended', gated: false })
          }
          const live = jobs.filter((each) => each.gated && (each.state === 'waiting' || each.state === 'running'))
          expect(state.gatedLive).toBe(live.length)
          const quiet = quietUntil(state)
          if (live.length === 0 && quiet !== null) expect(effectiveDelay(state, quiet)).toBe(0)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('never gates to a time before the last wake plus the delay, nor to one that has come', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        let state: LimiterState = freshLimiter
        let at = 0
        let lastWakeAt: number | null = null
        for (const { do: what, afterSeconds, aheadSeconds, count } of steps) {
          at += afterSeconds * 1000
          if (what === 'wake') {
            state = wake(policy, state, at)
            lastWakeAt = at
          } else if (what === 'foreground') state = foreground(state)
          else if (what === 'end') state = state.gatedLive > 0 ? gatedEnd(state, at) : state
          else if (what !== 'create') state = state.gatedLive > 0 ? suspendGated(state, at, what !== 'suspend') : state
          else {
            const admitted = admit(state, at, at + aheadSeconds * 1000, count)
            state = admitted.state
            if (admitted.gatedUntil === null) continue
            expect(admitted.gatedUntil).toBeGreaterThan(at + aheadSeconds * 1000)
            expect(admitted.gatedUntil).toBeGreaterThanOrEqual(lastWakeAt! + state.delaySeconds * 1000)
          }
        }
      }),
    )
  })
})
