import { describe, expect, it } from 'vitest'
import { DatabaseUnavailable } from '#core/kernel/database-unavailable.ts'
import { createLogLimit } from '#core/runtime/log-limit.ts'

const [info, warn, error] = [30, 40, 50]
const away = { error: new DatabaseUnavailable('gone') }

describe('log lines about a lasting failure', () => {
  it('are written once in ten seconds, and the next one says how many were left out', () => {
    let now = 0
    const limit = createLogLimit(() => now)
    expect(limit(warn, away, 'held up')).toBe(0)
    for (now = 1; now < 10_000; now += 1_000) expect(limit(warn, away, 'held up')).toBeNull()
    now = 10_000
    expect(limit(warn, away, 'held up')).toBe(10)
    expect(limit(warn, away, 'held up')).toBeNull()
    now = 60_000
    expect(limit(warn, away, 'held up')).toBe(1)
    now = 120_000
    expect(limit(warn, away, 'held up')).toBe(0)
  })

  it('are the same only with the same level, message and step', () => {
    const limit = createLogLimit(() => 0)
    expect(limit(warn, { ...away, what: 'reaping' }, 'held up')).toBe(0)
    expect(limit(warn, { ...away, what: 'handing out', taskId: 'a' }, 'held up')).toBe(0)
    expect(limit(warn, { ...away, what: 'handing out', taskId: 'b' }, 'held up')).toBeNull()
    expect(limit(error, away, 'held up')).toBe(0)
    expect(limit(error, { err: away.error }, 'held up')).toBeNull()
    expect(limit(warn, away, 'not renewed')).toBe(0)
  })

  it('are neither those about something else nor those that nobody expected', () => {
    const limit = createLogLimit(() => 0)
    for (let n = 0; n < 3; n++) {
      expect(limit(info, away, 'transfer')).toBe(0)
      expect(limit(warn, { taskId: 'a' }, 'odd')).toBe(0)
      expect(limit(warn, undefined, 'odd')).toBe(0)
      expect(limit(error, { err: new TypeError('a bug'), requestId: `${n}` }, 'request failed')).toBe(0)
    }
  })
})
