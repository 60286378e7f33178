import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  extendedDeadlineMs,
  nextWake,
  wakeDeadlineSeconds,
  wakeDue,
  wakeMaximumSeconds,
  whenDrainedMs,
} from '#core/wakes/rules/wake.ts'

const now = 1_800_000_000_000
const need = { drained: false, dueAtMs: null }

describe('a wake', () => {
  it('is owed as soon as the session has drained', () => {
    expect(wakeDue({ ...need, drained: true }, 60, now)).toBe(now)
    expect(wakeDue({ ...need, drained: true, dueAtMs: now + 50_000 }, 60, now)).toBe(now)
  })

  it('is owed one latency after the first held event while tasks run', () => {
    expect(wakeDue(need, 60, now)).toBe(now + 60_000)
    expect(wakeDue(need, 0, now)).toBe(now)
  })

  it('is owed when the session has drained and not before, without a latency', () => {
    expect(wakeDue(need, null, now)).toBe(whenDrainedMs)
    expect(wakeDue({ ...need, dueAtMs: whenDrainedMs }, null, now)).toBe(whenDrainedMs)
    expect(wakeDue({ drained: true, dueAtMs: whenDrainedMs }, null, now)).toBe(now)
    expect(wakeDue({ drained: true, dueAtMs: null }, null, now)).toBe(now)
  })

  it('is not put off by further events', () => {
    expect(wakeDue({ ...need, dueAtMs: now + 10_000 }, 60, now)).toBe(now + 10_000)
    expect(wakeDue({ ...need, dueAtMs: now - 10_000 }, 60, now)).toBe(now - 10_000)
    expect(wakeDue({ ...need, drained: true, dueAtMs: now - 10_000 }, 60, now)).toBe(now - 10_000)
  })

  it('is never later than the latency, and never later than it was', () => {
    const dueAtMs = fc.option(fc.integer({ min: now - 1e6, max: now + 1e6 }))
    fc.assert(
      fc.property(fc.boolean(), dueAtMs, fc.nat(3600), (drained, before, latencySeconds) => {
        const due = wakeDue({ drained, dueAtMs: before }, latencySeconds, now)
        expect(due).toBeLessThanOrEqual(before ?? now + latencySeconds * 1000)
        if (drained) expect(due).toBeLessThanOrEqual(now)
      }),
    )
  })

  it('leaves the client half an hour', () => expect(wakeDeadlineSeconds).toBe(1800))
})

describe('the next wake', () => {
  it.each([
    ['is none while none is owed', null, 3, null],
    ['waits for draining alone', whenDrainedMs, 3, { when: 'drained', at: null, outstanding: 3 }],
    ['waits for the latency at most', now, 3, { when: 'latency', at: new Date(now), outstanding: 3 }],
    ['does not wait for the latency when nothing holds it back', now, 0, { when: 'drained', at: null, outstanding: 0 }],
  ] as const)('%s', (_name, dueAtMs, outstanding, expected) => {
    expect(nextWake(dueAtMs === null ? null : new Date(dueAtMs), outstanding)).toEqual(expected)
  })
})

describe('an extension', () => {
  const wake = { openedAtMs: 0, deadlineMs: 1_800_000 }
  it('moves the deadline to so many seconds from now', () => {
    expect(extendedDeadlineMs(wake, 3600, 60_000)).toBe(3_660_000)
  })

  it('never moves it forward, nor beyond twelve hours after the opening', () => {
    expect(extendedDeadlineMs(wake, 1, 60_000)).toBe(1_800_000)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: wakeMaximumSeconds }),
        fc.nat(wakeMaximumSeconds * 1000),
        (seconds, now) => {
          const deadline = extendedDeadlineMs(wake, seconds, now)
          expect(deadline).toBeGreaterThanOrEqual(wake.deadlineMs)
          expect(deadline).toBeLessThanOrEqual(wakeMaximumSeconds * 1000)
        },
      ),
    )
  })
})
