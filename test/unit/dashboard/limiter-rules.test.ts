import type { Limiter, Wake } from '@backhaul/sdk'
import { describe, expect, it } from 'vitest'
import { byKey, changed, drawnText, readDrawn, readSpan, settled } from '#dashboard/rules/drawn-pattern.ts'
import { limiterHistory, readHistoryRange } from '#dashboard/rules/limiter-history.ts'
import { delayCurve, patternAdvice, patternSteps, readPattern } from '#dashboard/rules/limiter-patterns.ts'
import { nextWakeSentence } from '#dashboard/rules/next-wake.ts'

const fromMs = Date.parse('2026-11-30T12:00:00.000Z')
const time = (seconds: number) => new Date(fromMs + seconds * 1000).toISOString()
const wake = (at: number, delayAfterSeconds: number) =>
  ({ id: `wak_${at}`, openedAt: time(at), delayAfterSeconds, sessionIdentifier: 's' }) as Wake
const limiter = (some: Partial<Limiter>) =>
  ({
    delaySeconds: 0,
    gateUntil: null,
    quietUntil: null,
    lastWakeAt: null,
    gatedTasks: 0,
    policy: { baseSeconds: 60, factor: 2, capSeconds: 21_600 },
    ...some,
  }) as Limiter

describe('the delay as it was', () => {
  it('rises with each wake, and fell back when the next one began at the base again', () => {
    const wakes = [wake(1_000, 60), wake(160, 120), wake(70, 60)]
    const { points, highest } = limiterHistory(wakes, limiter({}), fromMs, fromMs + 2_000_000)
    expect(points).toEqual([
      { at: 0, delay: 0 },
      { at: 70, delay: 60 },
      { at: 160, delay: 120 },
      { at: 280, delay: 0 },
      { at: 1_000, delay: 60 },
      { at: 1_060, delay: 0 },
    ])
    expect(highest).toBe(120)
  })

  it('begins with what came before the range, and shows no wake of that', () => {
    const now = limiter({ delaySeconds: 120, lastWakeAt: time(-30), gateUntil: time(90), quietUntil: time(90) })
    const history = limiterHistory([wake(-30, 120), wake(-100, 60)], now, fromMs, fromMs + 10_000)
    expect(history).toMatchObject({
      points: [{ at: 0, delay: 120 }],
      wakes: [],
      now: 10,
      gate: { from: -30, to: 90 },
      quiet: 90,
      lastAt: 90,
    })
  })

  it('is not quiet before the tasks that it holds have ended, and has no gate once that is over', () => {
    const now = limiter({
      delaySeconds: 60,
      lastWakeAt: time(0),
      gateUntil: time(60),
      quietUntil: time(60),
      gatedTasks: 1,
    })
    const history = limiterHistory([wake(0, 60)], now, fromMs, fromMs + 70_000)
    expect(history).toMatchObject({ quiet: null, gate: null, lastAt: 70 })
  })

  it('ends at once when the client comes to the foreground, which no wake tells of', () => {
    const { points } = limiterHistory([wake(0, 60)], limiter({}), fromMs, fromMs + 20_000)
    expect(points).toEqual([
      { at: 0, delay: 60 },
      { at: 20, delay: 0 },
    ])
  })

  it.each([
    ['range=7d', '7d'],
    ['range=constructor', '24h'],
    ['', '24h'],
  ])('is of the range that the address says: %j', (search, range) =>
    expect(readHistoryRange(new URLSearchParams(search))).toBe(range),
  )
})

