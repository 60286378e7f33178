import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultLimiterPolicy } from '../../packages/core/src/domain/limiter.ts'
import {
  type SimulationStep,
  simulateChain,
  simulateLimiter,
} from '../../packages/core/src/domain/limiter-simulation.ts'

const policy = defaultLimiterPolicy
const step = (changes: Partial<SimulationStep>): SimulationStep => ({
  do: 'create',
  at: null,
  afterPreviousWake: null,
  tasks: 1,
  transferMs: 0,
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
    [8, 5, 11, [60, 120, 240, 480, 960, 1920, 3840, 7680]],
    [4, 200, 11, [60, 60, 60, 60]],
    [3, 0, 0, [60, 120, 240]],
  ])('of %d tasks, %d s of thought and %d s of transfer', (count, think, transfer, delays) => {
    expect(simulateChain(policy, { count, thinkMs: think * 1000, transferMs: transfer * 1000 })).toEqual(delays)
  })

  it('of a thousand stays at the cap, and is quick', () => {
    const delays = simulateChain(policy, { count: 1000, thinkMs: 5_000, transferMs: 11_000 })
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

  it.each([
    [[{ afterPreviousWake: 5_000 }], { index: 0, code: 'noWake' }],
    [[{ at: 0, do: 'foreground' as const }, { at: 0 }, { afterPreviousWake: 1 }], { index: 2, code: 'noWake' }],
    [[{ at: 10_000 }, { at: 9_999 }], { index: 1, code: 'order' }],
  ])('refuses what cannot come (%#)', (steps, impossible) => {
    expect(simulateLimiter(policy, steps.map(step))).toEqual({ impossible })
  })

  it('goes forward in time, ends every task, never begins one before its gate, and is the same every time', () => {
    const any = fc.record({
      do: fc.constantFrom('create' as const, 'create' as const, 'foreground' as const, 'background' as const),
      at: fc.nat(3_000_000),
      afterPreviousWake: fc.constant(null),
      tasks: fc.integer({ min: 1, max: 20 }),
      transferMs: fc.nat(200_000),
    })
    fc.assert(
      fc.property(fc.array(any, { maxLength: 30 }), (unordered) => {
        const steps = unordered.toSorted((a, b) => a.at - b.at)
        const simulated = simulateLimiter(policy, steps)
        expect(simulateLimiter(policy, steps)).toEqual(simulated)
        if ('impossible' in simulated) throw new Error('it cannot be')
        const { timeline } = simulated
        for (const [n, { at }] of timeline.entries()) expect(at).toBeGreaterThanOrEqual(timeline[n - 1]?.at ?? 0)
        const count = (what: string) => timeline.filter((moment) => moment.what === what).length
        expect(count('end')).toBe(count('create'))
        let present = false
        let gate = 0
        for (const { at, what, delaySeconds, gatedUntil } of timeline) {
          if (what === 'foreground' || what === 'background') present = what === 'foreground'
          if (what === 'foreground') gate = 0
          if (present) expect(delaySeconds).toBe(0)
          if (present) expect(what).not.toBe('wake')
          if (gatedUntil !== undefined) gate = gatedUntil
          if (gatedUntil !== undefined) expect(gatedUntil).toBeGreaterThan(at)
        }
        expect(gate).toBeLessThanOrEqual(timeline.at(-1)?.at ?? 0)
      }),
    )
  })
})
