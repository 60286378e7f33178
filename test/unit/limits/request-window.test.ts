import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countedSeconds, emptyWindow, takeRequests } from '#core/limits/rules/request-window.ts'

const start = 1_800_000_000_000
const steps = fc.array(
  fc.record({ waitMs: fc.integer({ min: 0, max: 20_000 }), wanted: fc.integer({ min: 0, max: 30 }) }),
  { maxLength: 60 },
)

describe('the requests of a minute', () => {
  it('are never more than the quota, however they are asked for', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 40 }), (asked, quota) => {
        let window = emptyWindow
        let now = start
        const taken: { at: number; given: number }[] = []
        for (const { waitMs, wanted } of asked) {
          now += waitMs
          const answer = takeRequests(window, { quota, owed: 0, wanted }, now)
          window = answer.window
          taken.push({ at: now, given: answer.given })
          const lastMinute = taken.filter(({ at }) => at > now - 60_000).reduce((sum, { given }) => sum + given, 0)
          expect(lastMinute).toBeLessThanOrEqual(quota)
          expect(answer.left).toBeLessThanOrEqual(quota - lastMinute)
        }
      }),
    )
  })

  it('are given whenever fewer than the quota counted within the last 61 seconds', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 40 }), (asked, quota) => {
        let window = emptyWindow
        let now = start
        const taken: { at: number; given: number }[] = []
        for (const { waitMs, wanted } of asked) {
          now += waitMs
          const counted = taken
            .filter(({ at }) => at > now - countedSeconds * 1000)
            .reduce((sum, { given }) => sum + given, 0)
          const answer = takeRequests(window, { quota, owed: 0, wanted }, now)
          window = answer.window
          taken.push({ at: now, given: answer.given })
          expect(answer.given).toBeGreaterThanOrEqual(Math.min(wanted, quota - counted))
        }
      }),
    )
  })

  it('come back when it is said, not a moment before', () => {
    const { window, freeInMs, left } = takeRequests(emptyWindow, { quota: 3, owed: 0, wanted: 5 }, start + 400)
    expect({ freeInMs, left }).toEqual({ freeInMs: 60_600, left: 0 })
    const ask = (inMs: number) => takeRequests(window, { quota: 3, owed: 0, wanted: 5 }, start + 400 + inMs).given
    expect([ask(freeInMs - 1), ask(freeInMs)]).toEqual([0, 3])
  })

  it('count what was let through before it was asked for, whatever is left', () => {
    const { window, given } = takeRequests(emptyWindow, { quota: 3, owed: 5, wanted: 2 }, start)
    expect(given).toBe(0)
    expect(window.counts.at(-1)).toBe(5)
  })

  it('do not come back when the clock does', () => {
    const { window } = takeRequests(emptyWindow, { quota: 3, owed: 0, wanted: 3 }, start)
    expect(takeRequests(window, { quota: 3, owed: 0, wanted: 3 }, start - 3_600_000).given).toBe(0)
  })
})
