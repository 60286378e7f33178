import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type SimulationStep,
  simulateChain,
  simulatedVerbs,
  simulateLimiter,
} from '#core/wakes/rules/limiter-simulation.ts'
import { defaultLimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'

const policy = defaultLimiterPolicy
const step = (changes: Partial<SimulationStep>): SimulationStep => ({
  do: 'create',
  at: null,
  afterPreviousWake: null,
  tasks: 1,
  transferMs: 0,
  earliestBeginAt: null,
  suspended: false,
  ...changes,
})
function timelineOf(...steps: Partial<SimulationStep>[]) {
  const simulated = simulateLimiter(policy, steps.map(step))
  if ('impossible' in simulated) throw new Error(simulated.impossible.code)
  return simulated.timeline.map(({ at, what, delaySeconds, gatedUntil }) => [
    at / 1000,
    what,
    delaySeconds,
    ...(gatedUntil === undefined ? [] : [gatedUntil / 1000]),
  ])
}

describe('a simulated chain', () => {
  it.each([
    [8, 5, 11, 0, [60, 120, 240, 480, 960, 1920, 3840, 7680]],
    [4, 200, 11, 0, [60, 60, 60, 60]],
    [3, 0, 0, 0, [60, 120, 240]],
    [12, 0, 11, 86_400, Array(12).fill(60)],
  ])('of %d tasks, %d s of thought, %d s of transfer, begun %d s ahead', (count, think, transfer, ahead, delays) => {
    const times = { thinkMs: think * 1000, transferMs: transfer * 1000, aheadMs: ahead * 1000 }
    expect(simulateChain(policy, { count, ...times })).toEqual(delays)
    // The same, step by step.
    const steps = delays.map((_, n) =>
      step({
        ...(n === 0 ? { at: 0 } : { afterPreviousWake: times.thinkMs }),
        transferMs: times.transferMs,
        earliestBeginAt: ahead === 0 ? null : n * (times.aheadMs + times.transferMs) + times.aheadMs,
      }),
    )
    expect(timelineOf(...steps).flatMap(([, what, delay]) => (what === 'wake' ? [delay] : []))).toEqual(delays)
  })

  it('stays at a base of 2 s when tasks begin 12 s ahead', () => {
    const times = { count: 8, thinkMs: 0, transferMs: 1_000, aheadMs: 12_000 }
    expect(simulateChain({ ...policy, baseSeconds: 2 }, times)).toEqual(Array(8).fill(2))
  })

  it('of a thousand stays at the cap, and is quick', () => {
    const delays = simulateChain(policy, { count: 1000, thinkMs: 5_000, transferMs: 11_000, aheadMs: 0 })
    expect(delays).toHaveLength(1000)
    expect(delays.at(-1)).toBe(21_600)
  })
})

describe('a simulated pattern', () => {
  it('wakes once for a batch, and what comes later has to wait', () => {
    expect(
      timelineOf(
        { at: 0, tasks: 10, transferMs: 10_000 },
        { afterPreviousWake: 5_000, transferMs: 1_000 },
        { at: 500_000, tasks: 2 },
      ),
    ).toEqual([
      [0, 'create', 0],
      [0, 'begin', 0],
      [10, 'end', 0],
      [10, 'wake', 60],
      [15, 'create', 60, 70],
      [70, 'begin', 60],
      [71, 'end', 60],
      [71, 'wake', 120],
      [500, 'create', 0],
      [500, 'begin', 0],
      [500, 'end', 0],
      [500, 'wake', 60],
    ])
  })

  it('holds events while other tasks run', () => {
    const wakes = timelineOf({ at: 0, transferMs: 1_000 }, { at: 0, transferMs: 300_000 }).filter(
      ([, what]) => what === 'wake',
    )
    expect(wakes).toEqual([[300, 'wake', 60]])
  })

  it('releases, delivers and gates nobody in the foreground', () => {
    expect(
      timelineOf(
        { at: 0, transferMs: 10_000 },
        { at: 20_000, transferMs: 5_000 },
        { at: 30_000, do: 'foreground' },
        { at: 32_000, transferMs: 1_000 },
        { at: 60_000, do: 'background' },
        { at: 61_000, transferMs: 1_000 },
      ),
    ).toEqual([
      [0, 'create', 0],
      [0, 'begin', 0],
      [10, 'end', 0],
      [10, 'wake', 60],
      [20, 'create', 60, 70],
      [30, 'foreground', 0],
      [30, 'begin', 0],
      [32, 'create', 0],
      [32, 'begin', 0],
      [33, 'end', 0],
      [33, 'deliver', 0],
      [35, 'end', 0],
      [35, 'deliver', 0],
      [60, 'background', 0],
      [61, 'create', 0],
      [61, 'begin', 0],
      [62, 'end', 0],
      [62, 'wake', 60],
    ])
  })

  it('delivers what is held when the client comes to the foreground', () => {
    const told = timelineOf(
      { at: 0, transferMs: 1_000 },
      { at: 0, transferMs: 90_000 },
      { at: 5_000, do: 'foreground' },
    )
    expect(told.filter(([, what]) => what === 'wake' || what === 'deliver')).toEqual([
      [5, 'deliver', 0],
      [90, 'deliver', 0],
    ])
  })

  /** One that is woken at 1 s; the delay stands until 61 s. */
  const woken = { at: 0, transferMs: 1_000 }

  it('does not gate a suspended task made during the delay, and the delay is 0 again at its end', () => {
    expect(timelineOf(woken, { at: 5_000, suspended: true }, { at: 61_000, do: 'resume' }).slice(4)).toEqual([
      [5, 'create', 60],
      [61, 'resume', 0],
      [61, 'begin', 0],
      [61, 'end', 0],
      [61, 'wake', 60],
    ])
  })

  it.each([
    ['created suspended', [{ at: 0, suspended: true, transferMs: 9_000 }]],
    [
      'suspended before it began',
      [
        { at: 0, earliestBeginAt: 2_000, transferMs: 9_000 },
        { at: 0, do: 'suspend' as const },
      ],
    ],
  ])('gates a task that was %s without a delay and is resumed during one', (_, before) => {
    const told = timelineOf(...before, woken, { at: 5_000, do: 'resume' })
    expect(told).toContainEqual([5, 'resume', 60, 61])
    expect(told.slice(-3)).toEqual([
      [61, 'begin', 60],
      [70, 'end', 60],
      [70, 'wake', 120],
    ])
  })

  it('does not gate again what has begun, and goes on where it was suspended', () => {
    const told = timelineOf(
      { at: 0, transferMs: 100_000 },
      { at: 50_000, do: 'suspend' },
      { at: 51_000, transferMs: 1_000 },
      { at: 55_000, do: 'resume' },
    )
    expect(told.slice(2)).toEqual([
      [50, 'suspend', 0],
      [51, 'create', 0],
      [51, 'begin', 0],
      [52, 'end', 0],
      [52, 'wake', 60],
      [55, 'resume', 60],
      [105, 'end', 60],
      [105, 'wake', 120],
    ])
  })

  it('opens the wake that only a running task held back when that is suspended', () => {
    const told = timelineOf({ at: 0, transferMs: 1_000 }, { at: 0, transferMs: 90_000 }, { at: 5_000, do: 'suspend' })
    expect(told.slice(-2)).toEqual([
      [5, 'suspend', 0],
      [5, 'wake', 60],
    ])
  })

  it('gives a gate up when its task is suspended', () => {
    const told = timelineOf(woken, { at: 5_000 }, { at: 6_000, do: 'suspend' }, { at: 61_000, do: 'resume' })
    expect(told.slice(4, 8)).toEqual([
      [5, 'create', 60, 61],
      [6, 'suspend', 60],
      [61, 'resume', 0],
      [61, 'begin', 0],
    ])
  })

  it.each([
    [[{ afterPreviousWake: 5_000 }], { index: 0, code: 'noWake' }],
    [[{ at: 0, do: 'foreground' as const }, { at: 0 }, { afterPreviousWake: 1 }], { index: 2, code: 'noWake' }],
    [[{ at: 10_000 }, { at: 9_999 }], { index: 1, code: 'order' }],
  ])('refuses what cannot come (%#)', (steps, impossible) => {
    expect(simulateLimiter(policy, steps.map(step))).toEqual({ impossible })
  })

  const steps = fc
    .array(
      fc.record({
        do: fc.constantFrom(...simulatedVerbs, 'create' as const),
        at: fc.nat(3_000_000),
        afterPreviousWake: fc.constant(null),
        tasks: fc.integer({ min: 1, max: 20 }),
        transferMs: fc.nat(200_000),
        earliestBeginAt: fc.option(fc.nat(3_000_000)),
        suspended: fc.boolean(),
      }),
      { maxLength: 30, size: 'max' },
    )
    .map((unordered) => unordered.toSorted((a, b) => a.at - b.at))

  it('goes forward in time, ends every task that is not suspended, never begins one before its gate, and is the same every time', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const all: SimulationStep[] = [...given, step({ do: 'resume', at: 3_000_000 })]
        const simulated = simulateLimiter(policy, all)
        expect(simulateLimiter(policy, all)).toEqual(simulated)
        if ('impossible' in simulated) throw new Error('it cannot be')
        const { timeline } = simulated
        for (const [n, { at }] of timeline.entries()) expect(at).toBeGreaterThanOrEqual(timeline[n - 1]?.at ?? 0)
        const count = (what: string) => timeline.filter((moment) => moment.what === what).length
        expect(count('end')).toBe(count('create'))
        expect(count('begin')).toBe(count('create'))
        let present = false
        let gate = 0
        for (const { at, what, delaySeconds, gatedUntil } of timeline) {
          if (what === 'foreground' || what === 'background') present = what === 'foreground'
          if (what === 'foreground' || what === 'suspend') gate = 0
          if (present) expect(delaySeconds).toBe(0)
          if (present) expect(what).not.toBe('wake')
          if (gatedUntil !== undefined) gate = gatedUntil
          if (gatedUntil !== undefined) expect(gatedUntil).toBeGreaterThan(at)
        }
        expect(gate).toBeLessThanOrEqual(timeline.at(-1)?.at ?? 0)
      }),
    )
  })

  it('has no delay that outlasts the quiet period when every task is suspended', () => {
    fc.assert(
      fc.property(steps, (given) => {
        // Suspending everything may open a last wake, at the very moment.
        const rest = [step({ do: 'suspend', at: 3_000_000 }), step({ do: 'background', at: 3_000_000 })]
        const simulated = simulateLimiter(policy, [...given, ...rest])
        if ('impossible' in simulated) throw new Error('it cannot be')
        const { at, delaySeconds } = simulated.timeline.at(-1)!
        const later = step({ suspended: true, at: at + delaySeconds * 1000 })
        const again = simulateLimiter(policy, [...given, ...rest, later])
        if ('impossible' in again) throw new Error('it cannot be')
        expect(again.timeline.at(-1)).toMatchObject({ what: 'create', delaySeconds: 0 })
      }),
    )
  })
})