describe('the simulator', () => {
  it('takes its pattern from the address, and what is out of range as usual', () => {
    const read = (search: string) => readPattern(new URLSearchParams(search))
    expect(read('pattern=mixed&tasks=4&thinkSeconds=0&transferSeconds=2.5')).toMatchObject({
      name: 'mixed',
      tasks: 4,
      thinkSeconds: 0,
      transferSeconds: 2.5,
    })
    expect(read('pattern=toString&tasks=51&transferSeconds=-1')).toMatchObject({
      name: 'chain',
      tasks: 8,
      transferSeconds: 11,
    })
  })

  it('hands over the first half at once when they are mixed', () => {
    const options = { name: 'mixed', tasks: 3, thinkSeconds: 5, transferSeconds: 11, drawn: [] } as const
    expect(patternSteps(options)).toEqual([
      { do: 'create', at: 0, tasks: 2, transferSeconds: 11 },
      { do: 'create', afterPreviousWake: 5, transferSeconds: 11 },
    ])
  })

  it('says what a pattern costs beside a batch', () => {
    const moment = (at: number, delaySeconds: number) => ({ at, what: 'wake', delaySeconds }) as const
    const batch = delayCurve([moment(11, 60)])
    const chain = delayCurve([moment(11, 60), moment(82, 120)])
    expect(patternAdvice(chain, batch)).toEqual([
      'Handed over at once, the same tasks need 1 fewer wake.',
      expect.stringContaining('raises it'),
    ])
    expect(patternAdvice(batch, batch)).toEqual([])
    expect(patternAdvice(delayCurve([moment(11, 60), moment(500, 60)]), batch)[1]).toContain('never rises')
  })
})

describe('a drawn pattern', () => {
  it('is the same after it was in an address, without what is no step', () => {
    const steps = [
      { at: 0, tasks: 5, transferSeconds: 1 },
      { at: 3_600, tasks: 1, transferSeconds: 0 },
    ]
    expect(readDrawn(drawnText(steps))).toEqual(steps)
    expect(readDrawn('0x0x5,x,1x1,<script>,9999999x1x1')).toEqual([{ at: 0, tasks: 1, transferSeconds: 5 }])
    expect(readDrawn(',')).toEqual([])
    expect(readDrawn(null)).toHaveLength(2)
    expect(readSpan(new URLSearchParams('span=3600'))).toBe('3600')
    expect(readSpan(new URLSearchParams('span=1'))).toBe('600')
  })

  it('has whole seconds and tasks within bounds, whatever a field says', () => {
    expect(settled({ at: -4, tasks: Number.NaN, transferSeconds: 1.6 })).toEqual({
      at: 0,
      tasks: 1,
      transferSeconds: 2,
    })
    const steps = [settled({ at: 1, tasks: 1, transferSeconds: 1 })]
    expect(changed(steps, 0, { tasks: 5_000 })[0]!.tasks).toBe(1_000)
  })

  it('is drawn in the order of time', () => {
    const drawn = readDrawn('60x1x1,0x2x1')
    const options = { name: 'drawn', tasks: 3, thinkSeconds: 5, transferSeconds: 11, drawn } as const
    expect(patternSteps(options)).toEqual([
      { do: 'create', at: 0, tasks: 2, transferSeconds: 1 },
      { do: 'create', at: 60, tasks: 1, transferSeconds: 1 },
    ])
  })

  it.each([
    ['ArrowRight', false, [{ at: 66, tasks: 2, transferSeconds: 1 }]],
    ['ArrowLeft', true, [{ at: 0, tasks: 2, transferSeconds: 1 }]],
    ['ArrowUp', false, [{ at: 60, tasks: 3, transferSeconds: 1 }]],
    ['ArrowDown', true, [{ at: 60, tasks: 1, transferSeconds: 1 }]],
    ['End', false, [{ at: 600, tasks: 2, transferSeconds: 1 }]],
    ['Delete', false, []],
    ['a', false, null],
    ['constructor', false, null],
  ] as const)('changes by keys: %s, with Shift: %s', (key, isLarge, expected) =>
    expect(byKey({ at: 60, tasks: 2, transferSeconds: 1 }, key, isLarge, 600)).toEqual(expected),
  )
})

describe("a session's next wake", () => {
  it.each([
    [null, 'none is owed'],
    [{ when: 'drained', outstanding: 0 }, 'now'],
    [{ when: 'drained', outstanding: 1 }, 'when 1 task has ended, or wait for more than a minute'],
    [{ when: 'latency', outstanding: 2, at: time(0) }, 'when 2 tasks have ended, or at the latest'],
  ] as const)('is told: %j', (next, sentence) => expect(nextWakeSentence(next as never)).toBe(sentence))
})
