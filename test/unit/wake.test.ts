import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  extendedDeadlineMs,
  wakeDeadlineSeconds,
  wakeDue,
  wakeMaximumSeconds,
} from '../../packages/core/src/domain/wake.ts'

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
