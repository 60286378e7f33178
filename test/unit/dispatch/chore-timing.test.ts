import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { graceMs, isChoreDue } from '#core/dispatch/rules/chore-timing.ts'

const reaping = { everyMs: 1_000, waitsAfterOutage: true } as const
const sweeping = { everyMs: 15_000 }

describe('a chore', () => {
  it.each([
    ['runs at once when it has never run', sweeping, undefined, null, 5, true],
    ['rests until its time has come', sweeping, 1_000, null, 15_999, false],
    ['runs again when its time has come', sweeping, 1_000, null, 16_000, true],
    ['runs in every round when it has no rest', { everyMs: 0 }, 1_000, null, 1_000, true],
    ['does not mind an outage when it takes nothing away', sweeping, undefined, 1_000, 1_001, true],
    ['waits for a full lease after an outage when it takes leases away', reaping, undefined, 1_000, 15_999, false],
    ['takes leases away again after that', reaping, undefined, 1_000, 1_000 + graceMs, true],
    ['keeps to its time after an outage too', reaping, 15_500, 1_000, 16_400, false],
  ])('%s', (_, timing, ranAtMs, outageAtMs, nowMs, due) => {
    expect(isChoreDue(timing, ranAtMs, outageAtMs, nowMs)).toBe(due)
  })

  it('once due stays due until it runs', () => {
    const times = fc.nat(100_000)
    fc.assert(
      fc.property(times, times, times, times, times, (everyMs, ranAtMs, outageAtMs, nowMs, laterMs) => {
        const timing = { everyMs, waitsAfterOutage: true } as const
        if (!isChoreDue(timing, ranAtMs, outageAtMs, nowMs)) return
        expect(isChoreDue(timing, ranAtMs, outageAtMs, nowMs + laterMs)).toBe(true)
      }),
    )
  })
})
