import { describe, expect, it } from 'vitest'
import { limiterAdvice } from '#core/wakes/rules/limiter-advice.ts'
import { type LimiterReading, limiterView } from '#core/wakes/rules/limiter-view.ts'
import { admit, defaultLimiterPolicy, freshLimiter, type LimiterState, wake } from '#core/wakes/rules/wake-limiter.ts'

const policy = defaultLimiterPolicy
const woken = Date.UTC(2026, 10, 22, 12)
const reading = (changes: Partial<LimiterReading>): LimiterReading => ({
  at: woken,
  state: freshLimiter,
  policy,
  foregroundUntil: null,
  wakesLastHour: 0,
  singleTaskWakesLastHour: 0,
  ...changes,
})
const state = wake(policy, freshLimiter, woken)

describe('the limiter as clients see it', () => {
  it('is at rest before the first wake', () => {
    expect(limiterView(reading({}))).toEqual({
      state: 'background',
      delaySeconds: 0,
      gateUntil: null,
      quietUntil: null,
      lastWakeAt: null,
      gatedTasks: 0,
      wakesLastHour: 0,
      policy: { baseSeconds: 60, factor: 2, capSeconds: 21_600 },
      advice: [],
    })
  })

  it('tells the delay in force, not the stored one', () => {
    const inForce = { delaySeconds: 60, gateUntil: '2026-11-22T12:01:00.000Z', quietUntil: '2026-11-22T12:01:00.000Z' }
    expect(limiterView(reading({ state, at: woken + 59_999 }))).toMatchObject(inForce)
    const after = { delaySeconds: 0, gateUntil: null, quietUntil: null, lastWakeAt: '2026-11-22T12:00:00.000Z' }
    expect(limiterView(reading({ state, at: woken + 60_000 }))).toMatchObject(after)
    const gated = admit(state, woken + 1, woken + 1, 2).state
    expect(limiterView(reading({ state: gated, at: woken + 60_000 }))).toMatchObject({ ...inForce, gatedTasks: 2 })
  })

  it('tells where the client is', () => {
    const foregroundUntil = woken + 5_000
    expect(limiterView(reading({ foregroundUntil, at: woken + 4_999 })).state).toBe('foreground')
    expect(limiterView(reading({ foregroundUntil, at: woken + 5_000 })).state).toBe('background')
  })
})

describe('the advice', () => {
  const capped: LimiterState = { ...state, delaySeconds: 21_600 }
  const single = (one: number, all: number) =>
    limiterAdvice(reading({ singleTaskWakesLastHour: one, wakesLastHour: all }))

  it.each([
    [0, 0, null],
    [5, 5, null],
    [0, 40, null],
    [6, 6, '6 of 6 wakes in the last hour told of a single task'],
    [12, 14, '12 of 14 wakes in the last hour told of a single task'],
  ])('with %d of %d wakes for a single task: %s', (one, all, begins) => {
    const advice = single(one, all)
    expect(advice).toHaveLength(begins === null ? 0 : 1)
    if (begins !== null) expect(advice[0]).toContain(begins)
  })

  it('is to wait when the delay has reached its cap, and only while it is in force', () => {
    expect(limiterAdvice(reading({ state: capped }))).toEqual([expect.stringContaining('its cap of 21600 s')])
    expect(limiterAdvice(reading({ state: capped, at: woken + 21_600_000 }))).toEqual([])
    expect(limiterAdvice(reading({ state, policy: { ...policy, capSeconds: 60 } }))).toEqual([])
  })
})
