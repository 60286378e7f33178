import { expect, it } from 'vitest'
import { transferRates, wasHeldBack } from '#core/bandwidth/rules/transfer-rates.ts'

it('the maxima of a transfer are those of its tenant, its session at that time, and its task', () => {
  const atMs = Date.parse('2026-12-01T12:00:00Z')
  const window = { timeZone: 'UTC', from: '08:00', to: '18:00', maximumBytesPerSecond: 4000 }
  const session = { maximumBytesPerSecond: null, bandwidthTimetable: [window] }
  const limits = { tenantBytesPerSecond: 3000, taskBytesPerSecond: 2000 }
  expect(transferRates(session, { ...limits, atMs })).toEqual({ tenant: 3000, session: 4000, task: 2000 })
  const inTheEvening = { ...limits, atMs: atMs + 8 * 3_600_000 }
  expect(transferRates(session, inTheEvening)).toEqual({ tenant: 3000, session: null, task: 2000 })
})

it.each([
  ['waited for a good part of its time', 51, 4000, true],
  ['waited for a moment', 50, 4000, false],
  ['came near to its maximum', 0, 5001, true],
  ['stayed far below it', 0, 5000, false],
])('of a transfer that %s it is known whether it was held back', (_, heldBackMs, bytesPerSecond, was) => {
  expect(wasHeldBack({ heldBackMs, bytesPerSecond: 10_000 }, { durationMs: 1000, bytesPerSecond })).toBe(was)
})
